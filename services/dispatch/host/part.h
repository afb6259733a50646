// Dispatch as a process hosts it. It opens what membership sealed: who handles a demand is shown
// the number of who asked.
#pragma once

#include <memory>

#include "platform/process/keys.h"
#include "platform/process/process.h"

namespace lianmeng::dispatch {

std::unique_ptr<process::Part> make_dispatch_part(std::shared_ptr<process::Keys> keys);

}  // namespace lianmeng::dispatch
