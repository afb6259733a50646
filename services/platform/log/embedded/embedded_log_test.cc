// Ordinary life.
#include "platform/log/embedded/embedded_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "platform/log/embedded/testing.h"

namespace lianmeng::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(EmbeddedLogTest, OffsetsAreDenseInEachPartition) {
  open();
  EXPECT_THAT(append(kA, {"a", "b"}).offsets, ElementsAre(0, 1));
  EXPECT_THAT(append(kB, {"c"}).offsets, ElementsAre(0));
  EXPECT_THAT(append(kA, {"d"}).offsets, ElementsAre(2));
  reopen();
  EXPECT_THAT(append(kA, {"e"}).offsets, ElementsAre(3));
}

TEST_F(EmbeddedLogTest, StampsFollowTheClockAndNeverRunBackNotEvenOverARestart) {
  open();
  const auto first = append(kA, {"a"}).stamps.front();
  EXPECT_EQ(first, clock_.now());
  clock_.set(500);
  EXPECT_EQ(append(kA, {"b"}).stamps.front(), first);
  reopen();
  EXPECT_EQ(append(kB, {"c"}).stamps.front(), first);
}

TEST_F(EmbeddedLogTest, ManySegmentsReadAsOneLogFromMemoryAndFromDisk) {
  config_.tail_cache_bytes = 100 * 1024;
  open();
  fill_segments();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kA, 10, 990), big(990, 10));
  EXPECT_EQ(read(kB, 500, 500), big(500, 500));
  reopen();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(notices(), "");
}

TEST_F(EmbeddedLogTest, AppendsThatWaitShareOneSync) {
  open();
  std::vector<std::future<AppendOutcome>> answers;
  for (int i = 0; i < 2000; ++i) answers.push_back(begin_append(i % 2 == 0 ? kA : kB, {"x"}));
  for (auto& answer : answers) EXPECT_EQ(answer.get().fate, Fate::kDurable);
  EXPECT_EQ(log_->stats().records_appended, 2000U);
  EXPECT_LT(log_->stats().groups, 2000U);
}

TEST_F(EmbeddedLogTest, ClosingAnswersWhatWaits) {
  open();
  std::vector<std::future<AppendOutcome>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(begin_append(kA, {"x"}));
  close();
  for (auto& answer : answers) EXPECT_EQ(answer.get().fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, ABatchThatFitsInNoSegmentIsRefused) {
  open();
  const auto outcome = append(kA, big(0, 1100));
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "BATCH_TOO_LARGE");
  EXPECT_EQ(*end(kA), 0);
}

TEST_F(EmbeddedLogTest, ASecondOpeningIsRefusedWithAClearSentence) {
  open();
  const auto second = try_open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().reason, "LOG_IN_USE");
  EXPECT_THAT(second.error().message_en, HasSubstr("stop it first"));
}

}  // namespace
}  // namespace lianmeng::log
