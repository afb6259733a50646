// The tools that work on this machine's files or on Kafka, and not through a server: the log and
// its backups, the keys and theirs, the state, the topics.
#pragma once

#include <string_view>

#include "ctl/options.h"

namespace lianmeng::ctl {

// `tool` is "log", "keys", "state" or "topics"; the verb is the first word of `parsed`. Returns the
// exit code and has told everything.
int run_local(std::string_view tool, const Parsed& parsed, const Options& options,
              const Environment& environment);

}  // namespace lianmeng::ctl
