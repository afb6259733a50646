// What the process tells about its partitions: readiness, health of each gRPC service, metrics.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/obs/metrics.h"
#include "platform/obs/ops_server.h"
#include "platform/process/metrics_board.h"
#include "platform/rpc/platform_service.h"
#include "platform/rpc/server.h"
#include "platform/runtime/runtime.h"
#include "platform/store/store.h"

namespace lianmeng::process {

// One look at all loops serves everybody who asks, so that a scrape costs them nothing.
// Threads: refresh() from one; drain(), readiness() and info() from any, the last two at most one
// look old.
class StatusBoard {
 public:
  // `names`: the runtime's service ("dispatch") to its gRPC name.
  StatusBoard(runtime::Runtime& runtime, std::function<LogStats()> log, const store::Store& store,
              Clock& clock, obs::Metrics& metrics, std::string version,
              std::map<std::string, std::string> names, const runtime::RuntimeConfig& config,
              const std::filesystem::path& data);

  // Takes a look; false while partitions are on their way to serve, which callers wait for.
  bool refresh(rpc::GrpcServer& server);
  // Drains the runtime, or takes commands again.
  void drain(bool on);
  // From now on nothing is ready.
  void stopping();

  obs::Readiness readiness() const;
  rpc::ServerInfo info() const;

 private:
  runtime::Runtime& runtime_;
  const std::function<LogStats()> log_;
  const store::Store& store_;
  Clock& clock_;
  const std::string version_;
  const std::map<std::string, std::string> names_;
  MetricsBoard metrics_;

  mutable std::mutex mutex_;
  bool draining_ = false;  // Guarded by mutex_, as the next three.
  bool stopping_ = false;
  std::vector<runtime::PartitionStatus> statuses_;  // Empty before the first look.
  std::vector<std::string> store_errors_;           // Why rows cannot be written.
};

}  // namespace lianmeng::process
