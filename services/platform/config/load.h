// Reads options from one TOML file, the environment and the command line; later ones win.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/error.h"
#include "platform/config/options.h"

namespace lianmeng::config {

struct Sources {
  std::optional<std::filesystem::path> file;
  // All of the environment; only LIANMENG_* is looked at.
  std::map<std::string, std::string> environment;
  // "section.key" and its text, in order.
  std::vector<std::pair<std::string, std::string>> overrides;
  // For a program that shares another one's file: of the file only this section is looked at.
  std::string only_section = {};
};

// The environment of this process.
std::map<std::string, std::string> process_environment();

// Which source set each option that is not at its default: "lianmeng.toml:3", "LIANMENG_LOG_PATH",
// "--log.path".
using Origins = std::map<std::string, std::string>;

// Sets what the sources name in `target`, an object of the struct that the options are bound to.
// Everything that is wrong is reported at once, each with its place: a key that is unknown with the
// nearest known one, a value of another type or outside its limits with the limit and what was
// given. A variable LIANMENG_X_Y is an error only when X is a section of these options, since other
// programs have variables of their own. Error CONFIG_INVALID, or CONFIG_UNREADABLE for the file.
Result<Origins> load_into(const std::vector<Option>& options, const Sources& sources, void* target);

template <class C>
Result<C> load(const Options<C>& options, const Sources& sources) {
  C config{};
  if (auto loaded = load_into(options.list(), sources, &config); !loaded)
    return fail(std::move(loaded.error()));
  return config;
}

// The names of the options whose values differ between two objects of the struct.
std::vector<std::string> differing(const std::vector<Option>& options, void* one, void* other);

// The effective values as a TOML file, with help, default and origin beside each.
std::string print(const std::vector<Option>& options, void* target, const Origins& origins);

// The candidate with the fewest edits from `name`; empty when there is none. Ties go to the first.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace lianmeng::config
