// The runtime's own errors, each in one place.
#pragma once

#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::runtime {

Error shutting_down();  // SHUTTING_DOWN
Error draining();       // DRAINING: the operator asked for it
// STORE_FULL: what is not written to the store fills the memory that it may take. It names the
// cause's reason alone, as not_written() does.
Error store_full(const Error& cause);
// Of a partition that has failed with `cause`, for its callers: with both languages, and without
// what only the operator can use (paths, the broker's words), which log and readiness tell.
Error stopped(std::string_view partition, const Error& cause);
Error busy();  // BUSY: a bounded queue is full
// DEADLINE_PASSED: not decided. `repeat`: an earlier attempt may have been.
Error too_late(std::string_view call, bool repeat);
Error fate_unknown(std::string_view partition);  // FATE_UNKNOWN: it may have been done
Error clock_off();                               // CLOCK_OFF
// NOT_WRITTEN: nothing of it is in the log. `repeat`: of this attempt. Of the cause it names the
// reason alone: its text is for operators.
Error not_written(const Error& cause, bool repeat);
// What a host refuses for its own sake says that nothing was done. `repeat`: of this attempt; an
// earlier one may have been.
Error of_attempt(Error error, bool repeat);
Error event_too_large(std::size_t bytes);  // EVENT_TOO_LARGE
Error log_changed(std::string_view partition,
                  std::uint64_t sequence);       // LOG_CHANGED: cut or recreated
Error log_headless(std::string_view partition);  // LOG_CHANGED: its head is gone
Error chain_broken(std::string_view partition, std::uint64_t sequence);  // CHAIN_BROKEN
Error event_unknown(std::string_view partition, std::string_view type);  // EVENT_UNKNOWN
// STATE_DIFFERS: `host` wrote event `sequence` on a state of another digest than the one here.
Error state_differs(std::string_view partition, std::uint64_t sequence, std::string_view host,
                    std::uint64_t there, std::uint64_t here);

}  // namespace lianmeng::runtime
