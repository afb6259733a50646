#include "ctl/request_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/text.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

using Field = pb::FieldDescriptor;
constexpr std::size_t kDepthMax = 4;

// A message whose parts get flags of their own.
bool opens(const Field& field) {
  return field.cpp_type() == Field::CPPTYPE_MESSAGE && !field.is_repeated() &&
         !field.message_type()->full_name().starts_with("google.");
}

void add_flags(const pb::Descriptor& type, const std::string& prefix,
               std::vector<const Field*>& path, std::vector<Flag>& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    const auto name = prefix + kebab(field->name());
    path.push_back(field);
    out.push_back({name, path});
    const bool seen = std::any_of(path.begin(), path.end() - 1, [&](const Field* outer) {
      return outer->message_type() == field->message_type();
    });
    if (opens(*field) && !seen && path.size() < kDepthMax) {
      add_flags(*field->message_type(), name + ".", path, out);
    }
    path.pop_back();
  }
}

}  // namespace

bool Flag::is_switch() const {
  return field().cpp_type() == Field::CPPTYPE_BOOL && !field().is_repeated();
}

std::vector<Flag> flags_of(const pb::Descriptor& request) {
  std::vector<Flag> out;
  std::vector<const Field*> path;
  add_flags(request, "", path, out);
  return out;
}

const Flag* find_flag(const std::vector<Flag>& flags, std::string_view name) {
  const auto found =
      std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

std::string value_hint(const Flag& flag) {
  const auto& field = flag.field();
  if (field.is_map()) return "key=value";
  if (is_timestamp(field)) return "time";
  if (is_duration(field)) return "duration";
  switch (field.cpp_type()) {
    case Field::CPPTYPE_ENUM:
      return join(choices(*field.enum_type()), "|");
    case Field::CPPTYPE_BOOL:
      return flag.is_switch() ? "" : "true|false";
    case Field::CPPTYPE_MESSAGE:
      return "json|key=value,…";
    case Field::CPPTYPE_STRING:
      return field.type() == Field::TYPE_BYTES ? "base64" : "text";
    default:
      return "number";
  }
}

Status set_flag(pb::Message& request, const Flag& flag, std::string_view text) {
  auto* target = &request;
  for (std::size_t i = 0; i + 1 < flag.path.size(); ++i) {
    target = target->GetReflection()->MutableMessage(target, flag.path[i]);
  }
  return set_from_text(*target, flag.field(), text, "--" + flag.name);
}

Argument parse_argument(std::string_view text) {
  if (!text.starts_with("-") || text == "-" || text == "--") return {"", std::string(text)};
  text.remove_prefix(text.starts_with("--") ? 2 : 1);
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

bool set_if_empty(pb::Message& request, const std::string& name, const std::string& value) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != Field::CPPTYPE_STRING || field->is_repeated())
    return false;
  if (!request.GetReflection()->GetString(request, field).empty()) return false;
  request.GetReflection()->SetString(&request, field, value);
  return true;
}

std::string get_text(const pb::Message& message, const std::string& name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != Field::CPPTYPE_STRING || field->is_repeated())
    return "";
  return message.GetReflection()->GetString(message, field);
}

}  // namespace lianmeng::ctl
