// W3C Trace Context (https://www.w3.org/TR/trace-context/): carried from a call into its record and
// from there into the records of the policies that it causes.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/random.h"

namespace lianmeng {

// True for a well-formed `traceparent` of version 00.
bool is_traceparent(std::string_view text);
// The trace id (32 hex digits) of a well-formed traceparent, else empty.
std::string_view trace_id_of(std::string_view traceparent);
// A new span in the same trace; a new trace when `parent` is not well formed.
std::string child_traceparent(std::string_view parent, Random& random);

}  // namespace lianmeng
