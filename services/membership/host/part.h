// Membership as a process hosts it: its fold, its calls, and the keys of personal values, which no
// other service has.
#pragma once

#include <memory>

#include "platform/process/process.h"

namespace lianmeng::membership {

std::unique_ptr<process::Part> make_membership_part();

}  // namespace lianmeng::membership
