#include "platform/state/proto_mask.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/mask.h"

namespace lianmeng::state {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

bool is_text(const FieldDescriptor& field) {
  static constexpr std::array<std::string_view, 6> kNames{"number", "place",  "type",
                                                          "actor",  "county", "code"};
  static constexpr std::array<std::string_view, 4> kEnds{"_id", "_ids", "_token", "_tokens"};
  if (field.type() != FieldDescriptor::TYPE_STRING) return false;
  const std::string_view name = field.name();
  return std::find(kNames.begin(), kNames.end(), name) == kNames.end() &&
         std::none_of(kEnds.begin(), kEnds.end(), [&](auto end) { return name.ends_with(end); });
}

void mask_text(const Reflection& reflection, Message& message, const FieldDescriptor& field) {
  std::string scratch;
  if (!field.is_repeated()) {
    const auto& text = reflection.GetStringReference(message, &field, &scratch);
    if (!has_personal_number(text)) return;
    reflection.SetString(&message, &field, mask_personal_numbers(text));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const auto& text = reflection.GetRepeatedStringReference(message, &field, i, &scratch);
    if (!has_personal_number(text)) continue;
    reflection.SetRepeatedString(&message, &field, i, mask_personal_numbers(text));
  }
}

}  // namespace

void mask_texts(Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (is_text(*field)) {
      mask_text(reflection, message, *field);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      mask_texts(*reflection.MutableMessage(&message, field));
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        mask_texts(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

}  // namespace lianmeng::state
