#include "bench/journal.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/runtime/envelope.h"

namespace lianmeng::bench {
namespace {

// Gathers what a follower is told until `end`, at most so many records.
class Gatherer final : public log::FollowSink {
 public:
  Gatherer(log::Offset end, std::size_t records_max) : end_(end), records_max_(records_max) {}

  void on_records(std::vector<log::Record> records, log::Offset next) override {
    const std::lock_guard lock(mutex_);
    for (auto& record : records) {
      if (records_.size() < records_max_ && record.offset < end_) {
        records_.push_back(std::move(record));
      }
    }
    done_ = done_ || next >= end_ || records_.size() == records_max_;
    changed_.notify_one();
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error.message_en);
    done_ = true;
    changed_.notify_one();
  }

  void await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
    if (!error_.empty()) throw std::runtime_error(error_);
  }
  std::vector<log::Record> take() { return std::move(records_); }

 private:
  const log::Offset end_;
  const std::size_t records_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<log::Record> records_;  // Guarded by mutex_ until done_.
  std::string error_;                 // Guarded by mutex_.
  bool done_ = false;                 // Guarded by mutex_.
};

log::Offset end_of(log::Log& log, const log::TopicPartition& at) {
  log::Offset end = 0;
  log.end_offset(at, [&](Result<log::Offset> told) {
    if (!told) throw std::runtime_error(told.error().message_en);
    end = *told;
  });
  return end;
}

}  // namespace

Journal read_journal(const std::filesystem::path& folder,
                     std::span<const runtime::Fold* const> services, std::uint64_t records_max) {
  if (!std::filesystem::is_directory(folder)) {
    throw std::runtime_error(folder.string() + " is no folder of a log");
  }
  SystemClock clock;
  auto opened = log::EmbeddedLog::open({.path = folder.string(), .scrub_bytes_per_second = 0},
                                       clock, [](log::LogNotice, const std::string&) {});
  if (!opened) throw std::runtime_error(opened.error().message_en);
  auto& log = **opened;

  Journal journal;
  for (const auto* service : services) {
    const auto topic = runtime::topic_of(service->service());
    for (int partition = 0; partition < kPartitions; ++partition) {
      const log::TopicPartition at{topic, partition};
      const auto end = end_of(log, at);
      if (end == 0) continue;
      const auto gatherer = std::make_shared<Gatherer>(
          end, static_cast<std::size_t>(std::max<std::uint64_t>(1, records_max / kPartitions)));
      const auto following = log.follow(at, 0, gatherer);
      gatherer->await();
      following->pause();
      journal[at] = gatherer->take();
    }
  }
  return journal;
}

}  // namespace lianmeng::bench
