// Dispatch as the runtime sees it: one fold over demands and a county's settings, its timers, and
// the roster that it keeps of membership's log.
#pragma once

#include "platform/runtime/fold.h"

namespace lianmeng::dispatch {

const runtime::Fold& dispatch_fold();

// The demand that an event is about; "" for a county's settings.
std::string demand_id_of_event(const google::protobuf::Message& event);

}  // namespace lianmeng::dispatch
