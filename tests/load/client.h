// Calls to a running server, many in flight at once on one thread: what bench, crash and load
// tests speak with. The messages are the services' own; gRPC stays in client.cc.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "load/access.h"

namespace lianmeng::membership::v1 {
class CreateCountyRequest;
class CreateCountyResponse;
class CreateOrganisationRequest;
class CreateOrganisationResponse;
class RegisterPersonRequest;
class RegisterPersonResponse;
}  // namespace lianmeng::membership::v1

namespace lianmeng::dispatch::v1 {
class SubmitDemandRequest;
class SubmitDemandResponse;
class CommentDemandRequest;
class CommentDemandResponse;
class ExecuteCommandsRequest;
class ExecuteCommandsResponse;
class GetDemandRequest;
class GetDemandResponse;
class ListDemandsRequest;
class ListDemandsResponse;
class GetDemandHistoryRequest;
class GetDemandHistoryResponse;
}  // namespace lianmeng::dispatch::v1

namespace lianmeng::notification::v1 {
class CountUnreadRequest;
class CountUnreadResponse;
}  // namespace lianmeng::notification::v1

namespace lianmeng::platform::v1 {
class PingRequest;
class PingResponse;
class GetInfoRequest;
class GetInfoResponse;
}  // namespace lianmeng::platform::v1

namespace lianmeng::load {

// How a call ended. The numbers are gRPC's.
struct Outcome {
  int code = 0;
  std::string reason;   // Of the ErrorInfo: "DEMAND_UNKNOWN"; empty when there is none.
  std::string message;  // What the server said.
  std::chrono::nanoseconds took{};

  bool ok() const { return code == 0; }
  // The server may or may not have done it: to be asked again under the same request_id.
  bool uncertain() const;
  // No answer until the call's deadline.
  bool late() const;
};

// "UNAVAILABLE connection refused", for people.
std::string to_string(const Outcome& outcome);

struct CallOptions {
  std::string actor = {};  // As parse_actor reads it; empty: none is named.
  int attempt = 1;
  int channel = 0;  // Modulo the channels there are.
  std::chrono::milliseconds timeout{10'000};
};

// Where each service is called and how, as gRPC names targets ("127.0.0.1:50051", or several as
// "ipv4:127.0.0.1:50051,127.0.0.1:50061", of which the first that answers is used).
struct Addresses {
  Addresses() = default;
  // One process with all of them.
  Addresses(std::string all) : membership(all), dispatch(all), notification(std::move(all)) {}
  Addresses(const char* all) : Addresses(std::string(all)) {}

  std::string membership;
  std::string dispatch;  // Also asked for what every process answers.
  std::string notification;

  Access access;
};

template <class Response>
using Done = std::function<void(const Outcome&, Response&)>;

// Threads: one, the caller's; callbacks come out of poll(). Lifetime: the destructor cancels what
// is in flight and drops its callbacks.
class Client {
 public:
  Client(const Addresses& addresses, int channels);
  // A channel for each; how they are spoken with says the first.
  explicit Client(const std::vector<Addresses>& channels);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Waits until every channel is connected; false when one is not in time.
  bool connect(std::chrono::milliseconds timeout);

#define LIANMENG_LOAD_CALL(package, name) \
  void call(const CallOptions&, const package::name##Request&, Done<package::name##Response>)
  LIANMENG_LOAD_CALL(platform::v1, Ping);
  LIANMENG_LOAD_CALL(platform::v1, GetInfo);
  LIANMENG_LOAD_CALL(membership::v1, CreateCounty);
  LIANMENG_LOAD_CALL(membership::v1, CreateOrganisation);
  LIANMENG_LOAD_CALL(membership::v1, RegisterPerson);
  LIANMENG_LOAD_CALL(dispatch::v1, SubmitDemand);
  LIANMENG_LOAD_CALL(dispatch::v1, CommentDemand);
  LIANMENG_LOAD_CALL(dispatch::v1, ExecuteCommands);
  LIANMENG_LOAD_CALL(dispatch::v1, GetDemand);
  LIANMENG_LOAD_CALL(dispatch::v1, ListDemands);
  LIANMENG_LOAD_CALL(dispatch::v1, GetDemandHistory);
  LIANMENG_LOAD_CALL(notification::v1, CountUnread);
#undef LIANMENG_LOAD_CALL

  int in_flight() const;
  // Runs the callback of one call that has ended; false when none does until then.
  bool poll(std::chrono::steady_clock::time_point until);
  // Runs callbacks until nothing is in flight.
  void drain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One call after another, where speed does not matter. Throws CallFailed.
struct CallFailed {
  Outcome outcome;
};
template <class Response, class Request>
Response ask(Client& client, const CallOptions& options, const Request& request) {
  Response answer;
  Outcome ended;
  bool over = false;
  client.call(options, request, [&](const Outcome& outcome, Response& response) {
    ended = outcome;
    answer.Swap(&response);
    over = true;
  });
  while (!over) client.poll(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  if (!ended.ok()) throw CallFailed{std::move(ended)};
  return answer;
}

}  // namespace lianmeng::load
