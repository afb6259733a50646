// Events that no record can hold.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "platform/runtime/fold.h"
#include "platform/runtime/testing.h"

namespace lianmeng::testing {
namespace {

// A fold whose timers and policies make events that no record can hold.
class Bloated final : public runtime::Fold {
 public:
  explicit Bloated(const runtime::Fold& fold) : fold_(fold) {
    for (auto foreign : fold.foreign()) {
      foreign.policy = [policy = foreign.policy](
                           const state::View& view, const google::protobuf::Message& event,
                           const EventMeta& meta, const DecideContext& context) {
        auto decision = policy(view, event, meta, context);
        auto* answer = std::get_if<runtime::EventPtr>(&decision);
        if (answer == nullptr) return decision;
        auto mirrored = static_cast<const v1::MirrorEvent&>(**answer);
        if (mirrored.mirrored().amount() != kBloats) return decision;
        mirrored.mutable_mirrored()->set_name(std::string(log::kRecordBytesMax, 'x'));
        return runtime::RawPolicyDecision(std::make_shared<v1::MirrorEvent>(mirrored));
      };
      foreign_.push_back(std::move(foreign));
    }
  }
  static constexpr int kBloats = 4;  // What a policy is to answer with too much.

  std::string_view service() const override { return fold_.service(); }
  int version() const override { return fold_.version(); }
  const google::protobuf::Message& prototype() const override { return fold_.prototype(); }
  std::span<const Reason* const> reasons() const override { return fold_.reasons(); }
  void apply(state::Tx& state, const google::protobuf::Message& event,
             const EventMeta& meta) const override {
    fold_.apply(state, event, meta);
  }
  std::string subject(const google::protobuf::Message& event) const override {
    return fold_.subject(event);
  }
  std::vector<std::string> timer_prefixes() const override { return fold_.timer_prefixes(); }
  std::optional<runtime::TimerDue> next_timer(const state::View& view) const override {
    return fold_.next_timer(view);
  }
  runtime::EventPtr fire_timer(const state::View&, const DecideContext&) const override {
    auto event = std::make_shared<v1::TallyEvent>();
    event->mutable_reminded()->set_name(std::string(log::kRecordBytesMax, 'x'));
    return event;
  }
  std::span<const runtime::Foreign> foreign() const override { return foreign_; }

 private:
  const runtime::Fold& fold_;
  std::vector<runtime::Foreign> foreign_;
};

TEST_F(RuntimeTest, AnEventOfATimerThatNoRecordHoldsStopsNothingElse) {
  const Bloated bloated(tally_fold());
  tally_ = &bloated;
  start();
  ASSERT_TRUE(send(command("a", 5)).get().accepted());  // Sets a reminder in a second.
  // Commands that find no work move on, with or without the timer.
  while (!was_told("a timer of 610524")) {
    ASSERT_TRUE(send(command("b", 0)).get().accepted());
  }
  EXPECT_TRUE(was_told("was not written"));
  ASSERT_TRUE(send(command("b", 7)).get().accepted());
  EXPECT_EQ(sum("b"), 7);
  stop();  // The fold's.
}

TEST_F(RuntimeTest, AnAnswerOfAPolicyThatNoRecordHoldsIsPassedOver) {
  const Bloated bloated(mirror_fold());
  mirror_ = &bloated;
  start();
  ASSERT_TRUE(send(command("a", Bloated::kBloats)).get().accepted());
  const auto place = send(command("a", 2)).get().ok().place;
  const auto mirrored = read<std::int64_t>("mirror", {place}, [](const QueryContext& context) {
    return mirrored_of(*context.view, kCounty, "a");
  });
  EXPECT_EQ(mirrored, 2);
  EXPECT_TRUE(was_told("it would answer tally/"));
  stop();
}

}  // namespace
}  // namespace lianmeng::testing
