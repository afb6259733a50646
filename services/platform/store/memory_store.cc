#include "platform/store/memory_store.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "platform/base/assert.h"
#include "platform/store/names.h"

namespace lianmeng::store {
namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

// Outlives the handles on it, since both the store and a handle hold it.
struct Partition {
  std::optional<StoreIdentity> identity;  // None until something is committed.
  Rows rows;
  bool open = false;
};

class MapCursor final : public state::Cursor {
 public:
  explicit MapCursor(const Rows& rows) : rows_(rows), at_(rows.end()) {}
  void seek(std::string_view key) override { at_ = rows_.lower_bound(key); }
  bool valid() const override { return at_ != rows_.end(); }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  void next() override { ++at_; }

 private:
  const Rows& rows_;
  Rows::const_iterator at_;
};

class MemoryPartition final : public PartitionStore {
 public:
  MemoryPartition(std::shared_ptr<Partition> partition, StoreIdentity identity)
      : partition_(std::move(partition)), identity_(identity) {
    LM_ASSERT(!std::exchange(partition_->open, true), "a partition's store is open already");
  }
  ~MemoryPartition() override { partition_->open = false; }

  bool get(std::string_view key, std::string* value) const override {
    const auto row = partition_->rows.find(key);
    if (row == partition_->rows.end()) return false;
    *value = row->second;
    return true;
  }

  std::unique_ptr<state::Cursor> cursor() const override {
    return std::make_unique<MapCursor>(partition_->rows);
  }

  Status commit(const state::Changes& changes) override {
    if (changes.empty()) return {};
    assert_keys(changes);
    partition_->identity = identity_;
    for (const auto& [key, value] : changes) {
      if (value) {
        partition_->rows.insert_or_assign(key, *value);
      } else {
        partition_->rows.erase(key);
      }
    }
    return {};
  }

  Status clear() override {
    partition_->rows.clear();
    partition_->identity.reset();
    return {};
  }

 private:
  const std::shared_ptr<Partition> partition_;
  const StoreIdentity identity_;
};

class MemoryStore final : public Store {
 public:
  Result<OpenedPartition> open(std::string_view service, int partition,
                               const StoreIdentity& identity) override {
    const std::scoped_lock lock(mutex_);
    auto& held = partitions_[partition_name(service, partition)];
    if (!held) held = std::make_shared<Partition>();
    OpenedPartition opened;
    opened.rebuilt = held->identity && *held->identity != identity;
    auto store = std::make_unique<MemoryPartition>(held, identity);
    if (opened.rebuilt) LM_ASSERT(store->clear().has_value());
    opened.store = std::move(store);
    return opened;
  }
  bool has(std::string_view service, int partition) const override {
    const std::scoped_lock lock(mutex_);
    const auto held = partitions_.find(partition_name(service, partition));
    return held != partitions_.end() && held->second->identity.has_value();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Partition>> partitions_;  // Guarded by mutex_.
};

}  // namespace

std::unique_ptr<Store> open_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace lianmeng::store
