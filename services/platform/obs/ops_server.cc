#include "platform/obs/ops_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <thread>

#include "platform/obs/endpoint.h"

namespace lianmeng::obs {

struct OpsServer::Impl {
  httplib::Server http;
  int port = 0;
  std::thread thread;
};

OpsServer::OpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OpsServer::~OpsServer() { stop(); }

Result<std::unique_ptr<OpsServer>> OpsServer::start(const OpsConfig& config, const Metrics& metrics,
                                                    std::function<Readiness()> readiness) {
  const auto endpoint = parse_endpoint(config.listen);
  if (!endpoint) {
    return fail(ErrorKind::kInvalidArgument, "LISTEN_MALFORMED",
                fmt::format("ops.listen: {}", endpoint.error().message_en));
  }
  auto impl = std::make_unique<Impl>();
  auto& http = impl->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(2); };
  // httplib's default is SO_REUSEPORT, by which a second process shares the port unseen.
  http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  http.set_payload_max_length(4096);
  http.set_read_timeout(5, 0);
  http.set_write_timeout(5, 0);
  // A scraper that keeps its connection open would hold one of the two threads.
  http.set_keep_alive_max_count(1);

  http.Get("/metrics", [&metrics](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
  });
  http.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", "text/plain; charset=utf-8");
  });
  http.Get("/readyz", [readiness = std::move(readiness)](const httplib::Request&,
                                                         httplib::Response& response) {
    const auto now = readiness();
    std::string body;
    for (const auto& reason : now.reasons) body += reason + '\n';
    response.status = now.ready() ? 200 : 503;
    response.set_content(now.ready() ? "ok\n" : body, "text/plain; charset=utf-8");
  });

  if (endpoint->port == 0) {
    impl->port = http.bind_to_any_port(endpoint->host);
  } else if (http.bind_to_port(endpoint->host, endpoint->port)) {
    impl->port = endpoint->port;
  } else {
    impl->port = -1;
  }
  if (impl->port <= 0) {
    return fail(ErrorKind::kUnavailable, "LISTEN_FAILED",
                fmt::format("ops.listen: {} cannot be listened on; most likely another process has "
                            "the port. End that one, or set ops.listen to a free port.",
                            config.listen));
  }
  impl->thread = std::thread([&http] { http.listen_after_bind(); });
  // stop() before the loop runs would be lost.
  while (!http.is_running()) std::this_thread::yield();
  return std::unique_ptr<OpsServer>(new OpsServer(std::move(impl)));
}

int OpsServer::port() const { return impl_->port; }

void OpsServer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->http.stop();
  impl_->thread.join();
}

}  // namespace lianmeng::obs
