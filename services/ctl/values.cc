#include "ctl/values.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "ctl/descriptors.h"
#include "ctl/text.h"
#include "ctl/times.h"

namespace lianmeng::ctl {
namespace {

using Json = nlohmann::json;
using Field = pb::FieldDescriptor;

Error at(const std::string& name, Error error) {
  error.message_zh = name + "：" + error.message_zh;
  error.message_en = name + ": " + error.message_en;
  return error;
}

Error wrong(const std::string& name, std::string zh, std::string en) {
  return at(name, usage_error(std::move(zh), std::move(en)));
}

Error wrong_choice(const std::string& name, const pb::EnumDescriptor& descriptor,
                   std::string_view given) {
  const auto known = choices(descriptor);
  const auto near = nearest(given, known);
  const auto zh_near = near.empty() ? std::string() : fmt::format("，是不是“{}”？", near);
  const auto en_near = near.empty() ? std::string() : fmt::format(", did you mean \"{}\"?", near);
  return wrong(name, fmt::format("没有“{}”这个取值{} 可选：{}", given, zh_near, join(known, "、")),
               fmt::format("\"{}\" is no choice{} Choices: {}", given, en_near, join(known, ", ")));
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    int value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = c - 'A';
    } else if (c >= 'a' && c <= 'z') {
      value = c - 'a' + 26;
    } else if (c >= '0' && c <= '9') {
      value = c - '0' + 52;
    } else if (c == '+' || c == '-') {
      value = 62;
    } else if (c == '/' || c == '_') {
      value = 63;
    } else if (c == '=') {
      continue;
    } else {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<unsigned>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xFF);
    }
  }
  return out;
}

bool is_wrapper(const pb::Descriptor& type) {
  const auto& name = type.full_name();
  return name.starts_with("google.protobuf.") && name.ends_with("Value") &&
         type.field_count() == 1 && type.field(0)->name() == "value" &&
         name != "google.protobuf.ListValue";
}

// The types with a JSON form of their own that protobuf's parser knows best.
bool is_left_to_protobuf(const pb::Descriptor& type) {
  const auto& name = type.full_name();
  return name == "google.protobuf.Any" || name == "google.protobuf.Struct" ||
         name == "google.protobuf.Value" || name == "google.protobuf.ListValue" ||
         name == "google.protobuf.FieldMask";
}

// Sets or adds, whichever the field wants.
#define LM_PUT(Type, value)                          \
  do {                                               \
    if (field.is_repeated()) {                       \
      reflection.Add##Type(&message, &field, value); \
    } else {                                         \
      reflection.Set##Type(&message, &field, value); \
    }                                                \
  } while (false)

pb::Message& child(pb::Message& message, const Field& field) {
  const auto& reflection = *message.GetReflection();
  return field.is_repeated() ? *reflection.AddMessage(&message, &field)
                             : *reflection.MutableMessage(&message, &field);
}

void put_seconds(pb::Message& message, std::int64_t ms) {
  auto seconds = ms / 1000;
  auto rest = ms % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  const auto& reflection = *message.GetReflection();
  const auto& type = *message.GetDescriptor();
  reflection.SetInt64(&message, type.FindFieldByName("seconds"), seconds);
  reflection.SetInt32(&message, type.FindFieldByName("nanos"),
                      static_cast<std::int32_t>(rest * 1'000'000));
}

Status put_scalar(pb::Message& message, const Field& field, std::string_view text,
                  const std::string& name) {
  const auto& reflection = *message.GetReflection();
  const auto no_number = [&](std::string_view range) {
    return fail(wrong(name, fmt::format("“{}”不是{}范围内的数", text, range),
                      fmt::format("\"{}\" is no number within {}", text, range)));
  };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      if (const auto value = number<std::int32_t>(text)) {
        LM_PUT(Int32, *value);
        return {};
      }
      return no_number("-2147483648…2147483647");
    case Field::CPPTYPE_INT64:
      if (const auto value = number<std::int64_t>(text)) {
        LM_PUT(Int64, *value);
        return {};
      }
      return no_number("-2^63…2^63-1");
    case Field::CPPTYPE_UINT32:
      if (const auto value = number<std::uint32_t>(text)) {
        LM_PUT(UInt32, *value);
        return {};
      }
      return no_number("0…4294967295");
    case Field::CPPTYPE_UINT64:
      if (const auto value = number<std::uint64_t>(text)) {
        LM_PUT(UInt64, *value);
        return {};
      }
      return no_number("0…2^64-1");
    case Field::CPPTYPE_DOUBLE:
      if (const auto value = number<double>(text)) {
        LM_PUT(Double, *value);
        return {};
      }
      return no_number("double");
    case Field::CPPTYPE_FLOAT:
      if (const auto value = number<float>(text)) {
        LM_PUT(Float, *value);
        return {};
      }
      return no_number("float");
    case Field::CPPTYPE_BOOL: {
      const bool yes = text == "true" || text == "yes" || text == "1" || text == "是";
      const bool no = text == "false" || text == "no" || text == "0" || text == "否";
      if (!yes && !no) {
        return fail(wrong(name, fmt::format("“{}”不是 true 或 false", text),
                          fmt::format("\"{}\" is neither true nor false", text)));
      }
      LM_PUT(Bool, yes);
      return {};
    }
    case Field::CPPTYPE_ENUM: {
      const auto* value = find_value(*field.enum_type(), text);
      if (value == nullptr) return fail(wrong_choice(name, *field.enum_type(), text));
      LM_PUT(Enum, value);
      return {};
    }
    case Field::CPPTYPE_STRING: {
      if (field.type() == Field::TYPE_BYTES) {
        const auto bytes = decode_base64(text);
        if (!bytes) return fail(wrong(name, "不是 base64", "this is no base64"));
        LM_PUT(String, *bytes);
      } else {
        LM_PUT(String, std::string(text));
      }
      return {};
    }
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  if (is_timestamp(field)) {
    const auto time = parse_time(text);
    if (!time) return fail(at(name, time.error()));
    put_seconds(child(message, field), time->time_since_epoch().count());
    return {};
  }
  if (is_duration(field)) {
    const auto duration = parse_duration(text);
    if (!duration) return fail(at(name, duration.error()));
    put_seconds(child(message, field), duration->count());
    return {};
  }
  if (is_wrapper(*field.message_type())) {
    auto& wrapper = child(message, field);
    return put_scalar(wrapper, *field.message_type()->field(0), text, name);
  }
  return fail(wrong(name, "要写成 JSON 对象或 key=value", "write a JSON object or key=value"));
}

Status put_object(pb::Message& message, const Json& object, const std::string& path);

Error wrong_shape(const std::string& path, std::string_view zh, std::string_view en) {
  return wrong(path, fmt::format("这里应是{}", zh), fmt::format("{} belongs here", en));
}

// One value; of a repeated field, one element.
Status put_value(pb::Message& message, const Field& field, const Json& value,
                 const std::string& path) {
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE && !value.is_string()) {
    const auto& type = *field.message_type();
    if (is_left_to_protobuf(type)) {
      auto& target = child(message, field);
      const auto status = pb::util::JsonStringToMessage(value.dump(), &target);
      if (!status.ok()) {
        return fail(wrong(path, status.message().as_string(), status.message().as_string()));
      }
      return {};
    }
    if (!is_wrapper(type)) {
      if (!value.is_object()) return fail(wrong_shape(path, "JSON 对象", "a JSON object"));
      return put_object(child(message, field), value, path);
    }
  }
  if (value.is_string())
    return put_scalar(message, field, value.get_ref<const std::string&>(), path);
  if (value.is_boolean())
    return put_scalar(message, field, value.get<bool>() ? "true" : "false", path);
  if (value.is_number()) {
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      return fail(wrong_shape(path, "带引号的文本", "text in quotes"));
    }
    if (field.cpp_type() == Field::CPPTYPE_ENUM) {
      const auto* known = field.enum_type()->FindValueByNumber(value.get<int>());
      if (known == nullptr) return fail(wrong_choice(path, *field.enum_type(), value.dump()));
      return put_scalar(message, field, known->name(), path);
    }
    // 3.0 is a whole number in JSON.
    const bool whole = field.cpp_type() != Field::CPPTYPE_DOUBLE &&
                       field.cpp_type() != Field::CPPTYPE_FLOAT && value.is_number_float() &&
                       std::abs(value.get<double>()) < 9e15 &&
                       value.get<double>() == static_cast<double>(value.get<std::int64_t>());
    return put_scalar(message, field,
                      whole ? std::to_string(value.get<std::int64_t>()) : value.dump(), path);
  }
  return fail(wrong_shape(path, "单个值", "a single value"));
}

Status put_entry(pb::Message& message, const Field& map, std::string_view key, const Json& value,
                 const std::string& path) {
  auto& entry = *message.GetReflection()->AddMessage(&message, &map);
  const auto& type = *map.message_type();
  if (auto status = put_scalar(entry, *type.map_key(), key, path); !status) return status;
  return put_value(entry, *type.map_value(), value, path);
}

// Field by any of its names: proto, JSON, kebab.
const Field* field_named(const pb::Descriptor& type, std::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (field->name() == name || field->json_name() == name || kebab(field->name()) == name) {
      return field;
    }
  }
  return nullptr;
}

Error unknown_field(const pb::Descriptor& type, const std::string& path, std::string_view name) {
  std::vector<std::string> known;
  for (int i = 0; i < type.field_count(); ++i) known.push_back(type.field(i)->name());
  const auto near = nearest(name, known);
  const auto where = path.empty() ? std::string(type.name()) : path;
  if (near.empty()) {
    return wrong(where, fmt::format("没有“{}”这个字段。可用：{}", name, join(known, "、")),
                 fmt::format("there is no field \"{}\". Known: {}", name, join(known, ", ")));
  }
  return wrong(where, fmt::format("没有“{}”这个字段，是不是“{}”？", name, near),
               fmt::format("there is no field \"{}\", did you mean \"{}\"?", name, near));
}

Status put_object(pb::Message& message, const Json& object, const std::string& path) {
  const auto& type = *message.GetDescriptor();
  for (const auto& [key, value] : object.items()) {
    const auto* field = field_named(type, key);
    if (field == nullptr) return fail(unknown_field(type, path, key));
    if (value.is_null()) continue;
    const auto inner = path.empty() ? field->name() : path + "." + field->name();
    if (field->is_map()) {
      if (!value.is_object()) return fail(wrong_shape(inner, "JSON 对象", "a JSON object"));
      for (const auto& [entry_key, entry_value] : value.items()) {
        if (auto status = put_entry(message, *field, entry_key, entry_value, inner); !status) {
          return status;
        }
      }
    } else if (field->is_repeated()) {
      if (!value.is_array()) return fail(wrong_shape(inner, "JSON 数组", "a JSON array"));
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (auto status = put_value(message, *field, value[i], fmt::format("{}[{}]", inner, i));
            !status) {
          return status;
        }
      }
    } else if (auto status = put_value(message, *field, value, inner); !status) {
      return status;
    }
  }
  return {};
}

// "kind=solved,figures.jobs=50": dots lead into nested messages.
Status put_pairs(pb::Message& message, std::string_view text, const std::string& name) {
  for (const auto& pair : split(text, ',')) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return fail(
          wrong(name, fmt::format("“{}”要写成 key=value，或整个写成 JSON 对象", pair),
                fmt::format("write \"{}\" as key=value, or all of it as a JSON object", pair)));
    }
    auto* target = &message;
    const auto keys = split(std::string_view(pair).substr(0, equals), '.');
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto* field = field_named(*target->GetDescriptor(), keys[i]);
      if (field == nullptr) return fail(unknown_field(*target->GetDescriptor(), name, keys[i]));
      if (i + 1 == keys.size()) {
        if (auto status = set_from_text(*target, *field, std::string_view(pair).substr(equals + 1),
                                        name + "." + keys[i]);
            !status) {
          return status;
        }
      } else if (field->cpp_type() != Field::CPPTYPE_MESSAGE || field->is_repeated()) {
        return fail(wrong(name, fmt::format("“{}”里面没有字段", keys[i]),
                          fmt::format("\"{}\" has no fields inside", keys[i])));
      } else {
        target = target->GetReflection()->MutableMessage(target, field);
      }
    }
  }
  return {};
}

#undef LM_PUT

}  // namespace

Error usage_error(std::string zh, std::string en) {
  auto error = make_error(ErrorKind::kInvalidArgument, "USAGE", std::move(en));
  error.message_zh = std::move(zh);
  return error;
}

bool is_usage(const Error& error) { return error.reason == "USAGE"; }

Status set_from_text(pb::Message& message, const Field& field, std::string_view text,
                     const std::string& name) {
  if (field.is_map()) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
      return fail(wrong(name, "要写成 key=value", "write key=value"));
    }
    return put_entry(message, field, text.substr(0, equals), Json(text.substr(equals + 1)), name);
  }
  const bool object = field.cpp_type() == Field::CPPTYPE_MESSAGE && !is_timestamp(field) &&
                      !is_duration(field) && !is_wrapper(*field.message_type());
  if (object) {
    if (text.starts_with('{') || text.starts_with('[')) {
      const auto json = Json::parse(text, nullptr, false);
      if (json.is_discarded()) return fail(wrong(name, "不是完整的 JSON", "this is no whole JSON"));
      if (json.is_array() && field.is_repeated()) {
        for (const auto& element : json) {
          if (auto status = put_value(message, field, element, name); !status) return status;
        }
        return {};
      }
      return put_value(message, field, json, name);
    }
    if (is_left_to_protobuf(*field.message_type())) {
      return fail(wrong(name, "要写成 JSON 对象", "write a JSON object"));
    }
    return put_pairs(child(message, field), text, name);
  }
  const bool listed = field.is_repeated() && field.cpp_type() != Field::CPPTYPE_STRING &&
                      field.cpp_type() != Field::CPPTYPE_MESSAGE;
  if (listed) {
    for (const auto& part : split(text, ',')) {
      if (auto status = put_scalar(message, field, trim(part), name); !status) return status;
    }
    return {};
  }
  return put_scalar(message, field, text, name);
}

Status merge_json(pb::Message& message, std::string_view json) {
  Json value;
  try {
    value = Json::parse(json);
  } catch (const Json::parse_error& error) {
    return fail(usage_error(fmt::format("不是有效的 JSON（第 {} 个字节处）", error.byte),
                            fmt::format("this is no valid JSON (at byte {})", error.byte)));
  } catch (const Json::out_of_range&) {
    return fail(
        usage_error("有一个数大得无法表示", "a number is larger than any that can be held"));
  }
  if (!value.is_object()) {
    return fail(usage_error("这里应是 JSON 对象", "a JSON object belongs here"));
  }
  return put_object(message, value, "");
}

}  // namespace lianmeng::ctl
