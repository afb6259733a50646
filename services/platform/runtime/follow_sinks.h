// How records of followed logs reach a core loop. Inside platform/runtime only.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "platform/log/log.h"
#include "platform/runtime/inbox.h"

namespace lianmeng::runtime {

// How far a loop reads ahead, and what all of its sinks hold together.
struct ReadAhead {
  ReadAhead(int each, int all) : each_max(each), all_max(all) {}

  const int each_max;  // Records of one followed log…
  const int all_max;   // …and of all of them.
  std::atomic<int> records{0};
  std::atomic<int> paused{0};
  // The store cannot be written and too much waits for it: nothing is read until it can.
  std::atomic<bool> overfull{false};
};

// Hands a followed log's records to the loop, and pauses the log while the loop has enough: what
// waits for it, and what the partition holds unanswered (`backlog`).
// Threads: on_* on the log's threads, the rest on the loop's.
class RecordSink final : public log::FollowSink {
 public:
  RecordSink(std::shared_ptr<Inbox> inbox, std::shared_ptr<ReadAhead> all, std::size_t slot,
             int source)
      : inbox_(std::move(inbox)), all_(std::move(all)), slot_(slot), source_(source) {}

  void on_begin(log::Following& following) override { following_ = &following; }

  void on_records(std::vector<log::Record> records, log::Offset next) override {
    {
      const std::lock_guard lock(mutex_);
      const auto count = static_cast<int>(records.size());
      ahead_ += count;
      const int all = all_->records.fetch_add(count) + count;
      const bool enough =
          ahead_ + backlog_ > all_->each_max || all > all_->all_max || all_->overfull;
      if (enough && !paused_) {
        paused_ = true;
        ++all_->paused;
        following_->pause();
      }
    }
    inbox_->post(slot_, RecordsIn{source_, std::move(records), next});
  }

  void on_error(Error error) override {
    inbox_->post(slot_, FollowErrorIn{source_, std::move(error)});
  }

  void folded(std::size_t count, std::size_t backlog) {
    log::Following* resumed = nullptr;
    {
      const std::lock_guard lock(mutex_);
      ahead_ -= static_cast<int>(count);
      backlog_ = static_cast<int>(backlog);
      const int all = all_->records.fetch_sub(static_cast<int>(count)) - static_cast<int>(count);
      const bool room = ahead_ + backlog_ < all_->each_max / 2 && all < all_->all_max / 2;
      if (paused_ && room && !all_->overfull) {
        paused_ = false;
        --all_->paused;
        resumed = following_;
      }
    }
    // Outside the lock, since records may come inside the call. The loop alone ends followings.
    if (resumed != nullptr) resumed->resume();
  }

  // May be told late: asked after each round of the partition.
  bool paused() const { return paused_; }

 private:
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<ReadAhead> all_;
  const std::size_t slot_;
  const int source_;
  std::mutex mutex_;
  log::Following* following_ = nullptr;  // Set before there are records.
  int ahead_ = 0;                        // Guarded by mutex_.
  int backlog_ = 0;                      // Guarded by mutex_.
  std::atomic<bool> paused_{false};      // Written under mutex_.
};

// Reads one record: what the log holds at the tip's offset.
class TipReader final : public log::FollowSink {
 public:
  TipReader(std::shared_ptr<Inbox> inbox, std::size_t slot)
      : inbox_(std::move(inbox)), slot_(slot) {}

  void on_records(std::vector<log::Record> records, log::Offset) override {
    if (records.empty() || done_.exchange(true)) return;
    inbox_->post(slot_, TipIn{std::move(records.front())});
  }
  void on_error(Error) override {
    if (!done_.exchange(true)) inbox_->post(slot_, TipIn{});
  }

 private:
  const std::shared_ptr<Inbox> inbox_;
  const std::size_t slot_;
  std::atomic<bool> done_{false};
};

}  // namespace lianmeng::runtime
