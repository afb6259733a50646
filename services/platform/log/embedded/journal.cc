#include "platform/log/embedded/journal.h"

#include <fmt/format.h>

#include "platform/log/check.h"

namespace lianmeng::log {

ClosedExtent closed_extent(std::uint64_t segment, const Extent& extent) {
  ClosedExtent closed{segment, extent.first,
                      extent.first + static_cast<Offset>(extent.positions.size()), extent.file_at,
                      nullptr};
  if (extent.file_at == 0) {
    closed.positions = std::make_shared<std::vector<std::uint32_t>>(extent.positions);
  }
  return closed;
}

Error damage_error(const TopicPartition& at, Offset offset, const std::string& path,
                   std::uint32_t position, std::string_view what) {
  auto error = make_error(
      ErrorKind::kDataLoss, "LOG_DAMAGED",
      fmt::format(
          "{}: {}: {} at byte {} (offset {}); this partition stops and takes no more. Restore "
          "the log from a backup",
          to_string(at), what, path, position, offset));
  error.metadata = {
      {"file", path}, {"position", std::to_string(position)}, {"offset", std::to_string(offset)}};
  return error;
}

bool is_record(std::string_view bytes, std::uint64_t segment, const TopicPartition& at,
               Offset offset, Frame* frame) {
  return read_frame(bytes, segment, frame) && frame->offset == offset &&
         frame->partition == at.partition && frame->topic == at.topic &&
         payload_intact(bytes, *frame);
}

Journal::Journal(EmbeddedLogConfig config, Clock& clock, LogObserver observer, FileOps& ops)
    : config_(std::move(config)),
      clock_(clock),
      observer_(std::move(observer)),
      ops_(ops),
      preparer_(config_.path, config_.segment_bytes, ops) {}

void Journal::start() {
  writer_ = std::thread([this] { write_loop(); });
  reader_ = std::thread([this] { read_loop(); });
  preparer_.start();
  if (config_.scrub_bytes_per_second > 0) scrubber_ = std::thread([this] { scrub_loop(); });
}

void Journal::stop() {
  {
    const Lock lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  if (writer_.joinable()) writer_.join();
  preparer_.stop();
  {
    const Lock lock(scrub_mutex_);
    scrub_stopping_ = true;
  }
  scrub_called_.notify_all();
  if (scrubber_.joinable()) scrubber_.join();
  {
    const Lock lock(mutex_);
    reader_stopping_ = true;
  }
  reader_called_.notify_all();
  if (reader_.joinable()) reader_.join();
  // No turn runs any more, so nobody waits for one.
  const Lock lock(mutex_);
  for (auto& [at, partition] : partitions_) {
    for (auto& follower : partition->followers) follower->over = true;
    partition->followers.clear();
  }
  hot_.clear();
  cold_.clear();
  open_files_.clear();
  active_ = {};
  lock_file_ = {};
}

Partition& Journal::partition(const TopicPartition& at) {
  auto& slot = partitions_[at];
  if (slot == nullptr) {
    slot = std::make_unique<Partition>();
    slot->at = at;
    if (hole_of_unknown_) {
      slot->damage =
          Damage{0, damage_error(at, 0, hole_of_unknown_->first, hole_of_unknown_->second,
                                 "records that may be its own are unreadable")};
    }
  }
  return *slot;
}

void Journal::report_damage(const TopicPartition& at, Damage damage) {
  const auto text = damage.error.message_en;
  {
    const Lock lock(mutex_);
    auto& hit = partition(at);
    if (hit.damage && hit.damage->offset <= damage.offset) return;
    if (!hit.damage) ++stats_.damaged_partitions;
    hit.damage = std::move(damage);
    for (const auto& follower : hit.followers) wake(follower);
  }
  note(LogNotice::kError, text);
}

Result<Offset> Journal::end_offset(const TopicPartition& at) {
  if (auto status = check_topic_partition(at); !status) return fail(status.error());
  const Lock lock(mutex_);
  const auto& asked = partition(at);
  if (asked.damage) return fail(asked.damage->error);
  return asked.end;
}

EmbeddedLogStats Journal::stats() const {
  EmbeddedLogStats stats;
  {
    const Lock lock(mutex_);
    stats = stats_;
    stats.tail_bytes = tail_bytes_;
  }
  const Lock lock(queue_mutex_);
  stats.queue_bytes = queue_bytes_;
  stats.queue_bytes_max = config_.queue_bytes_max;
  return stats;
}

}  // namespace lianmeng::log
