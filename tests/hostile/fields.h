// What a refusal calls a field, held against the request that was refused.
#pragma once

#include <google/protobuf/message.h>

#include <string_view>

namespace lianmeng::hostile {

// Whether `path` ("post.duties[0]", "spans") leads to a field of the request as it was sent: each
// name is a field of its message, each index below the number of those that were sent.
bool names_a_field(const google::protobuf::Message& sent, std::string_view path);

}  // namespace lianmeng::hostile
