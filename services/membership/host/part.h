// Membership as a process hosts it: its fold, its calls, and the deletion of erased people's keys.
#pragma once

#include <memory>

#include "platform/process/keys.h"
#include "platform/process/process.h"

namespace lianmeng::membership {

std::unique_ptr<process::Part> make_membership_part(std::shared_ptr<process::Keys> keys);

}  // namespace lianmeng::membership
