#include "ctl/local/log_source.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "platform/log/embedded/journal_scan.h"

namespace lianmeng::ctl {
namespace {

class JournalSource final : public LogSource {
 public:
  JournalSource(std::string folder, log::JournalScan scan)
      : folder_(std::move(folder)), scan_(std::move(scan)) {}

  Status read(const log::TopicPartition& at,
              const std::function<bool(log::Record&&)>& take) override {
    return log::read_partition(log::system_file_ops(), folder_, scan_, at, take);
  }
  Result<log::Offset> end(const log::TopicPartition& at) override {
    const auto found = scan_.ends.find(at);
    return found == scan_.ends.end() ? 0 : found->second;
  }

 private:
  const std::string folder_;
  const log::JournalScan scan_;
};

// Hands batches from the log's thread to the caller's, and holds the log back meanwhile.
class Handover final : public log::FollowSink {
 public:
  struct Batch {
    std::vector<log::Record> records;
    log::Offset next = 0;
  };

  void on_records(std::vector<log::Record> records, log::Offset next) override {
    std::unique_lock lock(mutex_);
    batches_.push_back({std::move(records), next});
    changed_.notify_all();
    changed_.wait(lock, [&] { return over_ || batches_.size() < kBatchesMax; });
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    changed_.notify_all();
  }

  Result<Batch> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return error_ || !batches_.empty(); });
    if (batches_.empty()) return fail(*error_);
    auto batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }
  // The log's thread waits no more.
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t kBatchesMax = 16;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;  // Guarded by mutex_, as the next ones.
  std::optional<Error> error_;
  bool over_ = false;
};

class FollowedSource final : public LogSource {
 public:
  explicit FollowedSource(log::Log& log) : log_(log) {}

  Status read(const log::TopicPartition& at,
              const std::function<bool(log::Record&&)>& take) override {
    const auto until = end(at);
    if (!until) return fail(until.error());
    if (*until == 0) return {};
    const auto handover = std::make_shared<Handover>();
    const auto following = log_.follow(at, 0, handover);
    const auto status = take_all(*handover, *until, take);
    handover->end();
    return status;
  }
  Result<log::Offset> end(const log::TopicPartition& at) override {
    std::promise<Result<log::Offset>> asked;
    log_.end_offset(at, [&](Result<log::Offset> end) { asked.set_value(std::move(end)); });
    return asked.get_future().get();
  }

 private:
  static Status take_all(Handover& handover, log::Offset until,
                         const std::function<bool(log::Record&&)>& take) {
    for (log::Offset next = 0; next < until;) {
      auto batch = handover.take();
      if (!batch) return fail(batch.error());
      next = batch->next;
      for (auto& record : batch->records) {
        if (record.offset < until && !take(std::move(record))) return {};
      }
    }
    return {};
  }

  log::Log& log_;
};

}  // namespace

Result<std::unique_ptr<LogSource>> open_journal_source(const std::string& log_folder) {
  auto scan =
      log::scan_journal(log::system_file_ops(), log_folder,
                        [](const log::SegmentIndex&, std::string_view) { return Status(); });
  if (!scan) return fail(scan.error());
  if (!scan->damage.empty()) {
    return fail(ErrorKind::kDataLoss, "LOG_DAMAGED",
                fmt::format("{}; a state cannot be verified against a damaged log. lianmengctl log "
                            "verify names every place",
                            scan->damage.front()));
  }
  return std::make_unique<JournalSource>(log_folder, std::move(*scan));
}

std::unique_ptr<LogSource> make_log_source(log::Log& log) {
  return std::make_unique<FollowedSource>(log);
}

}  // namespace lianmeng::ctl
