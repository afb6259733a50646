// From command line flags to a request: one flag for each field, "--result.kind" for what lies in a
// nested message, and whole messages from a JSON or TOML document.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/descriptors.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

struct Flag {
  std::string name;  // "result.kind", without the dashes
  std::vector<const pb::FieldDescriptor*> path;

  const pb::FieldDescriptor& field() const { return *path.back(); }
  // May stand alone: --open; --open=false and --no-open say the opposite.
  bool is_switch() const;
};

// All flags of a request, in the order of its fields; a message that can also be given whole comes
// before its parts. Nested four deep at most, and never into a type that contains itself.
std::vector<Flag> flags_of(const pb::Descriptor& request);
const Flag* find_flag(const std::vector<Flag>& flags, std::string_view name);

// "Text", "a|b|c", "time", "number": what help shows after the flag.
std::string value_hint(const Flag& flag);

Status set_flag(pb::Message& request, const Flag& flag, std::string_view text);

// One argument taken apart: --name, --name=value. Anything else is positional.
struct Argument {
  std::string name;  // Without dashes; empty: positional.
  std::optional<std::string> value;
};
Argument parse_argument(std::string_view text);

// JSON or TOML by what it looks like; "-" reads standard input. The result is JSON.
Result<std::string> read_document(const std::string& path, std::istream& standard_input);

// Sets a text field that is empty and exists; false when there is none such.
bool set_if_empty(pb::Message& request, const std::string& field, const std::string& value);
std::string get_text(const pb::Message& message, const std::string& field);

}  // namespace lianmeng::ctl
