// SIGHUP: what of the configuration is taken over while the process runs.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/process/config.h"

namespace lianmeng::process {

// Threads: one.
class Reload {
 public:
  // As config::start_up read `in_force`.
  Reload(config::Options<Config> options, std::string program, std::vector<std::string> arguments,
         std::map<std::string, std::string> environment, Config in_force);

  // Reads the configuration again. log.level is in force at once; of other options that differ it
  // is said that they wait for a restart. A configuration that is wrong changes nothing, and is
  // told.
  void read();

 private:
  const config::Options<Config> options_;
  const std::string program_;
  const std::vector<std::string> arguments_;
  const std::map<std::string, std::string> environment_;
  Config in_force_;
};

}  // namespace lianmeng::process
