// All partitions that one process hosts of its services, on a few loops.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/log/log.h"
#include "platform/log/topic_rules.h"
#include "platform/runtime/core_loop.h"
#include "platform/runtime/hosting.h"
#include "platform/runtime/service_host.h"
#include "platform/store/store.h"

namespace lianmeng::runtime {

struct RuntimeConfig {
  // At most as many as there are hosted partitions, which take turns: partition p of every service
  // lives on one of them.
  int loops = 1;
  Hosting hosting;
  log::Site site = log::Site::kProduction;  // What is asked of the topics.
  LoopConfig loop;
  PartitionConfig partition;  // `partition`, `host` and `hosts` are set for each.
};

// What one partition says of itself.
struct PartitionStatus {
  std::string service;
  int partition = 0;
  Partition::State state{};
  std::string not_ready;  // Why; empty when it serves.
  std::uint64_t sequence = 0;
  std::uint64_t unflushed = 0;
  std::size_t dirty_bytes = 0;
  std::size_t waiting = 0;
  bool drained = false;
  std::uint64_t replay_left = 0;
  std::size_t backlog = 0;  // Foreign events that no answer has settled yet, and the oldest.
  std::optional<Time> oldest_backlog;
  std::optional<Time> next_timer;
  PartitionStats stats;
};

struct LoopStatus {
  std::chrono::nanoseconds busy{};
  std::optional<Error> store_error;  // Why the last rows could not be written.
};

// Threads: submit(), query(), watch(), inspect() and statuses() from any; the rest from one.
// Lifetime: borrows log, store, clock and the folds, which outlive it.
class Runtime final : public ServiceHost {
 public:
  Runtime(RuntimeConfig config, log::Log& log, store::Store& store, Clock& clock,
          Observer observer);
  ~Runtime() override;

  // Before start().
  void add_service(const Fold& fold);
  // Checks the topics' rules (TOPIC_RULES: names the setting), opens the stores, starts the loops.
  Status start();
  // Answers or refuses all that was accepted and writes the stores. Once.
  void stop();

  void submit(std::string_view service, Command command) override;
  void submit_all(std::string_view service, std::vector<Command> commands) override;
  const Elsewhere* elsewhere(std::string_view service, const CountyId& county) const override;
  void query(std::string_view service, Query query) override;
  void watch(std::string_view service, Watch watch) override;

  // Every partition of a service that is hosted here, each on the thread of its loop, one after
  // another; waits for them. None before start() and after stop().
  void inspect(std::string_view service,
               const std::function<void(int partition, const Partition&)>& look);
  // While it is on, commands are refused (DRAINING), what was taken is answered, timers and
  // policies rest, reads go on, and the state is written: PartitionStatus::drained and unflushed
  // tell how far it is. Any thread.
  void drain(bool on);
  std::vector<LoopStatus> loop_statuses() const;
  // Asks every loop; waits for them. Empty before start() and after stop().
  std::vector<PartitionStatus> statuses();
  // Why a service (or, with "", any) is not ready; empty when it is.
  std::string not_ready(std::string_view service = {});

 private:
  struct Where {
    CoreLoop* loop = nullptr;  // Null: another pod hosts it.
    std::size_t slot = 0;
  };
  Result<Where> find(std::string_view service, const CountyId& county) const;
  void find_others();

  const RuntimeConfig config_;
  log::Log& log_;
  store::Store& store_;
  Clock& clock_;
  const Observer observer_;
  std::vector<const Fold*> folds_;
  std::vector<std::unique_ptr<CoreLoop>> loops_;
  std::map<std::string, std::vector<Where>, std::less<>> where_;
  std::vector<Elsewhere> elsewhere_;  // Of each partition, in every service alike.
  std::atomic<bool> running_{false};
};

}  // namespace lianmeng::runtime
