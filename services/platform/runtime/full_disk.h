// For tests: a store on a disk that has no room.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "platform/store/store.h"

namespace lianmeng::testing {

// Full for so many commits, or until there is room; for one partition of a service, or for all.
// Threads: the loop's, but room(), is_full() and the counts, which are any thread's.
class FullDisk final : public store::Store {
 public:
  static constexpr int kForEver = std::numeric_limits<int>::max();
  static constexpr int kAll = -1;

  FullDisk(std::unique_ptr<store::Store> store, int refusals, int partition = kAll)
      : store_(std::move(store)), refusals_(refusals), partition_(partition) {}

  Result<store::OpenedPartition> open(std::string_view service, int partition,
                                      const store::StoreIdentity& identity) override {
    auto opened = store_->open(service, partition, identity);
    const bool may_refuse = partition_ == kAll || partition_ == partition;
    if (opened) {
      opened->store = std::make_unique<Partition>(*this, std::move(opened->store), may_refuse);
    }
    return opened;
  }
  bool has(std::string_view service, int partition) const override {
    return store_->has(service, partition);
  }
  void room() { refusals_ = 0; }
  bool is_full() const { return refusals_ > 0; }
  std::size_t commits() const { return commits_; }    // That were not refused.
  std::size_t rows_max() const { return rows_max_; }  // Of the largest one.

 private:
  class Partition final : public store::PartitionStore {
   public:
    Partition(FullDisk& disk, std::unique_ptr<store::PartitionStore> rows, bool may_refuse)
        : disk_(disk), rows_(std::move(rows)), may_refuse_(may_refuse) {}
    bool get(std::string_view key, std::string* value) const override {
      return rows_->get(key, value);
    }
    std::unique_ptr<state::Cursor> cursor() const override { return rows_->cursor(); }
    Status commit(const state::Changes& changes) override {
      disk_.rows_max_ = std::max(disk_.rows_max_.load(), changes.size());
      if (may_refuse_ && disk_.refusals_ > 0) {
        if (disk_.refusals_ != kForEver) --disk_.refusals_;
        return fail(ErrorKind::kResourceExhausted, "STORE_DISK_FULL", "the disk is full");
      }
      ++disk_.commits_;
      return rows_->commit(changes);
    }
    Status clear() override { return rows_->clear(); }

   private:
    FullDisk& disk_;
    const std::unique_ptr<store::PartitionStore> rows_;
    const bool may_refuse_;
  };

  const std::unique_ptr<store::Store> store_;
  std::atomic<int> refusals_;
  const int partition_;
  std::atomic<std::size_t> commits_ = 0;
  std::atomic<std::size_t> rows_max_ = 0;
};

}  // namespace lianmeng::testing
