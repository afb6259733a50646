#include "ctl/local/log_source.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "platform/log/backup/backup.h"
#include "platform/log/check.h"

namespace lianmeng::ctl {
namespace {

using log::Record;
using log::TopicPartition;
using Visit = std::function<bool(Record&&)>;

constexpr std::size_t kWaitingMax = 32;  // Deliveries that wait for whoever reads.

Result<log::Offset> ask_end(log::Log& log, const TopicPartition& at) {
  const auto told = std::make_shared<std::promise<Result<log::Offset>>>();
  auto answer = told->get_future();
  log.end_offset(at, [told](Result<log::Offset> end) { told->set_value(std::move(end)); });
  if (answer.wait_for(kSilenceMax) != std::future_status::ready) {
    return fail(silent(at, "its end was not told"));
  }
  return answer.get();
}

// What a following has brought and nobody has taken yet.
class Inbox final : public log::FollowSink {
 public:
  struct Delivery {
    std::vector<Record> records;
    log::Offset next;
  };

  void on_records(std::vector<Record> records, log::Offset next) override {
    const std::lock_guard lock(mutex_);
    deliveries_.push_back({std::move(records), next});
    changed_.notify_all();
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    changed_.notify_all();
  }
  Result<Delivery> take(const TopicPartition& at, log::Following& following) {
    std::unique_lock lock(mutex_);
    const auto came = [&] { return error_ || !deliveries_.empty(); };
    if (!changed_.wait_for(lock, kSilenceMax, came)) return fail(silent(at, "no record came"));
    if (deliveries_.empty()) return fail(*error_);
    auto delivery = std::move(deliveries_.front());
    deliveries_.pop_front();
    const auto waiting = deliveries_.size();
    lock.unlock();
    if (waiting > kWaitingMax && !paused_) following.pause();
    if (waiting == 0 && paused_) following.resume();
    paused_ = waiting > kWaitingMax || (paused_ && waiting > 0);
    return delivery;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Delivery> deliveries_;  // Guarded by mutex_, as error_.
  std::optional<Error> error_;
  bool paused_ = false;  // The taker's own.
};

class JournalSource final : public LogSource {
 public:
  JournalSource(std::string folder, log::JournalScan scan)
      : folder_(std::move(folder)), scan_(std::move(scan)) {}

  Status read(const TopicPartition& at, const Visit& visit) override {
    return log::read_partition(log::system_file_ops(), folder_, scan_, at, visit);
  }
  Result<log::Offset> end(const TopicPartition& at) override {
    const auto found = scan_.ends.find(at);
    return found == scan_.ends.end() ? 0 : found->second;
  }

 private:
  const std::string folder_;
  const log::JournalScan scan_;
};

class FollowedSource final : public LogSource {
 public:
  explicit FollowedSource(log::Log& log) : log_(log) {}

  Status read(const TopicPartition& at, const Visit& visit) override {
    const auto end = read_log(log_, at, 0, visit);
    if (!end) return fail(end.error());
    return {};
  }
  Result<log::Offset> end(const TopicPartition& at) override { return ask_end(log_, at); }

 private:
  log::Log& log_;
};

}  // namespace

Error silent(const log::TopicPartition& at, const std::string& what) {
  return make_error(ErrorKind::kUnavailable, "LOG_UNAVAILABLE",
                    fmt::format("{}: {} for {} s; see that its brokers are well and run it again",
                                log::to_string(at), what, kSilenceMax.count()));
}

// Up to the end that there is now; tells where that is.
Result<log::Offset> read_log(log::Log& log, const TopicPartition& at, log::Offset from,
                             const Visit& visit) {
  const auto end = ask_end(log, at);
  if (!end || *end <= from) return end;
  const auto inbox = std::make_shared<Inbox>();
  const auto following = log.follow(at, from, inbox);
  for (auto next = from; next < *end;) {
    auto delivery = inbox->take(at, *following);
    if (!delivery) return fail(delivery.error());
    next = delivery->next;
    for (auto& record : delivery->records) {
      if (record.offset >= *end) break;
      if (!visit(std::move(record))) return end;
    }
  }
  return end;
}

Result<std::unique_ptr<LogSource>> open_journal_source(const std::string& folder) {
  auto scan =
      log::scan_journal(log::system_file_ops(), folder,
                        [](const log::SegmentIndex&, std::string_view) { return Status(); });
  if (!scan) return fail(scan.error());
  if (!scan->damage.empty()) {
    return fail(ErrorKind::kDataLoss, "LOG_DAMAGED",
                fmt::format("{}; what is damaged is neither copied nor compared. lianmengctl log "
                            "verify names every "
                            "place",
                            scan->damage.front()));
  }
  return std::make_unique<JournalSource>(folder, std::move(*scan));
}

std::unique_ptr<LogSource> make_log_source(log::Log& log) {
  return std::make_unique<FollowedSource>(log);
}

}  // namespace lianmeng::ctl
