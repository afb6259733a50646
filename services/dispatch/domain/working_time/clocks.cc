#include "dispatch/domain/working_time/clocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "platform/base/assert.h"

namespace lianmeng::dispatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::size_t index_of(LimitClass limit_class) {
  const auto index = static_cast<std::size_t>(limit_class) - 1;
  LM_ASSERT(index < kLimitClasses.size(), "class {}", static_cast<int>(limit_class));
  return index;
}

// A cell of a table that may be const or not.
template <class Table>
auto& cell(Table& table, LimitClass limit_class, ClockKind kind) {
  auto& row = table.classes[index_of(limit_class)];
  switch (kind) {
    case ClockKind::kRoute:
      return row.route;
    case ClockKind::kTake:
      return row.take;
    case ClockKind::kContact:
      return row.contact;
    case ClockKind::kResult:
      return row.result;
    case ClockKind::kAudit:
      return table.audit;
    case ClockKind::kRate:
      break;
  }
  LM_ASSERT(kind == ClockKind::kRate, "clock {}", static_cast<int>(kind));
  return table.rate;
}

bool has_class(ClockKind kind) { return kind != ClockKind::kAudit && kind != ClockKind::kRate; }

LimitTable make_default_limits() {
  const auto wd = [](std::int32_t days) { return Limit::working_days(days); };
  const auto half_wd = Limit::half_working_days(1);
  const auto clock = [](minutes time) { return Limit::round_the_clock(time); };
  LimitTable table;
  //                       route                take              contact           result
  table.classes = {
      ClassLimits{clock(minutes{30}), clock(hours{1}), clock(hours{2}), clock(hours{24})},
      ClassLimits{half_wd, wd(1), wd(1), wd(3)},   // Question.
      ClassLimits{half_wd, wd(1), wd(1), wd(5)},   // Ordinary.
      ClassLimits{half_wd, wd(1), wd(2), wd(15)},  // Training, technique.
      ClassLimits{half_wd, wd(1), wd(2), wd(10)},  // Funds, project: the plan.
  };
  table.audit = wd(1);
  table.rate = wd(3);
  table.pass_back_window = wd(1);
  table.redo_window = wd(10);
  return table;
}

}  // namespace

LimitClass limit_class(DemandMatter matter, bool urgent) {
  if (urgent) return LimitClass::kUrgent;
  switch (matter) {
    case DemandMatter::kQuestion:
      return LimitClass::kQuestion;
    case DemandMatter::kTraining:
    case DemandMatter::kTechnique:
      return LimitClass::kTraining;
    case DemandMatter::kFunds:
    case DemandMatter::kProject:
      return LimitClass::kFunds;
    case DemandMatter::kOrdinary:
      return LimitClass::kOrdinary;
  }
  LM_ASSERT(false, "matter {}", static_cast<int>(matter));
  return {};
}

std::string_view name_zh(LimitClass limit_class) {
  switch (limit_class) {
    case LimitClass::kUrgent:
      return "特急";
    case LimitClass::kQuestion:
      return "咨询";
    case LimitClass::kOrdinary:
      return "一般";
    case LimitClass::kTraining:
      return "培训技术";
    case LimitClass::kFunds:
      return "资金项目";
  }
  LM_ASSERT(false, "class {}", static_cast<int>(limit_class));
  return {};
}

std::string_view name_zh(ClockKind kind) {
  switch (kind) {
    case ClockKind::kRoute:
      return "派单";
    case ClockKind::kTake:
      return "接单";
    case ClockKind::kContact:
      return "首次联系";
    case ClockKind::kResult:
      return "办理结果";
    case ClockKind::kAudit:
      return "审核";
    case ClockKind::kRate:
      return "评价";
  }
  LM_ASSERT(false, "clock {}", static_cast<int>(kind));
  return {};
}

const ClassLimits& LimitTable::of(LimitClass limit_class) const {
  return classes[index_of(limit_class)];
}

const Limit& LimitTable::of(LimitClass limit_class, ClockKind kind) const {
  return cell(*this, limit_class, kind);
}

const LimitTable& default_limits() {
  static const LimitTable table = make_default_limits();
  return table;
}

Result<LimitTable> with_overrides(std::span<const LimitOverride> overrides, std::uint32_t version) {
  LimitTable table = default_limits();
  table.version = version;
  std::vector<FieldViolation> wrong;
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    const auto& change = overrides[i];
    const auto field = fmt::format("[{}].limit", i);
    if (const auto checked = check(change.limit, field); !checked) {
      wrong.insert(wrong.end(), checked.error().violations.begin(),
                   checked.error().violations.end());
      continue;
    }
    const bool urgent = has_class(change.kind) && change.limit_class == LimitClass::kUrgent;
    if (urgent != change.limit.runs_round_the_clock()) {
      wrong.push_back({field,
                       urgent ? fmt::format("特急时限按全天计算，收到{}", to_chinese(change.limit))
                              : fmt::format("只有特急按全天计算，收到{}", to_chinese(change.limit)),
                       urgent ? fmt::format("an urgent limit runs round the clock, got {}",
                                            to_english(change.limit))
                              : fmt::format("only urgent limits run round the clock, got {}",
                                            to_english(change.limit))});
      continue;
    }
    cell(table, change.limit_class, change.kind) = change.limit;
  }
  if (wrong.empty()) return table;
  Error error = make_error(ErrorKind::kInvalidArgument, "INVALID_FIELD",
                           wrong.front().field + ": " + wrong.front().description_en);
  error.message_zh = wrong.front().field + "：" + wrong.front().description_zh;
  error.violations = std::move(wrong);
  return fail(std::move(error));
}

// `moment` put off by what the clock stood still.
Time Clocks::moved(const Clock& clock, Time moment) const {
  if (clock.stood_still == Duration{0}) return moment;
  if (clock.limit.runs_round_the_clock()) return moment + clock.stood_still;
  return calendar_.add_office_time(moment, clock.stood_still);
}

// Due and yellow from start, limit and what it stood still; a yellow that was shown at `now` stays.
Clock Clocks::settled(const Clock& clock, Time now) const {
  Clock result = clock;
  const auto first_due = calendar_.due(clock.start, clock.limit);
  result.due = moved(clock, first_due);
  const bool in_days =
      clock.limit.unit == Limit::Unit::kCalendarDays ||
      (clock.limit.unit == Limit::Unit::kHalfWorkingDays && clock.limit.amount % 2 == 0);
  if (in_days) result.due = calendar_.close_of_business(result.due);
  if (now < clock.yellow)
    result.yellow =
        moved(clock, calendar_.fraction_point(clock.start, first_due, table_.yellow_percent,
                                              running_of(clock.limit)));
  result.yellow = std::min(result.yellow, result.due);
  return result;
}

Clock Clocks::start(ClockKind kind, const Limit& limit, Time at) const {
  Clock clock{kind, at, limit, calendar_.due(at, limit), {}, {}};
  clock.yellow = calendar_.fraction_point(at, clock.due, table_.yellow_percent, running_of(limit));
  return clock;
}

std::vector<Clock> Clocks::submitted(LimitClass limit_class, Time at) const {
  return {start(ClockKind::kRoute, table_.of(limit_class).route, at)};
}

std::vector<Clock> Clocks::routed(LimitClass limit_class, Time at) const {
  return {start(ClockKind::kTake, table_.of(limit_class).take, at)};
}

std::vector<Clock> Clocks::taken(LimitClass limit_class, Time at) const {
  const auto& row = table_.of(limit_class);
  return {start(ClockKind::kContact, row.contact, at), start(ClockKind::kResult, row.result, at)};
}

std::vector<Clock> Clocks::redone(LimitClass limit_class, Time at) const {
  return {start(ClockKind::kResult, table_.of(limit_class).result.half(), at)};
}

std::vector<Clock> Clocks::in_audit(Time at) const {
  return {start(ClockKind::kAudit, table_.audit, at)};
}

std::vector<Clock> Clocks::awaiting_rating(Time at) const {
  return {start(ClockKind::kRate, table_.rate, at)};
}

Clock Clocks::resumed(const Clock& clock, Time stopped, Time at) const {
  LM_ASSERT(at >= stopped, "a clock resumes before it stopped");
  if (stopped >= clock.due) return clock;
  Clock result = clock;
  result.stood_still += calendar_.time_between(stopped, at, running_of(clock.limit));
  return settled(result, stopped);
}

std::vector<Clock> Clocks::reclassified(std::span<const Clock> running, LimitClass limit_class,
                                        Time submitted, bool redo) const {
  std::vector<Clock> result;
  for (const auto& clock : running) {
    if (!has_class(clock.kind)) {
      result.push_back(clock);
      continue;
    }
    const auto& limit = table_.of(limit_class, clock.kind);
    const bool halved = redo && clock.kind == ClockKind::kResult;
    Clock changed = start(clock.kind, halved ? limit.half() : limit, submitted);
    changed.stood_still = clock.stood_still;
    result.push_back(settled(changed, submitted));
  }
  return result;
}

Clock Clocks::resettled(const Clock& clock, Time now) const {
  if (now >= clock.due) return clock;
  const Clock result = settled(clock, now);
  return result.due > now ? result : clock;
}

Time Clocks::escalation(const Clock& clock, int level) const {
  LM_ASSERT(level >= 1 && level <= kEscalationLevels, "level {}", level);
  const int days = table_.escalation_days[static_cast<std::size_t>(level) - 1];
  if (days == 0) return clock.due;
  if (clock.limit.runs_round_the_clock()) return clock.due + hours{24} * days;
  return calendar_.add_working_days(clock.due, days);
}

Duration Clocks::left(const Clock& clock, Time now) const {
  return calendar_.time_between(now, clock.due, running_of(clock.limit));
}

Time Clocks::pass_back_until(Time offered) const {
  return calendar_.due(offered, table_.pass_back_window);
}

Time Clocks::redo_until(Time closed) const { return calendar_.due(closed, table_.redo_window); }

Light light(const Clock& clock, Time now) {
  if (now >= clock.due) return Light::kRed;
  return now >= clock.yellow ? Light::kYellow : Light::kGreen;
}

std::optional<Clock> most_pressing(std::span<const Clock> running) {
  const auto found =
      std::min_element(running.begin(), running.end(), [](const Clock& a, const Clock& b) {
        return a.due != b.due ? a.due < b.due : a.kind < b.kind;
      });
  if (found == running.end()) return std::nullopt;
  return *found;
}

}  // namespace lianmeng::dispatch
