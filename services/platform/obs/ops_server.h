// The ops port: /metrics for Prometheus, /livez and /readyz for whoever runs the process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/obs/metrics.h"

namespace lianmeng::obs {

// Ready when no sentence is left of why not.
struct Readiness {
  std::vector<std::string> reasons;
  bool ready() const { return reasons.empty(); }
};

struct OpsConfig {
  std::string listen = "127.0.0.1:9464";  // Port 0 takes any free one.
};

// /livez is 200 while the process answers; /readyz is 200 when caught up, else 503 with the
// reasons, one a line. Plain HTTP and nothing secret, but it tells names and numbers: loopback by
// default. Threads: two of its own; `readiness` is called from them. Lifetime: borrows metrics;
// stop() (or the destructor) before what `readiness` uses goes.
class OpsServer {
 public:
  static Result<std::unique_ptr<OpsServer>> start(const OpsConfig& config, const Metrics& metrics,
                                                  std::function<Readiness()> readiness);
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  int port() const;
  void stop();

 private:
  struct Impl;
  explicit OpsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::obs
