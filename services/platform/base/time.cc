#include "platform/base/time.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <charconv>

namespace lianmeng {

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<Time> parse_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorKind::kInvalidArgument, "TIME_MALFORMED",
                fmt::format("\"{}\" is not a time as RFC 3339 writes it "
                            "(2026-11-22T09:30:00+08:00)",
                            text));
  };
  const auto number = [&](std::size_t at, std::size_t digits, int& out) {
    if (at + digits > text.size()) return false;
    const auto* first = text.data() + at;
    const auto [end, error] = std::from_chars(first, first + digits, out);
    return error == std::errc{} && end == first + digits;
  };
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (text.size() < 20 || !number(0, 4, y) || text[4] != '-' || !number(5, 2, mo) ||
      text[7] != '-' || !number(8, 2, d) || (text[10] != 'T' && text[10] != 't') ||
      !number(11, 2, h) || text[13] != ':' || !number(14, 2, mi) || text[16] != ':' ||
      !number(17, 2, s)) {
    return bad();
  }
  std::size_t at = 19;
  int milliseconds = 0;
  if (text[at] == '.') {
    ++at;
    int scale = 100;
    const auto start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      milliseconds += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (at == start) return bad();
  }
  minutes offset{0};
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else {
    int oh = 0, om = 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || !number(at + 1, 2, oh) ||
        text[at + 3] != ':' || !number(at + 4, 2, om) || oh > 23 || om > 59) {
      return bad();
    }
    offset = hours{oh} + minutes{om};
    if (text[at] == '-') offset = -offset;
    at += 6;
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (at != text.size() || !date.ok() || h > 23 || mi > 59 || s > 59) return bad();
  return Time{sys_days{date} + hours{h} + minutes{mi} + seconds{s} +
              std::chrono::milliseconds{milliseconds} - offset};
}

Time SystemClock::now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
}

}  // namespace lianmeng
