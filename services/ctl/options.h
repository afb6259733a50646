// What every command of the program understands, beside the fields of requests.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/caller.h"
#include "ctl/printer.h"
#include "ctl/request_builder.h"
#include "ctl/text.h"
#include "platform/base/error.h"
#include "platform/base/random.h"
#include "platform/base/time.h"

namespace lianmeng::ctl {

struct Environment;
struct Options;
struct Parsed;

// The tools that work on files (local/local.h), handed in so that the client links no store and no
// fold; returns the exit code.
using LocalTools = std::function<int(std::string_view tool, const Parsed& parsed,
                                     const Options& options, const Environment& environment)>;

// The world outside, handed in so that tests can be it.
struct Environment {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  std::function<std::string(const std::string&)> variable;  // Empty when not set.
  std::function<void()> catch_stop;  // From here on Ctrl-C is asked for by stopped().
  std::function<bool()> stopped;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int width = 0;  // Of the terminal; 0 when there is none.
  std::string user = "operator";
  Clock& clock;
  Random& random;
  LocalTools local = {};
};

struct Options {
  std::string address = "127.0.0.1:50051";  // As Endpoints::parse reads it.
  CallOptions call;
  PrintOptions print;
  bool help = false;
  bool all = false;

  Lang lang() const { return print.lang; }
};

struct GlobalFlag {
  std::string_view name;
  std::string_view hint;  // Empty: a switch.
  std::string_view zh;
  std::string_view en;
};

std::span<const GlobalFlag> global_flags();
const GlobalFlag* find_global(std::string_view name);
// `value` is empty for a switch.
Status set_global(Options& options, std::string_view name, const std::string& value);
// Before any argument is read: from the environment's variables.
Options default_options(const Environment& environment);

// The arguments of a command, read against its own flags and the global ones.
struct Given {
  std::string name;
  std::string value;
};

// The flags of a command that is not generated.
using OwnFlags = std::vector<GlobalFlag>;

struct Parsed {
  std::vector<Given> flags;  // The command's own, in order.
  std::vector<std::string> positional;
};

// Own flags win over global ones of the same name, which may then be given before the command.
// Unknown flags are errors that name the nearest known one.
Result<Parsed> parse_arguments(const std::vector<std::string>& arguments, const OwnFlags& own,
                               Options& options);

}  // namespace lianmeng::ctl
