// What the process tells about its partitions: readiness, health of each gRPC service, metrics.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/log/embedded/embedded_log.h"
#include "platform/obs/metrics.h"
#include "platform/obs/ops_server.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/server.h"
#include "platform/runtime/runtime.h"

namespace lianmeng::standalone {

// One look at all loops serves everybody who asks, so that a scrape costs them nothing.
// Threads: refresh() from one; readiness() and info() from any, at most one look old.
class StatusBoard {
 public:
  // `names`: the runtime's service ("dispatch") to its gRPC name.
  StatusBoard(runtime::Runtime& runtime, const log::EmbeddedLog& log, obs::Metrics& metrics,
              std::string version, std::map<std::string, std::string> names);

  // Takes a look; whether all serve.
  bool refresh(rpc::GrpcServer& server);
  // From now on nothing is ready.
  void stopping();

  obs::Readiness readiness() const;
  rpc::ServerInfo info() const;

 private:
  // A total kept elsewhere, carried into a counter.
  struct Total {
    obs::Counter counter;
    std::uint64_t seen = 0;
    void carry(std::uint64_t now);
  };
  struct ServiceMetrics {
    obs::Gauge not_ready;
    obs::Gauge waiting;
    obs::Gauge unflushed;
    obs::Gauge dirty_bytes;
    std::vector<Total> totals;  // In the order of kTotals.
  };
  ServiceMetrics make_service_metrics(const std::string& service);
  void refresh_metrics(const std::vector<runtime::PartitionStatus>& statuses);

  runtime::Runtime& runtime_;
  const log::EmbeddedLog& log_;
  obs::Metrics& metrics_;
  const std::string version_;
  const std::map<std::string, std::string> names_;
  std::map<std::string, ServiceMetrics> by_service_;
  obs::Gauge log_bytes_;
  obs::Gauge log_segments_;
  obs::Gauge log_damaged_;
  Total log_records_;
  Total log_groups_;
  Total log_failed_;

  mutable std::mutex mutex_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::vector<runtime::PartitionStatus>
      statuses_;  // Guarded by mutex_; empty before the first look.
};

}  // namespace lianmeng::standalone
