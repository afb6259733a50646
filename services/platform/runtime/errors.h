// The runtime's own errors, each in one place.
#pragma once

#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::runtime {

Error shutting_down();                     // SHUTTING_DOWN
Error busy();                              // BUSY: a bounded queue is full
Error too_late(std::string_view call);     // DEADLINE_PASSED: not decided
Error clock_off();                         // CLOCK_OFF
Error not_written(const Error& cause);     // NOT_WRITTEN: nothing of it is in the log
Error event_too_large(std::size_t bytes);  // EVENT_TOO_LARGE
Error log_changed(std::string_view partition,
                  std::uint64_t sequence);  // LOG_CHANGED: cut or recreated
Error chain_broken(std::string_view partition, std::uint64_t sequence);  // CHAIN_BROKEN
Error event_unknown(std::string_view partition, std::string_view type);  // EVENT_UNKNOWN

}  // namespace lianmeng::runtime
