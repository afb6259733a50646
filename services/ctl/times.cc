#include "ctl/times.h"

#include <fmt/format.h>

#include <charconv>

namespace lianmeng::ctl {
namespace {

constexpr std::chrono::hours kLocalOffset{8};
constexpr Duration kDurationMax{std::chrono::years{100}};

Error bad_time(std::string_view text) {
  auto error = make_error(
      ErrorKind::kInvalidArgument, "USAGE",
      fmt::format("\"{}\" is no time; write 2023-04-24, \"2023-04-24 09:30\" (Asia/Shanghai) or "
                  "2023-04-24T09:30:00+08:00",
                  text));
  error.message_zh = fmt::format(
      "“{}”不是时间；请写成 2023-04-24、\"2023-04-24 09:30\"（北京时间）或 "
      "2023-04-24T09:30:00+08:00",
      text);
  return error;
}

}  // namespace

Result<Time> parse_time(std::string_view text) {
  if (const auto exact = parse_rfc3339(text)) return *exact;
  // The local forms are RFC 3339 with what they leave out put back.
  std::string full(text);
  if (full.size() == 10) full += "T00:00";
  if (full.size() == 16) full += ":00";
  if (full.size() != 19) return fail(bad_time(text));
  if (full[10] == ' ') full[10] = 'T';
  full += "+08:00";
  const auto time = parse_rfc3339(full);
  if (!time) return fail(bad_time(text));
  return *time;
}

std::string local_time(Time time, bool seconds) {
  using namespace std::chrono;
  const auto local = time + kLocalOffset;
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss clock{local - day};
  auto out = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         clock.hours().count(), clock.minutes().count());
  if (seconds) out += fmt::format(":{:02}", clock.seconds().count());
  return out;
}

Result<Duration> parse_duration(std::string_view text) {
  long long count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  using namespace std::chrono;
  const Duration one = unit == "ms"                  ? Duration{1}
                       : unit == "s" || unit.empty() ? Duration{1s}
                       : unit == "m"                 ? Duration{1min}
                       : unit == "h"                 ? Duration{1h}
                       : unit == "d"                 ? Duration{days{1}}
                                                     : Duration{0};
  if (code == std::errc{} && count >= 0 && one > Duration{0} && count <= kDurationMax / one) {
    return count * one;
  }
  auto error = make_error(
      ErrorKind::kInvalidArgument, "USAGE",
      fmt::format("\"{}\" is no duration; write 90s, 30m, 2h or 1d, 100 years at most", text));
  error.message_zh = fmt::format("“{}”不是时长；请写成 90s、30m、2h 或 1d，最长 100 年", text);
  return fail(std::move(error));
}

std::string duration_text(Duration duration) {
  using namespace std::chrono;
  const auto ms = duration.count();
  if (ms == 0) return "0s";
  if (duration % days{1} == Duration{0})
    return fmt::format("{}d", duration_cast<days>(duration).count());
  if (duration % hours{1} == Duration{0}) return fmt::format("{}h", ms / 3'600'000);
  if (duration % minutes{1} == Duration{0}) return fmt::format("{}m", ms / 60'000);
  if (duration % seconds{1} == Duration{0}) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

}  // namespace lianmeng::ctl
