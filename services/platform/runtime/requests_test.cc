// Repeats, trials and refusals: what is known of a request that was made before.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "platform/runtime/testing.h"

namespace lianmeng::testing {
namespace {

TEST_F(RuntimeTest, TheSameRequestTwiceIsOneEventAndOneAnswer) {
  start();
  auto first = command("a", 7);
  auto again = first;
  const auto one = send(first).get();
  ASSERT_TRUE(one.accepted());
  while (clock_.now() <= one.ok().time) std::this_thread::yield();
  const auto two = send(again).get();
  ASSERT_TRUE(two.accepted());
  EXPECT_EQ(one.ok().place, two.ok().place);
  EXPECT_FALSE(one.ok().repeated);
  EXPECT_TRUE(two.ok().repeated);
  // Who may see what of the answer is judged by now, not by then.
  EXPECT_GT(two.ok().time, one.ok().time);
  EXPECT_EQ(two.sum, 7);
}

TEST_F(RuntimeTest, TheSameRequestTwiceAtOnceIsOneEvent) {
  start();
  auto first = command("a", 7);
  auto again = first;
  auto one = send(first);
  auto two = send(again);
  EXPECT_EQ(one.get().ok().place, two.get().ok().place);
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, ARequestIdWithAnotherPayloadIsRefused) {
  start();
  auto first = command("a", 7);
  auto other = command("a", 8);
  other.request_id = first.request_id;
  ASSERT_TRUE(send(first).get().accepted());
  EXPECT_EQ(send(other).get().error().reason, "REQUEST_ID_REUSED");
}

TEST_F(RuntimeTest, ARequestIdOutsideItsWindowIsRefused) {
  start();
  using std::chrono::hours;
  auto old = command("a", 1);
  old.request_id = make_uuid_v7(clock_.now() - hours{6 * 24 + 1}, random_);
  auto ahead = command("a", 1);
  ahead.request_id = make_uuid_v7(clock_.now() + hours{2}, random_);
  auto none = command("a", 1);
  none.request_id = "12345";
  EXPECT_EQ(send(old).get().error().reason, "REQUEST_ID_EXPIRED");
  EXPECT_EQ(send(ahead).get().error().reason, "REQUEST_ID_EXPIRED");
  EXPECT_EQ(send(none).get().error().reason, "INVALID_FIELD");
}

TEST_F(RuntimeTest, AnExternalIdIsUniqueForEver) {
  start();
  auto first = command("a", 7);
  first.external_id = "file-1/line-1";
  auto next_year = command("a", 7);
  next_year.external_id = first.external_id;
  auto other = command("a", 9);
  other.external_id = first.external_id;
  const auto one = send(first).get();
  const auto two = send(next_year).get();
  EXPECT_EQ(one.ok().place, two.ok().place);
  EXPECT_TRUE(two.ok().repeated);
  EXPECT_EQ(send(other).get().error().reason, "EXTERNAL_ID_REUSED");
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, ValidateOnlyAnswersAndAppendsNothing) {
  start();
  auto trial = command("a", 7);
  trial.validate_only = true;
  const auto answer = send(trial).get();
  ASSERT_TRUE(answer.accepted());
  EXPECT_TRUE(answer.ok().validated);
  EXPECT_EQ(answer.sum, 7) << "the answer shows what would be";
  EXPECT_EQ(sum("a"), 0);
  auto refused = command("a", kTallyCeiling + 1);
  refused.validate_only = true;
  EXPECT_EQ(send(refused).get().error().reason, "OUT_OF_BOUNDS");
}

TEST_F(RuntimeTest, ARefusalOfTheFirstAttemptLeavesNoTrace) {
  start();
  ASSERT_TRUE(send(command("a", 1)).get().accepted());
  const auto before = send(command("a", 1)).get().ok().place.sequence;
  EXPECT_EQ(send(command("a", kTallyCeiling)).get().error().reason, "OUT_OF_BOUNDS");
  EXPECT_EQ(send(command("a", 1)).get().ok().place.sequence, before + 1);
}

TEST_F(RuntimeTest, ARefusalOfARetryIsKeptUnderItsRequest) {
  start();
  ASSERT_TRUE(send(command("a", 1)).get().accepted());
  const auto before = send(command("a", 1)).get().ok().place.sequence;
  auto retry = command("a", kTallyCeiling);
  retry.repeat = true;
  EXPECT_EQ(send(retry).get().error().reason, "OUT_OF_BOUNDS");
  // A late copy of the first attempt finds the refusal.
  retry.repeat = false;
  const auto late = send(retry).get();
  EXPECT_EQ(late.error().reason, "OUT_OF_BOUNDS");
  EXPECT_EQ(late.error().metadata.at("sum"), "2");
  EXPECT_EQ(send(command("a", 1)).get().ok().place.sequence, before + 2);
}

}  // namespace
}  // namespace lianmeng::testing
