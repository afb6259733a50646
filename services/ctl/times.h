// Times as people in the county write and read them: Asia/Shanghai, which has been UTC+8 without
// summer time since 1992; no table of zones is needed for it.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng::ctl {

// RFC 3339, or local: "2023-04-24 09:30", "2023-04-24 09:30:15", "2023-04-24" (its first moment).
Result<Time> parse_time(std::string_view text);
// "2023-04-24 09:30"; with seconds "2023-04-24 09:30:15".
std::string local_time(Time time, bool seconds = false);
// "90s", "30m", "2h", "1d".
Result<Duration> parse_duration(std::string_view text);
std::string duration_text(Duration duration);

}  // namespace lianmeng::ctl
