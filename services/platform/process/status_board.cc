#include "platform/process/status_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lianmeng::process {
namespace {

const char* state_name(runtime::Partition::State state) {
  using State = runtime::Partition::State;
  switch (state) {
    case State::kOpening:
      return "opening";
    case State::kReplaying:
      return "replaying";
    case State::kServing:
      return "serving";
    case State::kClosing:
      return "closing";
    case State::kClosed:
      return "closed";
    case State::kFailed:
      return "failed";
  }
  return "unknown";
}

// Reasons told to whoever asks; a process that begins has as many as it has partitions.
constexpr std::size_t kReasonsMax = 20;

// All that was accepted is answered and in the store.
bool is_drained(const std::vector<runtime::PartitionStatus>& statuses) {
  return std::ranges::all_of(
      statuses, [](const auto& status) { return status.drained && status.unflushed == 0; });
}

std::string drain_text(const std::vector<runtime::PartitionStatus>& statuses,
                       const std::vector<std::string>& store_errors) {
  if (is_drained(statuses)) {
    return "drained: no commands are taken, all is answered and written; lianmengctl stop, or "
           "lianmengctl resume";
  }
  std::uint64_t waiting = 0;
  std::uint64_t unflushed = 0;
  for (const auto& status : statuses) {
    waiting += status.waiting;
    unflushed += status.unflushed;
  }
  auto text =
      fmt::format("draining: {} calls wait and {} events are not written yet", waiting, unflushed);
  for (const auto& error : store_errors) text += "; " + error;
  return text;
}

std::vector<std::string> keys_of(const std::map<std::string, std::string>& names) {
  std::vector<std::string> keys;
  for (const auto& [key, name] : names) keys.push_back(key);
  return keys;
}

}  // namespace

StatusBoard::StatusBoard(runtime::Runtime& runtime, std::function<LogStats()> log,
                         const store::Store& store, Clock& clock, obs::Metrics& metrics,
                         std::string version, std::map<std::string, std::string> names,
                         const runtime::RuntimeConfig& config, const std::filesystem::path& data)
    : runtime_(runtime),
      log_(std::move(log)),
      store_(store),
      clock_(clock),
      version_(std::move(version)),
      names_(std::move(names)),
      metrics_(metrics, log_(), keys_of(names_), config, data) {}

bool StatusBoard::refresh(rpc::GrpcServer& server) {
  MetricsBoard::Look look{.partitions = runtime_.statuses(),
                          .loops = runtime_.loop_statuses(),
                          .log = log_(),
                          .store = store_.stats(),
                          .at = clock_.now()};
  std::map<std::string, bool> serving;
  std::vector<std::string> store_errors;
  for (const auto& loop : look.loops) {
    if (loop.store_error) store_errors.push_back(loop.store_error->message_en);
  }
  {
    const std::lock_guard lock(mutex_);
    look.draining = draining_;
    look.ready = !look.partitions.empty() && !draining_ && !stopping_;
    statuses_ = look.partitions;
    store_errors_ = std::move(store_errors);
  }
  for (const auto& [service, name] : names_) serving[service] = look.ready;
  for (const auto& status : look.partitions) {
    if (status.not_ready.empty()) continue;
    serving[status.service] = false;
    look.ready = false;
  }
  for (const auto& [service, name] : names_) server.set_serving(name, serving[service]);
  server.set_serving("", look.ready);
  const bool settled = look.ready || look.draining;
  metrics_.refresh(std::move(look));
  return settled;
}

void StatusBoard::drain(bool on) {
  const std::lock_guard lock(mutex_);
  draining_ = on;
  runtime_.drain(on);
}

void StatusBoard::stopping() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

obs::Readiness StatusBoard::readiness() const {
  const std::lock_guard lock(mutex_);
  if (stopping_) return {{"the process is stopping"}};
  if (statuses_.empty()) return {{"the process is starting"}};
  obs::Readiness readiness;
  if (draining_) readiness.reasons.push_back(drain_text(statuses_, store_errors_));
  std::size_t more = 0;
  for (const auto& status : statuses_) {
    if (status.not_ready.empty()) continue;
    if (readiness.reasons.size() < kReasonsMax) {
      readiness.reasons.push_back(status.not_ready);
    } else {
      ++more;
    }
  }
  if (more > 0) readiness.reasons.push_back("and " + std::to_string(more) + " more partitions");
  // A log is not read on while the store is full.
  if (!draining_ && !readiness.reasons.empty()) {
    readiness.reasons.insert(readiness.reasons.end(), store_errors_.begin(), store_errors_.end());
  }
  return readiness;
}

rpc::ServerInfo StatusBoard::info() const {
  rpc::ServerInfo info;
  info.version = version_;
  info.not_ready_reasons = readiness().reasons;
  const std::lock_guard lock(mutex_);
  for (const auto& status : statuses_) {
    info.waiting += status.waiting;
    info.unflushed += status.unflushed;
  }
  info.state = stopping_               ? rpc::ServerState::kStopping
               : !draining_            ? rpc::ServerState::kServing
               : is_drained(statuses_) ? rpc::ServerState::kDrained
                                       : rpc::ServerState::kDraining;
  for (const auto& [service, name] : names_) {
    auto& out = info.services.emplace_back();
    out.name = name;
    for (const auto& status : statuses_) {
      if (status.service != service) continue;
      out.partitions.push_back(
          {status.partition, state_name(status.state), status.sequence, status.not_ready});
    }
  }
  return info;
}

}  // namespace lianmeng::process
