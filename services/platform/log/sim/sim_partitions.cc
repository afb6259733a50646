#include "platform/log/sim/sim_partitions.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "platform/log/check.h"

namespace lianmeng::log {

const Record& SimPartitions::land(const TopicPartition& at, Record record) {
  auto& partition = partitions_[at];
  const bool gap = chances_.drawn("gap", chances_.faults().gap);
  const auto gap_size = gap ? static_cast<Offset>(1 + chances_.random().below(3)) : 0;
  const bool behind = gap && chances_.random().one_in(2);
  if (gap && !behind) partition.end += gap_size;
  partition.last_stamp = std::max(partition.last_stamp, chances_.now());
  record.offset = partition.end++;
  record.stamp = partition.last_stamp;
  partition.records.push_back(std::move(record));
  if (behind) {
    const auto delay = chances_.upto(chances_.faults().append_delay_max);
    chances_.run_at(chances_.now() + delay, [this, at, gap_size] {
      auto& later = partitions_[at];
      later.end += gap_size;
      wake(later);
    });
  }
  wake(partition);
  return partition.records.back();
}

void SimPartitions::forget(const TopicPartition& at, Offset offset) {
  std::erase_if(partitions_[at].records,
                [&](const Record& record) { return record.offset == offset; });
}

void SimPartitions::truncate(const TopicPartition& at, Offset end) {
  auto& partition = partitions_[at];
  std::erase_if(partition.records, [&](const Record& record) { return record.offset >= end; });
  partition.end = std::min(partition.end, end);
  wake(partition);
}

// --- Those who follow. ---

std::shared_ptr<SimFollower> SimPartitions::follow(std::shared_ptr<SimSession> session,
                                                   const TopicPartition& at, Offset from,
                                                   std::shared_ptr<FollowSink> sink) {
  auto follower = std::make_shared<SimFollower>();
  follower->at = at;
  follower->next = from;
  follower->sink = std::move(sink);
  follower->session = std::move(session);
  if (auto status = check_topic_partition(at); !status) {
    chances_.run_at(chances_.now(), [follower, error = status.error()] {
      if (follower->over || !follower->session->alive) return;
      follower->over = true;
      follower->sink->on_error(error);
    });
    return follower;
  }
  auto& followers = partitions_[at].followers;
  std::erase_if(followers, [](const auto& weak) { return weak.expired(); });
  followers.push_back(follower);
  schedule_delivery(follower);
  return follower;
}

void SimPartitions::resume(const std::shared_ptr<SimFollower>& follower) {
  follower->paused = false;
  schedule_delivery(follower);
}

void SimPartitions::wake(SimPartition& partition) {
  for (const auto& weak : partition.followers) {
    if (const auto follower = weak.lock()) schedule_delivery(follower);
  }
}

void SimPartitions::schedule_delivery(const std::shared_ptr<SimFollower>& follower) {
  if (follower->silent() || follower->scheduled) return;
  if (follower->next == partitions_[follower->at].end) return;
  follower->scheduled = true;
  const auto delay = chances_.upto(chances_.faults().delivery_delay_max);
  chances_.run_at(chances_.now() + delay, [this, follower] {
    follower->scheduled = false;
    deliver(follower);
  });
}

void SimPartitions::deliver(const std::shared_ptr<SimFollower>& follower) {
  if (follower->silent()) return;
  auto& partition = partitions_[follower->at];
  if (follower->next > partition.end || follower->next < 0) {
    follower->over = true;
    follower->sink->on_error(out_of_range(follower->at, follower->next, 0, partition.end));
    return;
  }
  const auto first =
      std::lower_bound(partition.records.begin(), partition.records.end(), follower->next,
                       [](const Record& record, Offset offset) { return record.offset < offset; });
  const auto there = partition.records.end() - first;
  const auto max = static_cast<std::uint64_t>(std::max(1, chances_.faults().delivery_records_max));
  const auto wanted = static_cast<std::ptrdiff_t>(1 + chances_.random().below(max));
  std::vector<Record> batch(first, first + std::min(there, wanted));
  follower->next = there <= wanted ? partition.end : batch.back().offset + 1;
  follower->sink->on_records(std::move(batch), follower->next);
  schedule_delivery(follower);
}

}  // namespace lianmeng::log
