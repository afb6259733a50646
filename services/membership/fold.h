// Membership as the runtime sees it: its decisions' events, folded. It follows nobody and has no
// timers.
#pragma once

#include "platform/runtime/fold.h"

namespace lianmeng::membership {

const runtime::Fold& membership_fold();

}  // namespace lianmeng::membership
