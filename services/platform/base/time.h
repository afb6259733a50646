// Times of the platform: milliseconds since 1970-01-01T00:00:00Z, as the log stamps them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
// Never runs back; only differences mean something.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// RFC 3339 in UTC with milliseconds: 2026-11-22T01:02:03.004Z, as CloudEvents' `time`.
std::string to_rfc3339(Time time);
Result<Time> parse_rfc3339(std::string_view text);

// Clocks are handed in; nothing under domain/ sees one. Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;
  virtual SteadyTime steady() = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() override;
  SteadyTime steady() override;
};

}  // namespace lianmeng
