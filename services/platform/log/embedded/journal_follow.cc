// Following: one reader serves all followers, those at the tail first.
#include <algorithm>

#include "platform/base/assert.h"
#include "platform/log/check.h"
#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

// Followers at the tail come first, but one of the others gets a turn after so many.
constexpr int kHotTurns = 16;
// What cannot be read for now, since descriptors or memory have run out, is tried again after this.
constexpr std::chrono::milliseconds kReadAgain{500};

}  // namespace

void Journal::follow(const TopicPartition& at, const std::shared_ptr<Follower>& follower) {
  if (auto status = check_topic_partition(at); !status) {
    follower->over = true;
    follower->sink->on_error(status.error());
    return;
  }
  const Lock lock(mutex_);
  follower->partition = &partition(at);
  if (reader_stopping_) {
    follower->over = true;
    return;
  }
  follower->partition->followers.push_back(follower);
  wake(follower);
}

void Journal::unfollow(const std::shared_ptr<Follower>& follower) {
  Lock lock(mutex_);
  follower->over = true;
  if (follower->partition != nullptr) std::erase(follower->partition->followers, follower);
  if (std::this_thread::get_id() == reader_.get_id()) return;
  follower_idle_.wait(lock, [&] { return !follower->running; });
  auto sink = std::move(follower->sink);
  lock.unlock();
}

void Journal::pause(const std::shared_ptr<Follower>& follower) {
  const Lock lock(mutex_);
  follower->paused = true;
}

void Journal::resume(const std::shared_ptr<Follower>& follower) {
  const Lock lock(mutex_);
  follower->paused = false;
  wake(follower);
}

// Requires mutex_.
void Journal::wake(const std::shared_ptr<Follower>& follower) {
  if (follower->over || follower->paused || follower->queued || follower->running) return;
  const auto& partition = *follower->partition;
  const bool error = follower->next > partition.end || follower->next < 0 || partition.damage;
  if (!error && follower->next == partition.end) return;
  const bool in_tail = !partition.tail.empty() && follower->next >= partition.tail.front().first;
  follower->queued = true;
  (in_tail || error ? hot_ : cold_).push_back(follower);
  reader_called_.notify_one();
}

void Journal::read_loop() {
  int hot_turns = 0;
  Lock lock(mutex_);
  while (true) {
    const auto is_called = [&] { return reader_stopping_ || !hot_.empty() || !cold_.empty(); };
    if (later_.empty()) {
      reader_called_.wait(lock, is_called);
    } else {
      reader_called_.wait_until(lock, later_.front().first, is_called);
    }
    if (reader_stopping_) return;
    while (!later_.empty() && later_.front().first <= std::chrono::steady_clock::now()) {
      wake(later_.front().second);
      later_.pop_front();
    }
    if (hot_.empty() && cold_.empty()) continue;
    const bool take_hot = cold_.empty() || (!hot_.empty() && hot_turns < kHotTurns);
    auto& from = take_hot ? hot_ : cold_;
    hot_turns = take_hot ? hot_turns + 1 : 0;
    const auto follower = std::move(from.front());
    from.pop_front();
    follower->queued = false;
    if (follower->over || follower->paused) continue;
    auto turn = plan(*follower);
    if (turn.kind == Turn::Kind::kNothing) continue;
    const auto kind = turn.kind;
    const auto at = follower->partition->at;
    if (kind == Turn::Kind::kError) follower->over = true;
    follower->running = true;
    lock.unlock();

    std::vector<Record> records;
    bool later = false;
    if (kind == Turn::Kind::kError) {
      follower->sink->on_error(std::move(turn.error));
    } else {
      if (kind == Turn::Kind::kTail) {
        read_tail(turn, &records);
      } else {
        auto read = read_disk(at, std::move(turn), &records);
        later = !read;
        if (later) note_unread(read.error());
        // A damage is told in the next turn, behind the records before it.
        if (read && *read) report_damage(at, std::move(**read));
      }
    }
    const auto next = records.empty() ? kNoOffset : records.back().offset + 1;
    if (!records.empty()) follower->sink->on_records(std::move(records), next);

    lock.lock();
    if (next != kNoOffset) follower->next = next;
    follower->running = false;
    if (follower->over) {
      follower_idle_.notify_all();
    } else if (later) {
      later_.emplace_back(std::chrono::steady_clock::now() + kReadAgain, follower);
    } else {
      wake(follower);
    }
  }
}

// Once, however many there are that wait.
void Journal::note_unread(const Error& error) {
  if (!later_.empty()) return;
  note(LogNotice::kWarning, error.message_en + "; it is tried again");
}

// Requires mutex_.
Turn Journal::plan(const Follower& follower) {
  const auto& partition = *follower.partition;
  Turn turn;
  turn.from = follower.next;
  const auto limit =
      partition.damage ? std::min(partition.end, partition.damage->offset) : partition.end;
  if (partition.damage && turn.from >= partition.damage->offset) {
    turn.kind = Turn::Kind::kError;
    turn.error = partition.damage->error;
    return turn;
  }
  if (turn.from > partition.end || turn.from < 0) {
    turn.kind = Turn::Kind::kError;
    turn.error = out_of_range(partition.at, turn.from, 0, partition.end);
    return turn;
  }
  if (turn.from >= limit) return turn;
  turn.end = std::min(limit, turn.from + static_cast<Offset>(kDeliveryRecordsMax));

  if (!partition.tail.empty() && turn.from >= partition.tail.front().first) {
    turn.kind = Turn::Kind::kTail;
    auto chunk = std::upper_bound(partition.tail.begin(), partition.tail.end(), turn.from,
                                  [](Offset offset, const Chunk& one) { return offset < one.end; });
    std::size_t bytes = 0;
    for (; chunk != partition.tail.end() && chunk->first < turn.end && bytes < kDeliveryBytesMax;
         ++chunk) {
      bytes += chunk->bytes->size();
      turn.chunks.push_back(*chunk);
    }
    return turn;
  }
  turn.kind = Turn::Kind::kDisk;
  if (!partition.active.empty() && turn.from >= partition.active_first) {
    turn.segment = active_segment_;
    const auto begin = partition.active.begin();
    turn.positions.assign(begin + (turn.from - partition.active_first),
                          begin + (turn.end - partition.active_first));
    return turn;
  }
  const auto extent =
      std::upper_bound(partition.closed.begin(), partition.closed.end(), turn.from,
                       [](Offset offset, const ClosedExtent& one) { return offset < one.end; });
  LM_ASSERT(extent != partition.closed.end() && extent->first <= turn.from,
            "{}: offset {} is in no segment", to_string(partition.at), turn.from);
  turn.segment = extent->segment;
  turn.end = std::min(turn.end, extent->end);
  if (extent->positions) {
    const auto begin = extent->positions->begin();
    turn.positions.assign(begin + (turn.from - extent->first), begin + (turn.end - extent->first));
  } else {
    turn.file_at = extent->file_at +
                   static_cast<std::uint64_t>(turn.from - extent->first) * sizeof(std::uint32_t);
  }
  return turn;
}

void Journal::read_tail(const Turn& turn, std::vector<Record>* out) {
  std::size_t bytes = 0;
  for (const auto& chunk : turn.chunks) {
    std::string_view rest = *chunk.bytes;
    while (!rest.empty() && bytes < kDeliveryBytesMax) {
      const auto frame = peek_frame(rest);
      if (frame.offset >= turn.end) return;
      if (frame.offset >= turn.from) {
        LM_ASSERT(decode_frame(rest, frame, &out->emplace_back()));
        bytes += frame.bytes();
      }
      rest.remove_prefix(frame.bytes());
    }
  }
}

}  // namespace lianmeng::log
