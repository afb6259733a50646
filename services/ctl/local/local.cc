#include "ctl/local/local.h"

#include "ctl/local/keys_command.h"
#include "ctl/local/log_command.h"
#include "ctl/local/state_command.h"
#include "ctl/local/token_command.h"
#include "ctl/local/topics_command.h"

namespace lianmeng::ctl {

int run_local(std::string_view tool, const Parsed& parsed, const Options& options,
              const Environment& environment) {
  if (tool == "keys") return run_keys(parsed, options, environment);
  if (tool == "token") return run_token(parsed, options, environment);
  if (tool == "topics") return run_topics(parsed, options, environment);
  return tool == "log" ? run_log(parsed, options, environment)
                       : run_state(parsed, options, environment);
}

}  // namespace lianmeng::ctl
