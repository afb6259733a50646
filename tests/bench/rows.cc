#include "bench/rows.h"

#include <cstring>
#include <functional>

#include "platform/runtime/tables.h"
#include "platform/store/memory_store.h"
#include "platform/store/names.h"

namespace lianmeng::bench {
namespace {

using OnCommit = std::function<void(const std::string& partition, const state::Changes& changes)>;

// A store in memory that tells what is committed to it.
class ToldPartition final : public store::PartitionStore {
 public:
  ToldPartition(std::unique_ptr<store::PartitionStore> below, std::string name,
                const OnCommit& on_commit)
      : below_(std::move(below)), name_(std::move(name)), on_commit_(on_commit) {}

  bool get(std::string_view key, std::string* value) const override {
    return below_->get(key, value);
  }
  std::unique_ptr<state::Cursor> cursor() const override { return below_->cursor(); }
  Status commit(const state::Changes& changes) override {
    on_commit_(name_, changes);
    return below_->commit(changes);
  }
  Status clear() override { return below_->clear(); }

 private:
  const std::unique_ptr<store::PartitionStore> below_;
  const std::string name_;
  const OnCommit& on_commit_;
};

class ToldStore final : public store::Store {
 public:
  explicit ToldStore(OnCommit on_commit) : on_commit_(std::move(on_commit)) {}

  Result<store::OpenedPartition> open(std::string_view service, int partition,
                                      const store::StoreIdentity& identity) override {
    auto opened = below_->open(service, partition, identity);
    if (!opened) return opened;
    return store::OpenedPartition{
        std::make_unique<ToldPartition>(std::move(opened->store),
                                        store::partition_name(service, partition), on_commit_),
        opened->rebuilt};
  }
  bool has(std::string_view service, int partition) const override {
    return below_->has(service, partition);
  }

 private:
  const OnCommit on_commit_;
  const std::unique_ptr<store::Store> below_ = store::open_memory_store();
};

}  // namespace

void Rows::add(std::string_view key, const std::optional<std::string>& value) {
  write(key);
  bytes_.push_back(value ? '\1' : '\0');
  if (value) write(*value);
  ++count_;
}

void Rows::write(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char head[sizeof size];
  std::memcpy(head, &size, sizeof size);
  bytes_.append(head, sizeof head).append(text);
}

std::string_view Rows::read(std::size_t* at) const {
  std::uint32_t size = 0;
  std::memcpy(&size, bytes_.data() + *at, sizeof size);
  const auto text = std::string_view(bytes_).substr(*at + sizeof size, size);
  *at += sizeof size + size;
  return text;
}

RowsOfRecords rows_of_records(const FoldingPlan& plan) {
  RowsOfRecords rows;
  for (const auto& reading : plan.readings) rows.emplace_back(reading.records->size());
  Rows* at = nullptr;
  ToldStore store([&](const std::string&, const state::Changes& changes) {
    for (const auto& [key, value] : changes) {
      if (static_cast<std::uint8_t>(key[0]) != runtime::tables::kPositions) at->add(key, value);
    }
  });
  Folding folding(plan, store, Flushing::kEachRecord);
  folding.before_record = [&](std::size_t reading, std::size_t record) {
    at = &rows[reading][record];
  };
  Stopwatch unused;
  folding.run(unused);
  return rows;
}

std::vector<Commit> commits_of(const FoldingPlan& plan) {
  std::vector<Commit> commits;
  ToldStore store([&](const std::string& partition, const state::Changes& changes) {
    commits.push_back({partition, {}});
    for (const auto& [key, value] : changes) commits.back().rows.add(key, value);
  });
  Folding folding(plan, store, Flushing::kAsTheLoop);
  Stopwatch unused;
  folding.run(unused);
  return commits;
}

}  // namespace lianmeng::bench
