#include "dispatch/domain/working_time/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "platform/base/assert.h"

namespace lianmeng::dispatch {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr minutes kDay{24 * 60};
// With at most so many days off named by each of three levels, a year keeps 60 working days and
// more, so every search below ends.
constexpr std::size_t kNamedDaysMax = 60;
constexpr std::int32_t kYearsMax = 2;

Error invalid(std::vector<FieldViolation> violations) {
  Error error = make_error(ErrorKind::kInvalidArgument, "INVALID_FIELD",
                           violations.front().field + ": " + violations.front().description_en);
  error.message_zh = violations.front().field + "：" + violations.front().description_zh;
  error.violations = std::move(violations);
  return error;
}

int year_of(LocalDay day) { return static_cast<int>(std::chrono::year_month_day{day}.year()); }

bool is_weekday(LocalDay day) { return std::chrono::weekday{day}.iso_encoding() <= 5; }

// How long [from, to) overlaps the office hours of `day`.
Duration open_within(const OfficeHours& hours, LocalDay day, Time from, Time to) {
  Duration sum{0};
  for (const auto& span : hours.spans) {
    const auto begin = std::max(from, at(day, span.from));
    const auto end = std::min(to, at(day, span.to));
    if (end > begin) sum += end - begin;
  }
  return sum;
}

std::string half_days_text(std::int32_t halves) {
  return fmt::format("{}{}", halves / 2, halves % 2 ? ".5" : "");
}

template <class Minutes>
std::string minutes_text(std::int32_t amount, Minutes hour_unit, Minutes minute_unit) {
  return amount % 60 == 0 ? fmt::format("{} {}", amount / 60, hour_unit)
                          : fmt::format("{} {}", amount, minute_unit);
}

}  // namespace

LocalDay local_day(Time time) {
  return LocalDay{std::chrono::floor<days>(time + kShanghaiOffset).time_since_epoch()};
}

Time at(LocalDay day, minutes minute) {
  return Time{day.time_since_epoch()} + minute - kShanghaiOffset;
}

std::string to_string(LocalDay day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Result<LocalDay> parse_local_day(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto number = [&](std::size_t from, std::size_t size, auto& value) {
    const char* end = text.data() + from + size;
    return std::from_chars(text.data() + from, end, value).ptr == end;
  };
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' && text[0] != '-' &&
                      number(0, 4, year) && number(5, 2, month) && number(8, 2, day);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!shaped || !date.ok()) {
    Error error = make_error(ErrorKind::kInvalidArgument, "INVALID_FIELD",
                             fmt::format("\"{}\" is no day; write it as 2024-02-10", text));
    error.message_zh = fmt::format("“{}”不是日期，请写成 2024-02-10 的样子", text);
    return fail(std::move(error));
  }
  return LocalDay{date};
}

OfficeHours OfficeHours::standard() {
  return {{{minutes{8 * 60}, minutes{12 * 60}}, {minutes{14 * 60}, minutes{18 * 60}}}};
}

minutes OfficeHours::length() const {
  minutes sum{0};
  for (const auto& span : spans) sum += span.to - span.from;
  return sum;
}

Status check(const OfficeHours& hours) {
  std::vector<FieldViolation> wrong;
  if (hours.spans.empty() || hours.spans.size() > 4)
    wrong.push_back({"spans", fmt::format("须有1至4段，收到{}段", hours.spans.size()),
                     fmt::format("needs 1 to 4 spans, got {}", hours.spans.size())});
  minutes before{-1};
  for (std::size_t i = 0; i < hours.spans.size(); ++i) {
    const auto& span = hours.spans[i];
    if (span.from <= before || span.to <= span.from || span.to > kDay)
      wrong.push_back({fmt::format("spans[{}]", i),
                       fmt::format("第{}至{}分钟：各段须先后排列、互不相接，且在一天之内",
                                   span.from.count(), span.to.count()),
                       fmt::format("minutes {} to {}: spans are in order, apart and within a day",
                                   span.from.count(), span.to.count())});
    before = std::max(before, span.to);
  }
  if (wrong.empty()) return {};
  return fail(invalid(std::move(wrong)));
}

std::string own_field(bool worked, std::optional<std::size_t> at) {
  const std::string list = worked ? "working_days" : "days_off";
  return at ? fmt::format("{}[{}]", list, *at) : list;
}

Status check(const CalendarYear& year, const DayField& field) {
  std::vector<FieldViolation> wrong;
  if (year.year < 2000 || year.year > 2100)
    wrong.push_back({"year", fmt::format("须在2000至2100之间，收到{}", year.year),
                     fmt::format("must be from 2000 to 2100, got {}", year.year)});
  std::set<LocalDay> named;
  const auto look_at = [&](const std::vector<LocalDay>& list, bool worked) {
    if (list.size() > kNamedDaysMax)
      wrong.push_back({field(worked, std::nullopt),
                       fmt::format("最多{}天，收到{}天", kNamedDaysMax, list.size()),
                       fmt::format("at most {} days, got {}", kNamedDaysMax, list.size())});
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto path = field(worked, i);
      if (year_of(list[i]) != year.year)
        wrong.push_back({path, fmt::format("{}不在{}年", to_string(list[i]), year.year),
                         fmt::format("{} is not in {}", to_string(list[i]), year.year)});
      if (!named.insert(list[i]).second)
        wrong.push_back({path, fmt::format("{}已列出过", to_string(list[i])),
                         fmt::format("{} is named twice", to_string(list[i]))});
    }
  };
  look_at(year.days_off, false);
  look_at(year.working_days, true);
  if (wrong.empty()) return {};
  return fail(invalid(std::move(wrong)));
}

Status check(const Limit& limit, std::string_view field) {
  std::int32_t most = 0;
  switch (limit.unit) {
    case Limit::Unit::kClockMinutes:
    case Limit::Unit::kOfficeMinutes:
      most = kYearsMax * 366 * 24 * 60;
      break;
    case Limit::Unit::kHalfWorkingDays:
      most = kYearsMax * 250 * 2;
      break;
    case Limit::Unit::kCalendarDays:
      most = kYearsMax * 366;
      break;
  }
  if (limit.amount >= 1 && limit.amount <= most) return {};
  const Limit longest{limit.unit, most};
  return fail(invalid(
      {{std::string(field),
        fmt::format("时限须大于零且不超过{}，收到{}", to_chinese(longest), to_chinese(limit)),
        fmt::format("a limit is above zero and at most {}, got {}", to_english(longest),
                    to_english(limit))}}));
}

std::string to_chinese(const Limit& limit) {
  switch (limit.unit) {
    case Limit::Unit::kClockMinutes:
      return minutes_text(limit.amount, "小时", "分钟");
    case Limit::Unit::kOfficeMinutes:
      return minutes_text(limit.amount, "个工作小时", "个工作分钟");
    case Limit::Unit::kHalfWorkingDays:
      return half_days_text(limit.amount) + " 个工作日";
    case Limit::Unit::kCalendarDays:
      return fmt::format("{} 个自然日", limit.amount);
  }
  LM_ASSERT(false, "unit {}", static_cast<int>(limit.unit));
  return {};
}

std::string to_english(const Limit& limit) {
  switch (limit.unit) {
    case Limit::Unit::kClockMinutes:
      return minutes_text(limit.amount, "h", "min");
    case Limit::Unit::kOfficeMinutes:
      return minutes_text(limit.amount, "office h", "office min");
    case Limit::Unit::kHalfWorkingDays:
      return half_days_text(limit.amount) + " wd";
    case Limit::Unit::kCalendarDays:
      return fmt::format("{} d", limit.amount);
  }
  LM_ASSERT(false, "unit {}", static_cast<int>(limit.unit));
  return {};
}

WorkingCalendar::WorkingCalendar() : WorkingCalendar({}, OfficeHours::standard()) {}

WorkingCalendar::WorkingCalendar(std::span<const CalendarYear> years, OfficeHours hours)
    : hours_(std::move(hours)) {
  LM_ASSERT(check(hours_).has_value(), "unchecked office hours");
  // By day, the nearest level first.
  const auto before = [](const Override& a, const Override& b) {
    return std::tie(a.day, b.level) < std::tie(b.day, a.level);
  };
  const auto add = [](std::vector<Override>& list, const CalendarYear& year) {
    for (const auto& day : year.days_off) list.push_back({day, year.level, false});
    for (const auto& day : year.working_days) list.push_back({day, year.level, true});
  };
  // The built-in years are sorted once: a calendar is made for every decision.
  static const auto built_in = [&] {
    std::vector<Override> list;
    for (const auto& year : state_council_years()) add(list, year);
    std::sort(list.begin(), list.end(), before);
    return list;
  }();
  overrides_ = built_in;
  for (const auto& year : state_council_years()) published_.push_back(year.year);

  std::map<std::pair<int, CalendarLevel>, const CalendarYear*> given;
  for (const auto& year : years) {
    LM_ASSERT(check(year).has_value(), "unchecked calendar of {}", year.year);
    given[{year.year, year.level}] = &year;
  }
  for (const auto& [key, year] : given) {
    if (key.second != CalendarLevel::kStateCouncil) continue;
    std::erase_if(overrides_, [&](const Override& o) { return year_of(o.day) == key.first; });
    const auto place = std::lower_bound(published_.begin(), published_.end(), key.first);
    if (place == published_.end() || *place != key.first) published_.insert(place, key.first);
  }
  const auto sorted = static_cast<std::ptrdiff_t>(overrides_.size());
  for (const auto& [key, year] : given) add(overrides_, *year);
  std::sort(overrides_.begin() + sorted, overrides_.end(), before);
  std::inplace_merge(overrides_.begin(), overrides_.begin() + sorted, overrides_.end(), before);
  // The nearest level that names a day is the one that is kept.
  overrides_.erase(std::unique(overrides_.begin(), overrides_.end(),
                               [](const Override& a, const Override& b) { return a.day == b.day; }),
                   overrides_.end());
  gained_.reserve(overrides_.size() + 1);
  gained_.push_back(0);
  for (const auto& named : overrides_) {
    gained_.push_back(gained_.back() + (named.working ? 1 : 0) - (is_weekday(named.day) ? 1 : 0));
  }
}

bool WorkingCalendar::is_working_day(LocalDay day) const {
  const auto found = std::lower_bound(overrides_.begin(), overrides_.end(), day,
                                      [](const Override& a, LocalDay b) { return a.day < b; });
  if (found != overrides_.end() && found->day == day) return found->working;
  return is_weekday(day);
}

bool WorkingCalendar::provisional(int year) const {
  return !std::binary_search(published_.begin(), published_.end(), year);
}

bool WorkingCalendar::provisional(Time time) const { return provisional(year_of(local_day(time))); }

LocalDay WorkingCalendar::next_working_day(LocalDay day) const {
  while (!is_working_day(day)) day += days{1};
  return day;
}

Time WorkingCalendar::next_working_moment(Time time) const {
  const auto today = local_day(time);
  const auto day = next_working_day(today);
  if (day != today) return at(day, hours_.opens());
  for (const auto& span : hours_.spans)
    if (time <= at(day, span.to)) return std::max(time, at(day, span.from));
  return at(next_working_day(day + days{1}), hours_.opens());
}

Time WorkingCalendar::close_of_business(Time time) const {
  return close_of(local_day(next_working_moment(time)));
}

Time WorkingCalendar::due(Time start, const Limit& limit) const {
  LM_ASSERT(limit.amount >= 1, "limit of {}", limit.amount);
  switch (limit.unit) {
    case Limit::Unit::kClockMinutes:
      return start + minutes{limit.amount};
    case Limit::Unit::kOfficeMinutes:
      return add_office_time(start, minutes{limit.amount});
    case Limit::Unit::kHalfWorkingDays: {
      const int whole = limit.amount / 2;
      const auto from = whole > 0 ? add_working_days(start, whole) : start;
      if (limit.amount % 2 == 0) return from;
      return add_office_time(from, Duration{hours_.length()} / 2);
    }
    case Limit::Unit::kCalendarDays:
      return close_of(next_working_day(local_day(start) + days{limit.amount}));
  }
  LM_ASSERT(false, "unit {}", static_cast<int>(limit.unit));
  return {};
}

std::int64_t WorkingCalendar::working_days_before(LocalDay day) const {
  // 1970-01-01 was a Thursday.
  const auto since_monday = day.time_since_epoch() + days{3};
  const auto weeks = std::chrono::floor<std::chrono::weeks>(since_monday);
  const std::int64_t weekdays =
      weeks.count() * 5 + std::min<std::int64_t>((since_monday - weeks).count(), 5);
  const auto found = std::lower_bound(overrides_.begin(), overrides_.end(), day,
                                      [](const Override& a, LocalDay b) { return a.day < b; });
  return weekdays + gained_[static_cast<std::size_t>(found - overrides_.begin())];
}

LocalDay WorkingCalendar::working_day_after(LocalDay day, std::int64_t count) const {
  LM_ASSERT(count >= 1, "{} working days", count);
  // So many working days take so many days at least; what those had not is left. It shrinks to two
  // sevenths each time, and what comes last is a day that was worked.
  while (count > 0) {
    const auto ahead = day + days{count};
    count -= working_days_before(ahead + days{1}) - working_days_before(day + days{1});
    day = ahead;
  }
  return day;
}

Time WorkingCalendar::add_working_days(Time time, std::int64_t count) const {
  return close_of(working_day_after(local_day(time), count));
}

Time WorkingCalendar::add_office_time(Time time, Duration amount) const {
  LM_ASSERT(amount >= Duration{0});
  auto now = next_working_moment(time);
  auto day = local_day(now);
  const auto today = open_within(hours_, day, now, close_of(day));
  if (amount > today) {
    // Of the days after today all but the last are used up whole.
    const Duration length = hours_.length();
    const auto whole = (amount - today - Duration{1}) / length;
    amount -= today + whole * length;
    day = working_day_after(day, whole + 1);
    now = at(day, hours_.opens());
  }
  for (const auto& span : hours_.spans) {
    const auto begin = std::max(now, at(day, span.from));
    const auto end = at(day, span.to);
    if (begin > end) continue;
    if (amount <= end - begin) return begin + amount;
    amount -= end - begin;
  }
  LM_ASSERT(false, "a day of office time has more than its spans");
  return {};
}

Duration WorkingCalendar::working_time_between(Time from, Time to) const {
  if (to < from) return -working_time_between(to, from);
  const auto first = local_day(from);
  const auto last = local_day(to);
  const auto within = [&](LocalDay day) {
    return is_working_day(day) ? open_within(hours_, day, from, to) : Duration{0};
  };
  if (first == last) return within(first);
  const auto between = working_days_before(last) - working_days_before(first + days{1});
  return within(first) + between * Duration{hours_.length()} + within(last);
}

Duration WorkingCalendar::time_between(Time from, Time to, Running running) const {
  return running == Running::kRoundTheClock ? to - from : working_time_between(from, to);
}

Time WorkingCalendar::fraction_point(Time start, Time due, int percent, Running running) const {
  LM_ASSERT(percent >= 0 && percent <= 100, "{} %", percent);
  const auto total = time_between(start, due, running);
  if (total <= Duration{0}) return due;
  const auto part = total * percent / 100;
  if (running == Running::kRoundTheClock) return start + part;
  return std::min(due, add_office_time(start, part));
}

}  // namespace lianmeng::dispatch
