#include "platform/testing/tally.h"

#include "platform/base/assert.h"
#include "platform/log/log.h"
#include "platform/state/table.h"

namespace lianmeng::testing {

const Reason kOutOfBounds{"OUT_OF_BOUNDS", ErrorKind::kFailedPrecondition, "{name} 现为 {sum}",
                          "{name} is at {sum}"};

namespace {

using google::protobuf::Message;
using state::Key;
using state::Table;

Key name_key(const std::string& county, const std::string& name) {
  return Key{}.add(county).add(name);
}

const Table<v1::TallyRow> kTally{
    0x80, "tally", [](const v1::TallyRow& r) { return name_key(r.county(), r.name()); }};
const Table<v1::ReminderRow> kReminders{
    0x81, "reminders", [](const v1::ReminderRow& r) {
      return Key{}.add(Time{Duration{r.due_ms()}}).add(r.county()).add(r.name());
    }};
const Table<v1::MirrorRow> kMirrored{
    0x80, "mirrored", [](const v1::MirrorRow& r) { return name_key(r.county(), r.name()); }};
const Table<v1::MirrorRow> kProjected{
    0x40, "projected", [](const v1::MirrorRow& r) { return name_key(r.county(), r.name()); }};

std::optional<v1::ReminderRow> first_reminder(const state::View& view) {
  std::optional<v1::ReminderRow> first;
  kReminders.scan(view, {}, [&](const v1::ReminderRow& row) {
    first = row;
    return false;
  });
  return first;
}

class TallyFold : public runtime::Fold {
 public:
  std::string_view service() const override { return "tally"; }
  int version() const override { return 1; }
  const Message& prototype() const override { return v1::TallyEvent::default_instance(); }
  std::span<const Reason* const> reasons() const override {
    static const Reason* const kAll[] = {&kOutOfBounds};
    return kAll;
  }
  std::string subject(const Message& event) const override {
    const auto& tally = static_cast<const v1::TallyEvent&>(event);
    return "sums/" + (tally.has_added() ? tally.added().name() : tally.reminded().name());
  }
  void apply(state::Tx& tx, const Message& message, const EventMeta& meta) const override {
    const auto& event = static_cast<const v1::TallyEvent&>(message);
    const auto& county = meta.county.str();
    switch (event.event_case()) {
      case v1::TallyEvent::kAdded: {
        auto row = kTally.find(tx, name_key(county, event.added().name())).value_or(v1::TallyRow{});
        row.set_county(county);
        row.set_name(event.added().name());
        row.set_sum(row.sum() + event.added().amount());
        row.set_reminded(row.reminded() + waver());
        LM_ASSERT(row.sum() == event.added().sum(), "decided on another state");
        kTally.put(tx, row);
        if (event.added().remind_ms() == 0) break;
        v1::ReminderRow reminder;
        reminder.set_county(county);
        reminder.set_name(event.added().name());
        reminder.set_due_ms(event.added().remind_ms());
        kReminders.put(tx, reminder);
        break;
      }
      case v1::TallyEvent::kReminded: {
        kReminders.erase(tx, Key{}
                                 .add(Time{Duration{event.reminded().due_ms()}})
                                 .add(county)
                                 .add(event.reminded().name()));
        kTally.update(tx, name_key(county, event.reminded().name()),
                      [](v1::TallyRow& row) { row.set_reminded(row.reminded() + 1); });
        break;
      }
      case v1::TallyEvent::EVENT_NOT_SET:
        LM_ASSERT(false);
    }
  }
  std::vector<std::string> timer_prefixes() const override { return {kReminders.prefix()}; }
  std::optional<runtime::TimerDue> next_timer(const state::View& view) const override {
    const auto first = first_reminder(view);
    if (!first) return std::nullopt;
    return runtime::TimerDue{Time{Duration{first->due_ms()}}, CountyId(first->county())};
  }
  runtime::EventPtr fire_timer(const state::View& view, const DecideContext&) const override {
    const auto first = first_reminder(view);
    LM_ASSERT(first);
    auto event = std::make_shared<v1::TallyEvent>();
    event->mutable_reminded()->set_name(first->name());
    event->mutable_reminded()->set_due_ms(first->due_ms());
    if (first->name() == kVast) {
      event->mutable_reminded()->set_words(std::string(log::kRecordBytesMax, 'x'));
    }
    return event;
  }

 private:
  virtual int waver() const { return 0; }
};

class WaveringTallyFold final : public TallyFold {
 public:
  explicit WaveringTallyFold(int every) : every_(every) {}

 private:
  int waver() const override { return ++applied_ / every_; }

  const int every_;
  mutable int applied_ = 0;
};

class MirrorFold final : public runtime::Fold {
 public:
  MirrorFold() {
    runtime::Foreign tally;
    tally.service = "tally";
    tally.prototype = &v1::TallyEvent::default_instance();
    tally.project = [](state::Tx& tx, const Message& message, const EventMeta& meta) {
      const auto& event = static_cast<const v1::TallyEvent&>(message);
      if (!event.has_added()) return;
      const auto& county = meta.county.str();
      auto row =
          kProjected.find(tx, name_key(county, event.added().name())).value_or(v1::MirrorRow{});
      row.set_county(county);
      row.set_name(event.added().name());
      row.set_sum(row.sum() + event.added().amount());
      kProjected.put(tx, row);
    };
    tally.policy = [](const state::View&, const Message& message, const EventMeta&,
                      const DecideContext&) -> runtime::RawPolicyDecision {
      const auto& event = static_cast<const v1::TallyEvent&>(message);
      if (!event.has_added()) return Ignore{};
      if (event.added().amount() % 3 == 0) return Nothing{};
      if (event.added().amount() % 2 != 0) return Ignore{};
      auto mirrored = std::make_shared<v1::MirrorEvent>();
      mirrored->mutable_mirrored()->set_name(event.added().name());
      mirrored->mutable_mirrored()->set_amount(event.added().amount());
      return runtime::EventPtr(mirrored);
    };
    foreign_.push_back(std::move(tally));
  }

  std::string_view service() const override { return "mirror"; }
  int version() const override { return 1; }
  const Message& prototype() const override { return v1::MirrorEvent::default_instance(); }
  std::span<const Reason* const> reasons() const override { return {}; }
  std::string subject(const Message& event) const override {
    return "sums/" + static_cast<const v1::MirrorEvent&>(event).mirrored().name();
  }
  void apply(state::Tx& tx, const Message& message, const EventMeta& meta) const override {
    const auto& mirrored = static_cast<const v1::MirrorEvent&>(message).mirrored();
    const auto& county = meta.county.str();
    auto row = kMirrored.find(tx, name_key(county, mirrored.name())).value_or(v1::MirrorRow{});
    row.set_county(county);
    row.set_name(mirrored.name());
    row.set_sum(row.sum() + mirrored.amount());
    kMirrored.put(tx, row);
  }
  std::span<const runtime::Foreign> foreign() const override { return foreign_; }

 private:
  std::vector<runtime::Foreign> foreign_;
};

}  // namespace

const runtime::Fold& tally_fold() {
  static const TallyFold fold;
  return fold;
}

std::unique_ptr<runtime::Fold> wavering_tally_fold(int every) {
  return std::make_unique<WaveringTallyFold>(every);
}

const runtime::Fold& mirror_fold() {
  static const MirrorFold fold;
  return fold;
}

runtime::DecideFn add(std::string name, std::int64_t amount) {
  return [name = std::move(name), amount](const state::View& view,
                                          const DecideContext& context) -> runtime::RawDecision {
    const auto sum = tally_of(view, context.county, name);
    if (sum + amount > kTallyCeiling || sum + amount < 0) {
      return refuse(kOutOfBounds, {{"name", name}, {"sum", std::to_string(sum)}});
    }
    if (amount == 0) return Nothing{};
    auto event = std::make_shared<v1::TallyEvent>();
    auto& added = *event->mutable_added();
    added.set_name(name);
    added.set_amount(amount);
    added.set_sum(sum + amount);
    if ((sum + amount) % 5 == 0) {
      added.set_remind_ms((context.now + std::chrono::seconds{1}).time_since_epoch().count());
    }
    return runtime::EventPtr(event);
  };
}

std::int64_t tally_of(const state::View& view, const CountyId& county, const std::string& name) {
  const auto row = kTally.find(view, name_key(county.str(), name));
  return row ? row->sum() : 0;
}

std::int64_t mirrored_of(const state::View& view, const CountyId& county, const std::string& name) {
  const auto row = kMirrored.find(view, name_key(county.str(), name));
  return row ? row->sum() : 0;
}

std::int64_t projected_of(const state::View& view, const CountyId& county,
                          const std::string& name) {
  const auto row = kProjected.find(view, name_key(county.str(), name));
  return row ? row->sum() : 0;
}

}  // namespace lianmeng::testing
