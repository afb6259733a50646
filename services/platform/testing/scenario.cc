#include "platform/testing/scenario.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

namespace lianmeng::testing {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr std::size_t kEventBytesMax = 256 * 1024;  // design: one decision = one record

// Lets only some tables through, by the first byte of a key: 0x01–0x0f the runtime, 0x20–0x4f
// projections, 0x80–0xff the service's own.
class Guard final : public state::Tx {
 public:
  Guard(state::Tx& below, int from, int to, const char* who)
      : below_(below), from_(from), to_(to), who_(who) {}

  bool get(std::string_view key, std::string* value) const override {
    check(key);
    return below_.get(key, value);
  }
  std::unique_ptr<state::Cursor> cursor() const override {
    struct Checked final : state::Cursor {
      Checked(const Guard& guard, std::unique_ptr<state::Cursor> below)
          : guard(guard), below(std::move(below)) {}
      void seek(std::string_view key) override {
        guard.check(key);
        below->seek(key);
      }
      bool valid() const override { return below->valid(); }
      std::string_view key() const override { return below->key(); }
      std::string_view value() const override { return below->value(); }
      void next() override { below->next(); }
      const Guard& guard;
      std::unique_ptr<state::Cursor> below;
    };
    return std::make_unique<Checked>(*this, below_.cursor());
  }
  void put(std::string_view key, std::string_view value) override {
    check(key);
    below_.put(key, value);
  }
  void erase(std::string_view key) override {
    check(key);
    below_.erase(key);
  }

 private:
  void check(std::string_view key) const {
    const int table = key.empty() ? 0 : static_cast<unsigned char>(key.front());
    EXPECT_TRUE(from_ <= table && table <= to_)
        << who_ << " touches table 0x" << std::hex << table << ", which is not its own";
  }

  state::Tx& below_;
  int from_;
  int to_;
  const char* who_;
};

std::string text_of(const Refusal& refusal) {
  const auto error = to_error(refusal);
  return error.reason + ": " + error.message_en;
}

}  // namespace

Time beijing(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    LM_ASSERT(
        at + size <= text.size() &&
            std::from_chars(text.data() + at, text.data() + at + size, value).ec == std::errc(),
        "not a time: {}", text);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  LM_ASSERT(day.ok(), "not a time: {}", text);
  Time time = std::chrono::sys_days(day);
  if (text.size() > 10) {
    time += std::chrono::hours(number(11, 2)) + std::chrono::minutes(number(14, 2));
  }
  if (text.size() > 16) time += std::chrono::seconds(number(17, 2));
  return time - std::chrono::hours(8);
}

std::shared_ptr<Message> wrap(const Message& prototype, const Message& fact) {
  auto wrapper = std::shared_ptr<Message>(prototype.New());
  if (fact.GetDescriptor() == prototype.GetDescriptor()) {
    wrapper->CopyFrom(fact);
    return wrapper;
  }
  const auto* oneof = prototype.GetDescriptor()->oneof_decl(0);
  const FieldDescriptor* found = nullptr;
  for (int i = 0; i < oneof->field_count(); ++i) {
    if (oneof->field(i)->message_type() != fact.GetDescriptor()) continue;
    LM_ASSERT(found == nullptr, "{} is in two cases", fact.GetTypeName());
    found = oneof->field(i);
  }
  LM_ASSERT(found != nullptr, "{} is no case of {}", fact.GetTypeName(), prototype.GetTypeName());
  wrapper->GetReflection()->MutableMessage(wrapper.get(), found)->CopyFrom(fact);
  return wrapper;
}

Scenario::Scenario(const runtime::Fold& fold, CountyId county)
    : fold_(fold), county_(std::move(county)), now_(beijing("2023-06-28 09:00")) {}

Scenario::~Scenario() {
  state::Layer anew(empty_);
  for (const auto& step : steps_) {
    if (step.foreign != nullptr) {
      step.foreign->project(anew, *step.event, step.meta);
    } else {
      fold_.apply(anew, *step.event, step.meta);
    }
  }
  // An erased row leaves a mark in one layer and nothing in another that never had it.
  const auto rows = [](const state::View& view) {
    std::map<std::string, std::string> all;
    const auto cursor = view.cursor();
    for (cursor->seek(""); cursor->valid(); cursor->next()) {
      all.emplace(cursor->key(), cursor->value());
    }
    return all;
  };
  EXPECT_TRUE(rows(anew) == rows(state_))
      << "folding the " << steps_.size() << " events anew gives another state";
}

Scenario& Scenario::by(Actor actor) {
  actor_ = std::move(actor);
  return *this;
}

Scenario& Scenario::by(const PersonId& person) {
  return by(Actor{Actor::Kind::kPerson, person.str(), {}});
}

Scenario& Scenario::by_operator(std::string id) {
  return by(Actor{Actor::Kind::kOperator, std::move(id), {}});
}

Scenario& Scenario::by_system() { return by(Actor{}); }

Scenario& Scenario::at(Time now) {
  LM_ASSERT(now >= now_ || steps_.empty(), "time runs back to {}", to_rfc3339(now));
  now_ = now;
  return *this;
}

Scenario& Scenario::in(CountyId county) {
  county_ = std::move(county);
  return *this;
}

Scenario& Scenario::happened_at(Time effective) {
  happened_ = effective;
  return *this;
}

DecideContext Scenario::context() const {
  return {county_, actor_, now_, happened_.value_or(now_), happened_.has_value()};
}

DecideContext Scenario::next_context() {
  auto made = context();
  outcome_meta_ = next_meta();
  return made;
}

EventMeta Scenario::next_meta() {
  EventMeta meta;
  meta.county = county_;
  meta.actor = actor_;
  meta.time = now_;
  meta.effective_time = happened_.value_or(now_);
  meta.imported = happened_.has_value();
  happened_.reset();
  return meta;
}

void Scenario::apply_fact(const Message& fact) {
  apply(wrap(fold_.prototype(), fact), next_meta());
}

void Scenario::apply(runtime::EventPtr event, EventMeta meta) {
  meta.sequence = ++sequence_;
  const auto& fact = case_of(*event);
  EXPECT_LE(fact.ByteSizeLong(), kEventBytesMax) << fact.GetTypeName() << " fits no record";
  EXPECT_FALSE(fold_.subject(*event).empty()) << fact.GetTypeName() << " has no subject";

  // Where no log is followed, the projections' tables are the service's own (the roster).
  const int from = fold_.foreign().empty() ? 0x20 : 0x80;
  state::Layer once(state_);
  Guard guard(once, from, 0xff, "apply");
  fold_.apply(guard, *event, meta);
  state::Layer twice(state_);
  fold_.apply(twice, *event, meta);
  EXPECT_TRUE(once.changes() == twice.changes())
      << fact.GetTypeName() << " is applied differently the second time";
  once.merge_into(state_);
  steps_.push_back({std::move(event), std::move(meta), nullptr});
}

void Scenario::project(const runtime::Foreign& foreign, runtime::EventPtr event, EventMeta meta) {
  meta.sequence = ++foreign_sequences_[foreign.service];
  if (foreign.project) {
    state::Layer layer(state_);
    Guard guard(layer, 0x20, 0x4f, "project");
    foreign.project(guard, *event, meta);
    layer.merge_into(state_);
    steps_.push_back({std::move(event), std::move(meta), &foreign});
  }
}

const runtime::Foreign& Scenario::foreign(std::string_view service) const {
  const auto all = fold_.foreign();
  const auto found = std::ranges::find(all, service, &runtime::Foreign::service);
  LM_ASSERT(found != all.end(), "{} does not follow {}", fold_.service(), service);
  return *found;
}

Scenario& Scenario::given_foreign(std::string_view service, const Message& fact) {
  const auto& followed = foreign(service);
  project(followed, wrap(*followed.prototype, fact), next_meta());
  return *this;
}

Scenario& Scenario::when_foreign(std::string_view service, const Message& fact) {
  const auto& followed = foreign(service);
  LM_ASSERT(followed.policy != nullptr, "{} has no policy on {}", fold_.service(), service);
  const auto event = wrap(*followed.prototype, fact);
  auto meta = next_meta();
  meta.sequence = foreign_sequences_[followed.service] + 1;
  project(followed, event, meta);
  foreign_sequences_[followed.service] = meta.sequence;

  outcome_meta_ = {};
  outcome_meta_.county = county_;
  outcome_meta_.time = now_;
  outcome_meta_.effective_time = now_;
  outcome_meta_.cause = Place{followed.service, partition_of(county_), meta.sequence};
  const DecideContext context{county_, Actor{}, now_, now_, false};
  auto answer = followed.policy(state_, *event, meta, context);
  if (auto* own = std::get_if<runtime::EventPtr>(&answer)) {
    outcome_ = std::move(*own);
  } else if (std::holds_alternative<Nothing>(answer)) {
    outcome_ = Nothing{};
  } else {
    outcome_ = Ignore{};
  }
  return *this;
}

Scenario& Scenario::advance_to(Time time) {
  LM_ASSERT(time >= now_, "time runs back to {}", to_rfc3339(time));
  fired_.clear();
  while (const auto timer = fold_.next_timer(state_)) {
    if (timer->due > time) break;
    if (timer->due > now_) now_ = timer->due;
    const DecideContext context{timer->county, Actor{}, now_, now_, false};
    auto event = fold_.fire_timer(state_, context);
    EXPECT_TRUE(event != nullptr) << "a timer that is due says nothing";
    if (!event) break;
    EventMeta meta;
    meta.county = timer->county;
    meta.time = now_;
    meta.effective_time = now_;
    apply(event, meta);
    fired_.push_back(std::move(event));
    EXPECT_LT(fired_.size(), 10'000u) << "timers fire without end";
    if (fired_.size() >= 10'000) break;
  }
  now_ = time;
  return *this;
}

Scenario& Scenario::decided(runtime::RawDecision decision) {
  if (auto* event = std::get_if<runtime::EventPtr>(&decision)) {
    outcome_ = std::move(*event);
  } else if (auto* refusal = std::get_if<Refusal>(&decision)) {
    outcome_ = std::move(*refusal);
  } else {
    outcome_ = Nothing{};
  }
  return *this;
}

Scenario& Scenario::take(Where where) {
  const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected");
  auto* event = std::get_if<runtime::EventPtr>(&outcome_);
  if (event == nullptr) {
    const auto* refusal = std::get_if<Refusal>(&outcome_);
    ADD_FAILURE() << "an event was expected, but: "
                  << (refusal != nullptr ? text_of(*refusal) : std::string("nothing"));
    return *this;
  }
  apply(std::move(*event), outcome_meta_);
  outcome_ = std::monostate{};
  return *this;
}

Scenario& Scenario::expect(const Message& fact, Where where) {
  if (const auto* event = std::get_if<runtime::EventPtr>(&outcome_)) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()),
                                       "expected");
    const auto wanted = wrap(fold_.prototype(), fact);
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    if (!differencer.Compare(*wanted, **event)) {
      ADD_FAILURE() << "another event than expected (expected → decided):\n" << difference;
    }
  }
  return take(where);
}

Scenario& Scenario::accepted(Where where) { return take(where); }

Scenario& Scenario::refused(const Reason& reason, const std::map<std::string, std::string>& params,
                            Where where) {
  const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected");
  const auto* refusal = std::get_if<Refusal>(&outcome_);
  if (refusal == nullptr) {
    const auto* event = std::get_if<runtime::EventPtr>(&outcome_);
    ADD_FAILURE() << reason.code << " was expected, but: "
                  << (event != nullptr ? (*event)->ShortDebugString() : std::string("nothing"));
    return *this;
  }
  EXPECT_EQ(refusal->reason->code, reason.code) << text_of(*refusal);
  for (const auto& [name, value] : params) {
    const auto found = refusal->params.find(name);
    EXPECT_TRUE(found != refusal->params.end() && found->second == value)
        << "parameter " << name << " should be " << value << ", is "
        << (found == refusal->params.end() ? "missing" : found->second);
  }
  // Every parameter that a text names must be filled in: people read it.
  const auto error = to_error(*refusal);
  EXPECT_EQ(error.message_zh.find('{'), std::string::npos) << error.message_zh;
  EXPECT_EQ(error.message_en.find('{'), std::string::npos) << error.message_en;
  return *this;
}

Scenario& Scenario::refused_field(std::string_view field, Where where) {
  return refused(kInvalidField, {{"field", std::string(field)}}, where);
}

Scenario& Scenario::nothing(Where where) {
  const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected");
  EXPECT_TRUE(std::holds_alternative<Nothing>(outcome_)) << "nothing was expected";
  return *this;
}

Scenario& Scenario::ignored(Where where) {
  const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected");
  EXPECT_TRUE(std::holds_alternative<Ignore>(outcome_)) << "the event should be ignored";
  return *this;
}

const Message& Scenario::case_of(const Message& wrapper) {
  const auto* oneof = wrapper.GetDescriptor()->oneof_decl(0);
  const auto* field = wrapper.GetReflection()->GetOneofFieldDescriptor(wrapper, oneof);
  LM_ASSERT(field != nullptr, "{} has no case set", wrapper.GetTypeName());
  return wrapper.GetReflection()->GetMessage(wrapper, field);
}

const Message& Scenario::last() const {
  const auto found = std::find_if(steps_.rbegin(), steps_.rend(),
                                  [](const auto& step) { return step.foreign == nullptr; });
  LM_ASSERT(found != steps_.rend(), "there was no event yet");
  return *found->event;
}

void Scenario::copy_last(Message& fact, Where where) const {
  const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected");
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->foreign != nullptr) continue;
    const auto& last = case_of(*step->event);
    if (last.GetDescriptor() == fact.GetDescriptor()) {
      fact.CopyFrom(last);
    } else {
      ADD_FAILURE() << "the last event is " << last.ShortDebugString();
    }
    return;
  }
  ADD_FAILURE() << "there was no event yet";
}

}  // namespace lianmeng::testing
