// What a log tells whoever operates it.
#pragma once

#include <functional>
#include <string>

namespace lianmeng::log {

enum class LogNotice { kInfo, kWarning, kError };
// Told what an operator should know, in one sentence; called from any thread, holds no lock.
using LogObserver = std::function<void(LogNotice, const std::string&)>;

}  // namespace lianmeng::log
