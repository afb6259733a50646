// Where a server listens.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::obs {

struct Endpoint {
  std::string host;
  int port = 0;
};

// "127.0.0.1:9464", "[::1]:50051", "localhost:0".
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);
// Whether only this machine reaches it: 127.0.0.0/8, ::1 and localhost.
bool is_loopback(const Endpoint& endpoint);

}  // namespace lianmeng::obs
