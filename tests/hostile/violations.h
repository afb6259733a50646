// Requests that break one limit each: whatever a field may hold, a little more.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

namespace lianmeng::hostile {

struct Violation {
  std::unique_ptr<google::protobuf::Message> request;  // Sound but for this.
  std::string field;                                   // As the proto names it: "post.duties[0]".
  // What an answer must say of it: the limit and what was given.
  std::vector<std::string> zh;
  std::vector<std::string> en;
};

// One or more for each field of the request and of what lies in it, that has a limit.
std::vector<Violation> violations_of(const google::protobuf::Descriptor& request,
                                     const std::string& county);

}  // namespace lianmeng::hostile
