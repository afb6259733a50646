// Dispatch's enumerations in the words of rules and notices.
#pragma once

#include <string>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "notification/domain/vocabulary.h"

namespace lianmeng::notification {

namespace dispatch_v1 = ::lianmeng::dispatch::v1;

// "funds" for DEMAND_KIND_FUNDS; "" for what is unspecified.
std::string name_of(dispatch_v1::DemandKind kind);
// Unspecified means ordinary, as dispatch has it.
std::string name_of(dispatch_v1::Urgency urgency);
std::string name_of(dispatch_v1::ResultKind kind);

Word words_of(dispatch_v1::ClockKind kind);
Word words_of(dispatch_v1::RoutingMode mode);
Word words_of(dispatch_v1::SolvedAnswer answer);
// By its name: see name_of.
Word words_of_result(std::string_view name);

}  // namespace lianmeng::notification
