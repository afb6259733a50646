// What a log tells whoever operates it.
#pragma once

#include <functional>
#include <string>

namespace lianmeng::log {

enum class LogNotice { kInfo, kWarning, kError };
// Told what an operator should know, in one sentence. Called from any thread, at times under locks
// of the log's: it may call nothing of it.
using LogObserver = std::function<void(LogNotice, const std::string&)>;

}  // namespace lianmeng::log
