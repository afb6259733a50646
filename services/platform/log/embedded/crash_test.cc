// What a process that was killed leaves behind, and how the log opens on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <future>
#include <utility>
#include <vector>

#include "platform/log/embedded/testing.h"

namespace lianmeng::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(EmbeddedLogTest, AfterACrashWhatWasAcknowledgedIsThere) {
  open();
  append(kA, {"a", "b"});
  append(kB, {"c"});
  crash();
  open();
  EXPECT_THAT(read(kA, 2), ElementsAre("a", "b"));
  EXPECT_THAT(read(kB, 1), ElementsAre("c"));
  EXPECT_EQ(notices(), "");
}

TEST_F(EmbeddedLogTest, AKilledProcessLosesNothingThatItAcknowledged) {
  Offset before = 0;
  for (int round = 0; round < 5; ++round) {
    int acks[2];
    ASSERT_EQ(::pipe(acks), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Appends for ever and tells of each record that is durable.
      auto log = try_open();
      if (!log) ::_exit(1);
      log_ = std::move(*log);
      while (true) {
        std::vector<std::future<AppendOutcome>> answers;
        for (int i = 0; i < 20; ++i) answers.push_back(begin_append(kA, big(i, 3)));
        for (auto& answer : answers) {
          const auto last = answer.get().offsets.back();
          if (::write(acks[1], &last, sizeof last) != sizeof last) ::_exit(1);
        }
      }
    }
    ::close(acks[1]);
    Offset acknowledged = kNoOffset;
    for (int i = 0; i < 100 + 37 * round; ++i) {
      ASSERT_EQ(::read(acks[0], &acknowledged, sizeof acknowledged),
                static_cast<ssize_t>(sizeof acknowledged));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    for (Offset last; ::read(acks[0], &last, sizeof last) == sizeof last;) acknowledged = last;
    ::close(acks[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    open();
    const auto end_now = *end(kA);
    EXPECT_GT(end_now, acknowledged);
    EXPECT_GT(acknowledged, before);
    before = acknowledged;
    const auto values = read(kA, static_cast<std::size_t>(end_now));
    ASSERT_EQ(values.size(), static_cast<std::size_t>(end_now));
    close();
  }
}

TEST_F(EmbeddedLogTest, ATornTailIsCutWithAWarningAndTheLogGoesOn) {
  open();
  append(kA, {"first"});
  append(kA, {"whole"});
  append(kB, {"torn record"});
  crash();
  // Half of the last write never came to the disk.
  auto bytes = slurp(segment(1));
  const auto at = bytes.find("torn record");
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4, bytes.end(), '\0');
  spill(segment(1), bytes);
  open();
  EXPECT_THAT(notices(), HasSubstr("warning: "));
  EXPECT_THAT(notices(), HasSubstr("torn"));
  EXPECT_EQ(*end(kB), 0);
  EXPECT_THAT(read(kA, 2), ElementsAre("first", "whole"));
  EXPECT_THAT(append(kB, {"again"}).offsets, ElementsAre(0));
  reopen();
  EXPECT_THAT(read(kB, 1), ElementsAre("again"));
}

TEST_F(EmbeddedLogTest, ATailTornAnywhereOpensWithThePrefixBefore) {
  open();
  append(kA, {"first"});
  append(kA, {"second", "third"});
  crash();
  const auto whole = slurp(segment(1));
  const auto last = whole.find_last_not_of('\0');
  const auto second = whole.find("second");
  for (auto cut = second - 60; cut <= last + 1; cut += 5) {
    auto bytes = whole;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end(), '\0');
    spill(segment(1), bytes);
    open();
    const auto there = static_cast<std::size_t>(*end(kA));
    ASSERT_GE(there, 1U);
    ASSERT_LE(there, 3U);
    auto values = read(kA, there);
    EXPECT_EQ(values.front(), "first");
    EXPECT_EQ(append(kA, {"next"}).offsets.front(), static_cast<Offset>(there));
    close();
  }
}

}  // namespace
}  // namespace lianmeng::log
