// How the tools on files answer: names and values, as a table or as JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ctl/options.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

// Lines of a name and a value, aligned; or one JSON object, its values as they are written
// (numbers) or quoted.
class Facts {
 public:
  void add(std::string name, std::uint64_t value);
  void add(std::string name, std::string value);
  void print(const Options& options, const Environment& environment) const;

 private:
  struct Fact {
    std::string name;
    std::string value;
    bool quoted;
  };
  std::vector<Fact> facts_;
};

// The error's sentence on its own: no server is to blame. Returns its exit code.
int report_local(const Error& error, const Options& options, const Environment& environment);

// The value of a flag, or what stands for it.
std::string flag_or(const Parsed& parsed, std::string_view name, std::string otherwise);

}  // namespace lianmeng::ctl
