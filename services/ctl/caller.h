// Calls to a server by descriptor alone.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ctl/credentials.h"
#include "ctl/descriptors.h"
#include "ctl/endpoints.h"
#include "ctl/text.h"
#include "platform/base/error.h"

namespace lianmeng::ctl {

struct CallOptions {
  std::string actor;  // `lianmeng-actor`; empty: who the token names, or the server's default.
  Credentials credentials;  // Of the first call to a place; its token is read for each.
  std::chrono::milliseconds timeout{10'000};  // For each attempt.
  int attempts_max = 5;
};

// Threads: one at a time. Lifetime: borrows the catalogue.
// A service that is at several addresses is called at the first; an attempt that found nobody there
// goes on at the next.
// Promise: a unary call whose fate is unknown or that the server was too busy for is repeated as it
// stands, with the same request_id and `lianmeng-attempt` counted up, a bounded number of times.
class Caller {
 public:
  // `address` as Endpoints::parse reads it; what it cannot read is one address.
  Caller(const Catalogue& catalogue, std::string address);
  ~Caller();

  Result<std::unique_ptr<pb::Message>> call(const pb::MethodDescriptor& method,
                                            const pb::Message& request, const CallOptions& options);

  // A server stream, until it ends, `on_message` says false, or `stopped` (asked ten times a
  // second) says true; the last two are no errors. `on_open` hears that the server has answered. No
  // deadline and no repeats.
  Status stream(const pb::MethodDescriptor& method, const pb::Message& request,
                const CallOptions& options, const std::function<void()>& on_open,
                const std::function<bool(const pb::Message&)>& on_message,
                const std::function<bool()>& stopped);

  const std::string& address() const { return address_; }
  // At how many addresses the method's service is. A stream that was lost goes on at the next.
  std::size_t places(const pb::MethodDescriptor& method) const;

 private:
  struct Channel;
  // The one that an attempt goes to; `next`: the attempt before came to nothing there.
  Result<Channel*> channel(const pb::MethodDescriptor& method, const CallOptions& options,
                           bool next);

  const Catalogue& catalogue_;
  const std::string address_;
  const Endpoints endpoints_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;  // By address; made when needed.
  std::map<std::string, std::size_t> current_;                // Of each service: which address.
};

// What a server says with a status: code (as a number of gRPC), message and the serialized
// google.rpc.Status.
Error decode_error(const Catalogue& catalogue, int code, const std::string& message,
                   const std::string& details);

// "610524-p3" is person:610524-p3; a full actor stays.
Result<std::string> full_actor(std::string_view text);

// The exit codes (README): what a script can do about it.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;  // A rule said no; the same again changes nothing.
inline constexpr int kExitUsage = 2;    // The command line or a file is wrong; nothing was sent.
inline constexpr int kExitUnavailable =
    3;                                 // No answer: try later; for a command, with its request_id.
inline constexpr int kExitBroken = 4;  // The server or its data are broken: see its log.
int exit_code(const Error& error);

// Lines for a terminal: what happened, the reason code, the fields.
std::string error_text(const Error& error, Lang lang);

}  // namespace lianmeng::ctl
