// The limits of requests, as `(lianmeng.platform.v1.limit)` declares them: checked at the edge by a
// program that is made once for each message type, and told in the command line's help.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lianmeng/platform/v1/options.pb.h"
#include "platform/base/error.h"

namespace lianmeng::limits {

// The limit of a request's field: its own, or that of CallFields. Nothing when there is none.
std::optional<platform::v1::Limit> limit_of(const google::protobuf::FieldDescriptor& field);

// Whether a field needs one: texts, bytes, numbers, and whatever may come many times.
bool needs_limit(const google::protobuf::FieldDescriptor& field);

// What a field may hold, in words: "at most 60 characters". Empty when it has no limit.
struct Words {
  std::string zh;
  std::string en;
};
Words describe(const google::protobuf::FieldDescriptor& field);

// False when the bytes of the request could not be read (unreadable.h): adds that.
bool check_readable(const google::protobuf::Message& request, std::vector<FieldViolation>* wrong);

// The check of one type of request and of all that lies in it.
// Threads: any. Lifetime: the descriptors'.
class RequestLimits {
 public:
  explicit RequestLimits(const google::protobuf::Descriptor& request);
  ~RequestLimits();
  RequestLimits(const RequestLimits&) = delete;
  RequestLimits& operator=(const RequestLimits&) = delete;

  // Of a request that could be read. Adds what is wrong, at most kViolationsMax; the path as the
  // proto names it: "post.duties[2]".
  void check(const google::protobuf::Message& request, std::vector<FieldViolation>* wrong) const;

  static constexpr std::size_t kViolationsMax = 20;

 private:
  struct Programs;
  std::unique_ptr<Programs> programs_;
};

// Made when it is first asked for.
template <class Request>
const RequestLimits& limits_of() {
  static const RequestLimits limits(*Request::descriptor());
  return limits;
}

}  // namespace lianmeng::limits
