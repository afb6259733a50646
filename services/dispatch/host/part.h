// Dispatch as a process hosts it.
#pragma once

#include <memory>

#include "platform/process/process.h"

namespace lianmeng::dispatch {

std::unique_ptr<process::Part> make_dispatch_part();

}  // namespace lianmeng::dispatch
