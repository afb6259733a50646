#include "platform/state/proto_mask.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/base/mask.h"

namespace lianmeng::state {

using google::protobuf::Descriptor;
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

// Where the texts of a message are: most of its fields are none, and finding that out anew for each
// row of a list took a fifth of the list.
struct Plan {
  struct Part {
    const FieldDescriptor* field;
    const Plan* plan;
  };
  std::vector<const FieldDescriptor*> texts;
  std::vector<Part> messages;
  bool made = false;

  // One that is being made has itself inside, so who knows.
  bool empty() const { return made && texts.empty() && messages.empty(); }
};

// Lives as long as the thread.
const Plan& plan_of(const Descriptor& type) {
  static thread_local std::unordered_map<const Descriptor*, std::unique_ptr<Plan>> plans;
  auto& known = plans[&type];
  if (known) return *known;
  auto& plan = *(known = std::make_unique<Plan>());
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (is_text(*field)) {
      plan.texts.push_back(field);
    } else if (field->message_type() != nullptr) {
      const auto& inner = plan_of(*field->message_type());
      if (!inner.empty()) plan.messages.push_back({field, &inner});
    }
  }
  plan.made = true;
  return plan;
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

void mask(Message& message, const Plan& plan) {
  const auto& reflection = *message.GetReflection();
  for (const auto* field : plan.texts) mask_text(reflection, message, *field);
  for (const auto& [field, inner] : plan.messages) {
    if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        mask(*reflection.MutableRepeatedMessage(&message, field, i), *inner);
      }
    } else if (reflection.HasField(message, field)) {
      mask(*reflection.MutableMessage(&message, field), *inner);
    }
  }
}

}  // namespace

void mask_texts(Message& message) { mask(message, plan_of(*message.GetDescriptor())); }

}  // namespace lianmeng::state
