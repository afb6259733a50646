// A status as it came over the wire.
#pragma once

#include <string>

namespace lianmeng::rpc {

struct WireStatus {
  int code = 0;
  std::string message;
  std::string details;  // google.rpc.Status
};

}  // namespace lianmeng::rpc
