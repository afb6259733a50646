// The runtime as production wires it: calls, tokens, timers and the start.
#include "platform/runtime/runtime.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/runtime/testing.h"
#include "platform/store/memory_store.h"

namespace lianmeng::testing {
namespace {

TEST_F(RuntimeTest, AcceptedMeansAppliedAndReadable) {
  start();
  const auto answer = send(command("a", 7)).get();
  ASSERT_TRUE(answer.accepted());
  EXPECT_EQ(answer.ok().subject, "sums/a");
  EXPECT_EQ(answer.sum, 7);
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, ATokenIsWaitedForAcrossServices) {
  start();
  for (int i = 0; i < 50; ++i) {
    const auto place = send(command("a", 2)).get().ok().place;
    const auto seen = read<std::pair<std::int64_t, std::int64_t>>(
        "mirror", {place}, [](const QueryContext& context) {
          return std::pair{projected_of(*context.view, kCounty, "a"),
                           mirrored_of(*context.view, kCounty, "a")};
        });
    EXPECT_EQ(seen.first, 2 * (i + 1)) << "the projection";
    EXPECT_EQ(seen.second, 2 * (i + 1)) << "and the policy's own record";
  }
}

TEST_F(RuntimeTest, ACommandWaitsForItsTokenNoLongerThanItsDeadline) {
  start();
  auto waits = command("a", 7);
  waits.tokens = {{"tally", partition_of(kCounty), 1'000'000}};
  waits.deadline = clock_.steady() + std::chrono::milliseconds{50};
  EXPECT_EQ(send(waits).get().error().reason, "DEADLINE_PASSED");
}

TEST_F(RuntimeTest, ACallPastItsDeadlineIsNotDecided) {
  start();
  auto late = command("a", 7);
  late.deadline = clock_.steady() - std::chrono::seconds{1};
  EXPECT_EQ(send(late).get().error().reason, "DEADLINE_PASSED");
  EXPECT_EQ(sum("a"), 0);
}

TEST_F(RuntimeTest, AFullQueueIsToldAtOnce) {
  runtime::RuntimeConfig config;
  config.loop.calls_max = 0;
  start(config);
  EXPECT_EQ(send(command("a", 1)).get().error().kind, ErrorKind::kResourceExhausted);
}

TEST_F(RuntimeTest, TimersFireWithoutACall) {
  start();
  std::promise<void> fired;
  runtime::Watch watch;
  watch.county = kCounty;
  watch.on_event = [&](const runtime::WatchedEvent& event) {
    if (!static_cast<const v1::TallyEvent&>(*event.event).has_reminded()) return true;
    fired.set_value();
    return false;
  };
  watch.on_end = [](const Error&) {};
  runtime_->watch("tally", std::move(watch));
  ASSERT_TRUE(send(command("a", 5)).get().accepted());
  EXPECT_EQ(fired.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(RuntimeTest, ATopicThatBreaksTheRulesIsRefusedAtStart) {
  class OneRuleBroken final : public log::Log {
   public:
    void append(const log::TopicPartition&, std::vector<log::Record>,
                log::AppendCallback) override {}
    std::unique_ptr<log::Following> follow(const log::TopicPartition&, log::Offset,
                                           std::shared_ptr<log::FollowSink>) override {
      return nullptr;
    }
    void end_offset(const log::TopicPartition&, log::EndOffsetCallback) override {}
    Result<log::TopicInfo> describe(const std::string&) override {
      return log::TopicInfo{48, {{"cleanup.policy", "compact"}}};
    }
  };
  OneRuleBroken broken;
  const auto store = store::open_memory_store();
  runtime::Runtime runtime({}, broken, *store, clock_, [](std::string_view, const std::string&) {});
  runtime.add_service(tally_fold());
  const auto started = runtime.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "TOPIC_RULES");
  EXPECT_NE(started.error().message_en.find("cleanup.policy is compact"), std::string::npos);
}

}  // namespace
}  // namespace lianmeng::testing
