// The gRPC server: services, reflection, grpc.health.v1 and an end in good order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/identity/token.h"
#include "platform/obs/metrics.h"
#include "platform/rpc/certificates.h"
#include "platform/runtime/service_host.h"

namespace grpc {
class CallbackServerContext;
class Service;
}  // namespace grpc

namespace lianmeng::rpc {

class Relay;
class Watches;

// What callers are believed by.
struct Trust {
  identity::TokenCheck* tokens = nullptr;  // Null: a call may name any actor.
  std::vector<std::string> peers = {};     // Names in the certificates of the pods.
};

// What the calls of every service lean on. Lifetime: outlives the services and the server.
class Environment {
 public:
  // `default_actor` is empty or as parse_actor reads it: checked by GrpcServer::start. `relay` is
  // how other pods are called; null: there are none.
  Environment(runtime::ServiceHost& host, Clock& clock, obs::Metrics& metrics,
              std::optional<Actor> default_actor = std::nullopt, Relay* relay = nullptr,
              Trust trust = {});
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  runtime::ServiceHost& host;
  Clock& clock;
  obs::Metrics& metrics;
  const std::optional<Actor> default_actor;
  Relay* const relay;
  const Trust trust;

  // Whether another pod calls, as its certificate says: PEER_ONLY. Where callers prove nothing,
  // which is on loopback alone, anybody may be one.
  Status check_peer(const grpc::CallbackServerContext& context) const;
  Watches& watches() { return *watches_; }

 private:
  std::unique_ptr<Watches> watches_;
};

// One gRPC service and the name that grpc.health.v1 knows it by
// ("lianmeng.dispatch.v1.DispatchService").
struct Binding {
  std::string name;
  std::shared_ptr<grpc::Service> service;
};

struct ServerConfig {
  // Beyond loopback only with TLS and tokens. Port 0: any.
  std::string listen = "127.0.0.1:50051";
  std::shared_ptr<Certificates> certificates = nullptr;  // Null: in the clear.
  int request_bytes_max = 4 * 1024 * 1024;               // A larger request is RESOURCE_EXHAUSTED.
  int streams_max = 4096;                                // Calls in flight on one connection.
  Duration stop_max = Duration(5000);                    // Afterwards what is left is cancelled.
};

// Threads: gRPC's own; start, set_serving and stop from one thread.
// Lifetime: borrows the environment. stop() (or the destructor) while the host still answers, or
// once it has answered all.
class GrpcServer {
 public:
  static Result<std::unique_ptr<GrpcServer>> start(const ServerConfig& config,
                                                   Environment& environment,
                                                   std::vector<Binding> bindings);
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int port() const;
  // What grpc.health.v1 says of that service ("" is the whole server); NOT_SERVING at first.
  void set_serving(const std::string& name, bool serving);
  void set_serving(bool serving);
  // Takes no new calls, ends the watches and waits until every call is answered, `stop_max` at the
  // longest; false: calls are cancelled for their callers, and the host still owes their answers.
  bool stop_taking();
  // Then waits for these: gRPC has no end before the last of them.
  void stop();

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::rpc
