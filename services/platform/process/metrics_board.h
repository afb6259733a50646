// The metrics of runtime, log, store and disks. docs/metrics.md names every one.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/obs/metrics.h"
#include "platform/process/open_log.h"
#include "platform/runtime/runtime.h"
#include "platform/store/store.h"

namespace lianmeng::process {

// What loops, log and store count for themselves is looked at now and then and told to whoever
// scrapes, so that a scrape costs them nothing.
// Threads: refresh() from one; scrapes from any. Lifetime: borrows all; registered with Metrics,
// which must be scraped no more when this is gone.
class MetricsBoard {
 public:
  struct Look {
    std::vector<runtime::PartitionStatus> partitions;
    std::vector<runtime::LoopStatus> loops;
    LogStats log;
    store::StoreStats store;
    Time at{};
    bool ready = false;
    bool draining = false;
  };

  // `log`: of the kind that every look will hold. `runtime`: how many loops there are, and the
  // limits that are told beside what fills them.
  MetricsBoard(obs::Metrics& metrics, LogStats log, const std::vector<std::string>& services,
               const runtime::RuntimeConfig& runtime, const std::filesystem::path& data);

  void refresh(Look look);

 private:
  // Sums of one service's partitions.
  struct Service {
    std::map<runtime::Partition::State, double> states;
    double not_ready = 0;
    double waiting = 0;
    double waiting_fullest = 0;
    double unflushed = 0;
    double dirty_bytes = 0;
    double replay_left = 0;
    double backlog = 0;
    double backlog_age_seconds = 0;
    double timers_overdue_seconds = 0;
    runtime::PartitionStats stats;
  };

  void add_service(obs::Metrics& metrics, const std::string& service);
  void add_limits(obs::Metrics& metrics, const runtime::RuntimeConfig& runtime);
  void add_log(obs::Metrics& metrics);
  void add_embedded_log(obs::Metrics& metrics);
  void add_store(obs::Metrics& metrics);

  // What a metric reads, under the lock.
  template <class Read>
  auto locked(Read read) {
    return [this, read] {
      const std::lock_guard lock(mutex_);
      return read(*this);
    };
  }

  mutable std::mutex mutex_;
  Look look_;                                // Guarded by mutex_.
  std::map<std::string, Service> services_;  // Guarded by mutex_.
};

}  // namespace lianmeng::process
