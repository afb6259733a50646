// Values of fields from what people write: a flag's text or JSON. JSON is proto JSON and a little
// more: enums also by short name, times also local, and what is wrong is named by its path.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::ctl {

// What the person at the keyboard has to put right (exit code 2).
Error usage_error(std::string zh, std::string en);
bool is_usage(const Error& error);

// Sets a field (adds to a repeated one or a map) from a flag's text. Messages take JSON or
// "key=value,key=value", maps "key=value", repeated enums and numbers also lists with commas.
// `name` is how errors call it: "--kind".
Status set_from_text(google::protobuf::Message& message,
                     const google::protobuf::FieldDescriptor& field, std::string_view text,
                     const std::string& name);

// Merges a JSON object into the message; repeated fields are added to.
Status merge_json(google::protobuf::Message& message, std::string_view json);

}  // namespace lianmeng::ctl
