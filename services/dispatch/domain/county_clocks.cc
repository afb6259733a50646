#include "dispatch/domain/county_clocks.h"

#include <algorithm>

#include "platform/base/assert.h"

namespace lianmeng::dispatch {
namespace {

DemandMatter matter_of(v1::DemandKind kind) {
  switch (kind) {
    case v1::DEMAND_KIND_QUESTION:
      return DemandMatter::kQuestion;
    case v1::DEMAND_KIND_TECHNIQUE:
      return DemandMatter::kTechnique;
    case v1::DEMAND_KIND_TRAINING:
      return DemandMatter::kTraining;
    case v1::DEMAND_KIND_FUNDS:
      return DemandMatter::kFunds;
    case v1::DEMAND_KIND_PROJECT:
      return DemandMatter::kProject;
    default:
      return DemandMatter::kOrdinary;
  }
}

std::optional<WorkingCalendar> calendar_of(const std::optional<v1::SettingsRow>& row) {
  if (!row || (row->calendars().empty() && row->office_hours().empty())) return std::nullopt;
  std::vector<CalendarYear> years;
  for (const auto& year : row->calendars()) years.push_back(from_proto(year));
  return WorkingCalendar(years, office_hours_from(row->office_hours()));
}

std::optional<LimitTable> limits_of(const std::optional<v1::SettingsRow>& row) {
  if (!row || row->limits().empty()) return std::nullopt;
  std::vector<LimitOverride> overrides;
  for (const auto& setting : row->limits()) {
    overrides.push_back({static_cast<LimitClass>(setting.limit_class()),
                         static_cast<ClockKind>(setting.clock_kind()),
                         from_proto(setting.limit())});
  }
  auto table = with_overrides(overrides, row->limits_version());
  LM_ASSERT(table.has_value(), "dispatch: limits that were checked when set");
  return std::move(*table);
}

v1::EndedClock ended(const v1::Clock& clock, Time at) {
  v1::EndedClock out;
  out.set_kind(clock.kind());
  *out.mutable_start_time() = clock.start_time();
  *out.mutable_end_time() = to_proto(at);
  *out.mutable_first_due_time() = clock.first_due_time();
  *out.mutable_due_time() = clock.due_time();
  return out;
}

// Whether what runs is a result that was sent back: then the audit was the last to end. Of a redo
// it was the rating, of a demand taken the take or the contact.
bool is_sent_back(const v1::DemandRow& row) {
  const int count = row.ended_clocks_size();
  return count > 0 && row.ended_clocks(count - 1).kind() == v1::CLOCK_KIND_AUDIT;
}

}  // namespace

// The values of the enums agree with the protos', so that a cast is a conversion.
static_assert(static_cast<int>(LimitClass::kFunds) == v1::LIMIT_CLASS_FUNDS);
static_assert(static_cast<int>(LimitClass::kUrgent) == v1::LIMIT_CLASS_URGENT);
static_assert(static_cast<int>(ClockKind::kRoute) == v1::CLOCK_KIND_ROUTE);
static_assert(static_cast<int>(ClockKind::kRate) == v1::CLOCK_KIND_RATE);
static_assert(static_cast<int>(Limit::Unit::kClockMinutes) + 1 == v1::LIMIT_UNIT_CLOCK_MINUTES);
static_assert(static_cast<int>(Limit::Unit::kCalendarDays) + 1 == v1::LIMIT_UNIT_CALENDAR_DAYS);
static_assert(static_cast<int>(CalendarLevel::kCounty) == v1::CALENDAR_LAYER_COUNTY);

LimitClass limit_class_of(v1::DemandKind kind, v1::Urgency urgency) {
  return limit_class(matter_of(kind), urgency == v1::URGENCY_URGENT);
}

v1::Limit to_proto(const Limit& limit) {
  v1::Limit out;
  out.set_unit(static_cast<v1::LimitUnit>(static_cast<int>(limit.unit) + 1));
  out.set_amount(limit.amount);
  return out;
}

Limit from_proto(const v1::Limit& limit) {
  return {static_cast<Limit::Unit>(static_cast<int>(limit.unit()) - 1), limit.amount()};
}

Clock from_proto(const v1::Clock& clock) {
  return {static_cast<ClockKind>(clock.kind()),
          from_proto(clock.start_time()),
          from_proto(clock.limit()),
          from_proto(clock.due_time()),
          from_proto(clock.yellow_time()),
          Duration{0}};
}

CalendarYear from_proto(const v1::CalendarYear& year) {
  CalendarYear out;
  out.level = static_cast<CalendarLevel>(year.layer());
  out.year = year.year();
  out.source = year.source();
  for (const auto& day : year.days()) {
    const auto date = parse_local_day(day.date());
    LM_ASSERT(date.has_value(), "dispatch: a day that was checked when set: {}", day.date());
    (day.kind() == v1::DAY_KIND_DAY_OFF ? out.days_off : out.working_days).push_back(*date);
  }
  return out;
}

OfficeHours office_hours_from(const google::protobuf::RepeatedPtrField<v1::OfficeSpan>& spans) {
  if (spans.empty()) return OfficeHours::standard();
  OfficeHours hours;
  for (const auto& span : spans) {
    hours.spans.push_back(
        {std::chrono::minutes(span.from_minute()), std::chrono::minutes(span.to_minute())});
  }
  return hours;
}

const WorkingCalendar& CountyClocks::standard_calendar() {
  static const WorkingCalendar calendar;
  return calendar;
}

CountyClocks::CountyClocks(const state::View& view, const CountyId& county) {
  const auto row = settings().find(view, county_key(county));
  calendar_ = calendar_of(row);
  limits_ = limits_of(row);
}

v1::Clock CountyClocks::advance(const v1::Clock& clock) const {
  auto out = clock;
  switch (clock.light()) {
    case v1::LIGHT_GREEN:
      out.set_light(v1::LIGHT_YELLOW);
      break;
    case v1::LIGHT_YELLOW:
      out.set_light(v1::LIGHT_RED);
      out.set_level(1);
      break;
    default:
      out.set_level(clock.level() + 1);
  }
  set_next(out);
  return out;
}

void CountyClocks::set_next(v1::Clock& clock) const {
  clock.clear_next_time();
  // Whoever asked owes no rating: shown, and followed by a call-back.
  if (clock.kind() == v1::CLOCK_KIND_RATE) return;
  switch (clock.light()) {
    case v1::LIGHT_GREEN:
      *clock.mutable_next_time() = clock.yellow_time();
      return;
    case v1::LIGHT_YELLOW:
      *clock.mutable_next_time() = clock.due_time();
      return;
    default:
      if (clock.level() >= kEscalationLevels) return;
      *clock.mutable_next_time() =
          to_proto(counting().escalation(from_proto(clock), clock.level() + 1));
  }
}

v1::Clock CountyClocks::make(const Clock& clock, const DecideContext& context) const {
  v1::Clock out;
  out.set_kind(static_cast<v1::ClockKind>(clock.kind));
  *out.mutable_start_time() = to_proto(clock.start);
  *out.mutable_due_time() = to_proto(clock.due);
  *out.mutable_yellow_time() = to_proto(clock.yellow);
  *out.mutable_first_due_time() = to_proto(clock.due);
  *out.mutable_limit() = to_proto(clock.limit);
  out.set_light(v1::LIGHT_GREEN);
  out.set_provisional(calendar().provisional(clock.due));
  set_next(out);
  const auto over = [&] {
    return out.has_next_time() && from_proto(out.next_time()) <= context.now;
  };
  if (context.imported) {
    while (over()) out = advance(out);
  } else if (clock.due <= context.now) {
    // Over by its own making (reclassified): red comes next, without a yellow just before it.
    if (out.has_next_time()) out = advance(out);
  }
  return out;
}

v1::ClockBoard CountyClocks::replace(const v1::DemandRow& row, const std::vector<Clock>& started,
                                     const DecideContext& context) const {
  v1::ClockBoard board;
  for (const auto& clock : row.clocks()) *board.add_ended() = ended(clock, context.effective_time);
  for (const auto& clock : started) *board.add_running() = make(clock, context);
  return board;
}

v1::ClockBoard CountyClocks::end(const v1::DemandRow& row, const std::set<v1::ClockKind>& kinds,
                                 const DecideContext& context) const {
  v1::ClockBoard board;
  for (const auto& clock : row.clocks()) {
    if (kinds.contains(clock.kind())) {
      *board.add_ended() = ended(clock, context.effective_time);
    } else {
      *board.add_running() = clock;
    }
  }
  return board;
}

v1::ClockBoard CountyClocks::reclassify(const v1::DemandRow& row, LimitClass limit_class,
                                        const DecideContext& context) const {
  v1::ClockBoard board;
  const bool redo = row.redo_count() > 0;
  const bool sent_back = is_sent_back(row);
  for (const auto& clock : row.clocks()) {
    if (sent_back || clock.kind() == v1::CLOCK_KIND_AUDIT || clock.kind() == v1::CLOCK_KIND_RATE) {
      *board.add_running() = clock;
      continue;
    }
    const std::vector<Clock> running{from_proto(clock)};
    const auto from = from_proto(redo ? clock.start_time() : row.submitted_time());
    const auto anew = counting().reclassified(running, limit_class, from, redo);
    auto made = make(anew.front(), context);
    *made.mutable_first_due_time() = clock.first_due_time();
    *board.add_running() = std::move(made);
  }
  return board;
}

std::optional<v1::ClockBoard> CountyClocks::resettle(const v1::DemandRow& row, Time now) const {
  v1::ClockBoard board;
  bool moved = false;
  for (const auto& clock : row.clocks()) {
    auto& out = *board.add_running();
    out = clock;
    const auto before = from_proto(clock);
    const auto after = counting().resettled(before, now);
    const bool provisional = calendar().provisional(after.due);
    if (after == before && provisional == clock.provisional()) continue;
    moved = true;
    *out.mutable_due_time() = to_proto(after.due);
    *out.mutable_yellow_time() = to_proto(after.yellow);
    out.set_provisional(provisional);
    set_next(out);
  }
  if (!moved) return std::nullopt;
  return board;
}

}  // namespace lianmeng::dispatch
