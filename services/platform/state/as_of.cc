#include "platform/state/as_of.h"

#include <fmt/format.h>

#include <chrono>

namespace lianmeng::state {
namespace {

// The first whole second at which it was, in the county's time.
std::string in_shanghai(Time time) {
  const auto local = std::chrono::ceil<std::chrono::seconds>(time) + std::chrono::hours(8);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

const Reason kNothingThen{
    "NOTHING_THEN", ErrorKind::kNotFound,
    "所问时刻尚无{what}：其最早一条于北京时间 {recorded} 记录，发生于 "
    "{effective}。请改问更晚的时刻。",
    "At the time that you ask of there was no {what_en} yet: its first event was recorded at "
    "{recorded} and happened at {effective}, Beijing time. Ask of a later time."};

Refusal nothing_then(const Subject& subject, Time recorded, Time effective) {
  return refuse(kNothingThen, {{"what", fmt::format("{} {}", subject.zh, subject.id)},
                               {"what_en", fmt::format("{} {}", subject.en, subject.id)},
                               {"recorded", in_shanghai(recorded)},
                               {"effective", in_shanghai(effective)}});
}

}  // namespace lianmeng::state
