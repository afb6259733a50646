#include "hostile/fields.h"

#include <charconv>
#include <optional>
#include <string>

namespace lianmeng::hostile {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

struct Step {
  std::string name;
  std::optional<int> index;
};

// "duties[0]"; nothing when it is no step of a path.
std::optional<Step> read_step(std::string_view text) {
  const auto open = text.find('[');
  Step step{std::string(text.substr(0, open)), std::nullopt};
  if (open == text.npos) return step;
  if (text.size() < open + 3) return std::nullopt;
  const auto* end = text.data() + text.size() - 1;
  int index = 0;
  const auto read = std::from_chars(text.data() + open + 1, end, index);
  if (*end != ']' || read.ptr != end || read.ec != std::errc{} || index < 0) return std::nullopt;
  step.index = index;
  return step;
}

}  // namespace

bool names_a_field(const Message& sent, std::string_view path) {
  const Message* message = &sent;
  while (true) {
    const auto dot = path.find('.');
    const auto step = read_step(path.substr(0, dot));
    if (!step) return false;
    const auto* field = message->GetDescriptor()->FindFieldByName(step->name);
    if (field == nullptr) return false;
    const auto& reflection = *message->GetReflection();
    if (step->index) {
      if (!field->is_repeated()) return false;
      if (*step->index >= reflection.FieldSize(*message, field)) return false;
    }
    if (dot == path.npos) return true;
    // On to a field of one message, not of many.
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    if (field->is_repeated() != step->index.has_value()) return false;
    message = step->index ? &reflection.GetRepeatedMessage(*message, field, *step->index)
                          : &reflection.GetMessage(*message, field);
    path.remove_prefix(dot + 1);
  }
}

}  // namespace lianmeng::hostile
