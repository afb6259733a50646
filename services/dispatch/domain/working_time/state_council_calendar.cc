// The holidays of the whole country, as the General Office of the State Council publishes them each
// autumn for the next year. A year that is not here is provisional until a county records its
// notice.
#include <initializer_list>

#include "dispatch/domain/working_time/calendar.h"

namespace lianmeng::dispatch {
namespace {

struct MonthDay {
  unsigned month;
  unsigned day;
};
struct DaysOff {
  MonthDay first;
  MonthDay last;
};

LocalDay day_of(int year, MonthDay day) {
  return LocalDay{std::chrono::year{year} / std::chrono::month{day.month} /
                  std::chrono::day{day.day}};
}

CalendarYear notice(int year, std::string source, std::initializer_list<DaysOff> off,
                    std::initializer_list<MonthDay> working) {
  CalendarYear result{CalendarLevel::kStateCouncil, year, {}, {}, std::move(source)};
  for (const auto& span : off)
    for (auto day = day_of(year, span.first); day <= day_of(year, span.last);
         day += std::chrono::days{1})
      result.days_off.push_back(day);
  for (const auto& day : working) result.working_days.push_back(day_of(year, day));
  return result;
}

}  // namespace

std::span<const CalendarYear> state_council_years() {
  // In order: 元旦, 春节, 清明节, 劳动节, 端午节, 中秋节, 国庆节; then the days worked for them.
  static const std::vector<CalendarYear> years{
      notice(2023, "国办发明电〔2022〕16号",
             {{{1, 1}, {1, 2}},
              {{1, 21}, {1, 27}},
              {{4, 5}, {4, 5}},
              {{4, 29}, {5, 3}},
              {{6, 22}, {6, 24}},
              {{9, 29}, {10, 6}}},
             {{1, 28}, {1, 29}, {4, 23}, {5, 6}, {6, 25}, {10, 7}, {10, 8}}),
      notice(2024, "国办发明电〔2023〕7号",
             {{{1, 1}, {1, 1}},
              {{2, 10}, {2, 17}},
              {{4, 4}, {4, 6}},
              {{5, 1}, {5, 5}},
              {{6, 10}, {6, 10}},
              {{9, 15}, {9, 17}},
              {{10, 1}, {10, 7}}},
             {{2, 4}, {2, 18}, {4, 7}, {4, 28}, {5, 11}, {9, 14}, {9, 29}, {10, 12}}),
      notice(2025, "国办发明电〔2024〕12号",
             {{{1, 1}, {1, 1}},
              {{1, 28}, {2, 4}},
              {{4, 4}, {4, 6}},
              {{5, 1}, {5, 5}},
              {{5, 31}, {6, 2}},
              {{10, 1}, {10, 8}}},
             {{1, 26}, {2, 8}, {4, 27}, {9, 28}, {10, 11}}),
      notice(2026, "国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）",
             {{{1, 1}, {1, 3}},
              {{2, 15}, {2, 23}},
              {{4, 4}, {4, 6}},
              {{5, 1}, {5, 5}},
              {{6, 19}, {6, 21}},
              {{9, 25}, {9, 27}},
              {{10, 1}, {10, 7}}},
             {{1, 4}, {2, 14}, {2, 28}, {5, 9}, {9, 20}, {10, 10}}),
  };
  return years;
}

}  // namespace lianmeng::dispatch
