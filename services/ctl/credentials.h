// What a call is protected and proved by: files that the flags --ca-file, --cert-file, --key-file
// and
// --token-file name.
#pragma once

#include <memory>
#include <string>

#include "platform/base/error.h"

namespace grpc {
class ChannelCredentials;
}  // namespace grpc

namespace lianmeng::ctl {

struct Credentials {
  std::string ca_file;    // Who vouches for the server; empty: no TLS. "system": whom it trusts.
  std::string cert_file;  // This caller's own, where the server asks for one.
  std::string key_file;
  std::string token_file;  // Who acts.
};

// Usage errors name the file.
Result<std::shared_ptr<grpc::ChannelCredentials>> open_channel_credentials(
    const Credentials& credentials);

// The token in its file, read anew for each attempt, since whoever renews it writes it there. Empty
// without a file. In the clear it goes to this machine alone.
Result<std::string> read_token(const Credentials& credentials, const std::string& address);

}  // namespace lianmeng::ctl
