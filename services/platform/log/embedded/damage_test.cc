// Bits and files that changed by themselves: what stops, and what goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "platform/log/embedded/testing.h"

namespace lianmeng::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(EmbeddedLogTest, AFlippedBitInTheLastSegmentStopsItsPartitionAndNoOther) {
  open();
  append(kA, {"value a0"});
  append(kA, {"value a1"});
  append(kB, {"value b0"});
  close();
  flip(segment(1), "value a1");
  open();
  EXPECT_THAT(notices(), HasSubstr("error: lianmeng.test.v1/1"));
  const auto error = read_error(kA);
  EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
  EXPECT_EQ(error.metadata.at("file"), segment(1));
  EXPECT_GT(std::stoi(error.metadata.at("position")), 0);
  EXPECT_THAT(error.message_en, HasSubstr("Restore"));
  EXPECT_THAT(read(kA, 2), ElementsAre("value a0"));
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(end(kA).error().kind, ErrorKind::kDataLoss);

  EXPECT_THAT(read(kB, 1), ElementsAre("value b0"));
  EXPECT_EQ(append(kB, {"b1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, AFlippedBitInAHeaderStopsItsPartitionAndNoOther) {
  open();
  append(kA, {"value a0"});
  append(kB, {"value b0"});
  append({"other", 3}, {"c0"});
  close();
  // The 48 bytes before the topic are the frame's header.
  flip(segment(1), "lianmeng.test.v1", 20);
  open();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_THAT(read(kB, 1), ElementsAre("value b0"));
  EXPECT_EQ(append({"other", 3}, {"c1"}).fate, Fate::kDurable);
  EXPECT_EQ(append({"other", 4}, {"new"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, WhenFramesAreLostLaterOffsetsTellWhoseTheyWere) {
  open();
  append(kA, {"value a0"});
  append(kB, {"value b0"});
  append({"quiet", 3}, {"q0"});
  append(kA, {"value a1"});
  append(kB, {"value b1"});
  append(kB, {"value b2"});
  close();
  auto bytes = slurp(segment(1));
  const auto at = bytes.find("value b1");
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at) - 60,
            bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4, 'Z');
  spill(segment(1), bytes);
  open();
  EXPECT_EQ(read_error(kB).kind, ErrorKind::kDataLoss);
  // Nothing came after the damage by which these could be told to be whole.
  EXPECT_EQ(read_error({"quiet", 3}).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append({"never.seen", 3}, {"x"}).error.reason, "LOG_DAMAGED");
}

TEST_F(EmbeddedLogTest, DamageIsRememberedWhenItsSegmentIsClosed) {
  open();
  append(kA, {"value a0"});
  append(kA, {"value a1"});
  append(kB, {"value b0"});
  close();
  flip(segment(1), "value a1");
  open();
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kB, big(i, 100)).fate, Fate::kDurable);
  ASSERT_GE(log_->stats().segments, 2U);
  reopen();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(*end(kB), 2001);
}

TEST_F(EmbeddedLogTest, DamageInAClosedSegmentIsFoundWhenItIsRead) {
  open();
  fill_segments();
  close();
  flip(segment(1), "value 7 ");  // The first of its name is kA's.
  open();
  EXPECT_EQ(append(kA, {"not yet found"}).fate, Fate::kDurable);
  const auto sink = std::make_shared<Sink>();
  const auto at_tail = std::make_shared<Sink>();
  const auto tail_following = log_->follow(kA, *end(kA), at_tail);
  const auto following = log_->follow(kA, 0, sink);
  EXPECT_EQ(sink->error().kind, ErrorKind::kDataLoss);
  EXPECT_EQ(sink->error().metadata.at("file"), segment(1));
  EXPECT_EQ(sink->error().metadata.at("offset"), "7");
  EXPECT_EQ(sink->values(7), big(0, 7));
  // All of the partition stops: what was built on it is in doubt.
  EXPECT_EQ(at_tail->error().kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(log_->stats().damaged_partitions, 1U);
}

TEST_F(EmbeddedLogTest, DamageInAClosedSegmentIsFoundByTheScrub) {
  open();
  fill_segments();
  EXPECT_EQ(log_->scrub(), 0U);
  flip(segment(1), "value 7 ");
  EXPECT_EQ(log_->scrub(), 1U);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(append(kB, {"x"}).fate, Fate::kDurable);
  EXPECT_THAT(notices(), HasSubstr("error: lianmeng.test.v1/1"));
}

TEST_F(EmbeddedLogTest, TheBackgroundScrubFindsDamageByItself) {
  config_.scrub_bytes_per_second = 100 * kMiB;
  config_.scrub_pause = Duration(1);
  open();
  fill_segments();
  const auto sink = std::make_shared<Sink>();
  const auto following = log_->follow(kA, *end(kA), sink);
  flip(segment(1), "value 7 ");
  EXPECT_EQ(sink->error().kind, ErrorKind::kDataLoss);
}

TEST_F(EmbeddedLogTest, AMissingSegmentStopsThePartitionsThatItHeld) {
  open();
  append({"elsewhere", 5}, {"e0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  append(kB, {"b0"});
  ASSERT_GE(log_->stats().segments, 3U);
  close();
  std::filesystem::remove(segment(2));
  open();
  EXPECT_THAT(notices(), HasSubstr(segment(2)));
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(read_error(kA).metadata.at("file"), segment(2));
  EXPECT_THAT(read(kB, 1), ElementsAre("b0"));
  // The index of the missing segment tells that nothing of these was in it.
  EXPECT_EQ(append({"elsewhere", 5}, {"e1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, ASegmentMissingWithItsIndexStopsAllOfWhichItCannotBeTold) {
  open();
  append({"elsewhere", 5}, {"e0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  append(kB, {"b0"});
  close();
  std::filesystem::remove(segment(2));
  std::filesystem::remove(segment(2, "idx"));
  open();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append({"elsewhere", 5}, {"e1"}).error.reason, "LOG_DAMAGED");
  EXPECT_THAT(read(kB, 1), ElementsAre("b0"));
}

TEST_F(EmbeddedLogTest, ACutSegmentStopsThePartitionsThatLostRecords) {
  open();
  append(kB, {"b0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  close();
  std::filesystem::resize_file(segment(1), 500'000);
  open();
  const auto error = read_error(kA);
  EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
  EXPECT_EQ(error.metadata.at("file"), segment(1));
  EXPECT_THAT(notices(), HasSubstr("500000"));
  EXPECT_EQ(append(kB, {"b1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, AMissingOrDamagedIndexIsMadeAgain) {
  open();
  fill_segments();
  close();
  const auto good = slurp(segment(1, "idx"));
  std::filesystem::remove(segment(1, "idx"));
  open();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  close();
  EXPECT_EQ(slurp(segment(1, "idx")), good);

  auto bad = good;
  bad[bad.size() / 2] ^= 1;
  spill(segment(1, "idx"), bad);
  open();
  EXPECT_THAT(notices(), HasSubstr("made again"));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  close();
  EXPECT_EQ(slurp(segment(1, "idx")), good);
}

TEST_F(EmbeddedLogTest, AnIndexDamagedWhileTheLogRunsHarmsNoPartition) {
  config_.tail_cache_bytes = 0;
  open();
  fill_segments();
  auto bytes = slurp(segment(1, "idx"));
  for (auto& c : bytes) c ^= 1;
  spill(segment(1, "idx"), bytes);
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(log_->stats().damaged_partitions, 0U);
}

}  // namespace
}  // namespace lianmeng::log
