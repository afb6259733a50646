// The first line of a main(): options from the command line, environment and file.
//
//   const auto config = config::load_or_exit(standalone_options(), "lianmeng", argc, argv);
//
//   lianmeng [--config FILE] [--section.key VALUE]… [--check | --print-config | --help | --version]
//
// The version is the program's to print (process.h), before this is asked.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/config/load.h"
#include "platform/config/options.h"

namespace lianmeng::config {

// What a command line comes to: run, or leave with `exit_code` after writing out and err.
struct StartUp {
  std::optional<int> exit_code;
  std::string out;
  std::string err;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;  // The command line or a value is wrong.

// --check reads everything, says whether it is good and leaves; --print-config writes the effective
// values as a file that can be used as one. Without --config the file that LIANMENG_CONFIG names is
// read, or none.
StartUp start_up(const std::vector<Option>& options, std::string_view program,
                 const std::vector<std::string>& arguments,
                 std::map<std::string, std::string> environment, void* target);

// Writes to standard output and error.
void write_out(const StartUp& start);

template <class C>
C load_or_exit(const Options<C>& options, std::string_view program, int argc,
               const char* const* argv) {
  C config{};
  const auto start =
      start_up(options.list(), program, std::vector<std::string>(argv + (argc > 0), argv + argc),
               process_environment(), &config);
  write_out(start);
  if (start.exit_code) std::exit(*start.exit_code);
  return config;
}

}  // namespace lianmeng::config
