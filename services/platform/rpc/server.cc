#include "platform/rpc/server.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <future>
#include <mutex>

#include "platform/obs/endpoint.h"
#include "platform/rpc/library_lines.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/tls.h"
#include "platform/rpc/watches.h"

namespace lianmeng::rpc {
Environment::Environment(runtime::ServiceHost& host, Clock& clock, obs::Metrics& metrics,
                         std::optional<Actor> default_actor, Relay* relay, Trust trust)
    : host(host),
      clock(clock),
      metrics(metrics),
      default_actor(std::move(default_actor)),
      relay(relay),
      trust(std::move(trust)),
      watches_(std::make_unique<Watches>()) {}
Environment::~Environment() = default;

Status Environment::check_peer(const grpc::CallbackServerContext& context) const {
  if (trust.tokens == nullptr) return {};
  for (const auto& name : certificate_names(context)) {
    if (std::ranges::find(trust.peers, name) != trust.peers.end()) return {};
  }
  return fail(to_error(refuse(kPeerOnly)));
}

struct GrpcServer::Impl {
  ServerConfig config;
  Environment* environment = nullptr;
  std::vector<Binding> bindings;
  std::shared_ptr<grpc::ServerCredentials> credentials;  // Asked by the server's connections.
  std::unique_ptr<grpc::Server> server;
  std::future<void> stopped;  // Valid while it stops.
  int port = 0;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() { stop(); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(const ServerConfig& config,
                                                      Environment& environment,
                                                      std::vector<Binding> bindings) {
  const auto endpoint = obs::parse_endpoint(config.listen);
  if (!endpoint) {
    return fail(ErrorKind::kInvalidArgument, "LISTEN_MALFORMED",
                fmt::format("rpc.listen: {}", endpoint.error().message_en));
  }
  // Without tokens whoever reaches the port may name any actor, and without TLS read any token; so
  // only this machine may.
  if (!obs::is_loopback(*endpoint) &&
      !(config.certificates != nullptr && environment.trust.tokens != nullptr)) {
    return fail(ErrorKind::kFailedPrecondition, "LISTEN_NOT_LOOPBACK",
                fmt::format("rpc.listen is {}, which other machines reach, and calls would not "
                            "prove who makes them. Set tls.certificate_file, tls.key_file and "
                            "tokens.*, or listen on 127.0.0.1 or [::1].",
                            config.listen));
  }

  static std::once_flag once;
  std::call_once(once, [] {
    // Never given back: the last grpc_shutdown() waits up to 10 s for the poller of a write that
    // was blocked (gRPC 1.51, tcp_posix.cc, backup poller), and a stop is to take seconds.
    grpc_init();
    log_lines_of_grpc();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });

  auto impl = std::make_unique<Impl>();
  impl->config = config;
  impl->environment = &environment;
  impl->bindings = std::move(bindings);

  grpc::ServerBuilder builder;
  impl->credentials = config.certificates != nullptr ? server_credentials(*config.certificates)
                                                     : grpc::InsecureServerCredentials();
  builder.AddListeningPort(obs::to_string(*endpoint), impl->credentials, &impl->port);
  builder.SetMaxReceiveMessageSize(config.request_bytes_max);
  // By default a second server would share the port and take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, config.streams_max);
  // A trace of every call that nobody reads.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // Other pods ask often whether we are there (relay.cc); gRPC would take that for an attack.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  for (const auto& bound : impl->bindings) builder.RegisterService(bound.service.get());
  {
    const WithoutLibraryLines silent;
    impl->server = builder.BuildAndStart();
  }
  if (impl->server == nullptr || impl->port == 0) {
    return fail(ErrorKind::kUnavailable, "LISTEN_FAILED",
                fmt::format("rpc.listen: {} cannot be listened on; most likely another process has "
                            "the port. End that one, or set rpc.listen to a free port.",
                            config.listen));
  }
  std::unique_ptr<GrpcServer> server(new GrpcServer(std::move(impl)));
  server->set_serving(false);
  return server;
}

int GrpcServer::port() const { return impl_->port; }

void GrpcServer::set_serving(const std::string& name, bool serving) {
  if (impl_->server == nullptr) return;
  impl_->server->GetHealthCheckService()->SetServingStatus(name, serving);
}

void GrpcServer::set_serving(bool serving) {
  set_serving("", serving);
  for (const auto& bound : impl_->bindings) set_serving(bound.name, serving);
}

bool GrpcServer::stop_taking() {
  if (impl_->server == nullptr) return true;
  if (!impl_->stopped.valid()) {
    impl_->server->GetHealthCheckService()->Shutdown();
    impl_->environment->watches().end_all();
    // Its deadline cancels calls for their callers, and it waits for their answers all the same.
    impl_->stopped =
        std::async(std::launch::async, [&server = *impl_->server, max = impl_->config.stop_max] {
          server.Shutdown(std::chrono::system_clock::now() + max);
          server.Wait();
        });
  }
  return impl_->stopped.wait_for(impl_->config.stop_max) == std::future_status::ready;
}

void GrpcServer::stop() {
  if (impl_->server == nullptr) return;
  stop_taking();
  impl_->stopped.get();
  impl_->server.reset();
}

}  // namespace lianmeng::rpc
