#include "platform/process/reload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "platform/config/start_up.h"
#include "platform/obs/log.h"

namespace lianmeng::process {

Reload::Reload(config::Options<Config> options, std::string program,
               std::vector<std::string> arguments, std::map<std::string, std::string> environment,
               Config in_force)
    : options_(std::move(options)),
      program_(std::move(program)),
      arguments_(std::move(arguments)),
      environment_(std::move(environment)),
      in_force_(std::move(in_force)) {}

void Reload::read() {
  Config found;
  const auto start = config::start_up(options_.list(), program_, arguments_, environment_, &found);
  if (start.exit_code) {
    obs::log_warn("config", "the configuration is wrong; what was read before stays in force",
                  {{"error", start.err}});
    return;
  }
  if (found.log_level != in_force_.log_level) {
    const auto before = std::exchange(in_force_.log_level, found.log_level);
    obs::set_log_level(obs::parse_level(found.log_level).value_or(obs::Level::kInfo));
    obs::log_info("config", "the log level changed", {{"from", before}, {"to", found.log_level}});
  }
  const auto waiting = config::differing(options_.list(), &in_force_, &found);
  if (!waiting.empty()) {
    obs::log_warn("config", "options changed that are in force after a restart only",
                  {{"options", fmt::format("{}", fmt::join(waiting, ", "))}});
  }
  obs::log_info("config", "the configuration was read again");
}

}  // namespace lianmeng::process
