// Telephone, identity and card numbers in the texts of an answer.
#pragma once

#include <google/protobuf/message.h>

namespace lianmeng::state {

// Masks them in every text of the message, at any depth. Ids, numbers of demands, places and tokens
// are told by their fields' names and stay. Pure.
void mask_texts(google::protobuf::Message& message);

}  // namespace lianmeng::state
