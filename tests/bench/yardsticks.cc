#include "bench/yardsticks.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/utilities/options_util.h>

#include <map>
#include <memory>
#include <set>

#include "platform/base/assert.h"
#include "platform/runtime/envelope.h"
#include "platform/state/view.h"
#include "platform/store/rocks_store.h"

namespace lianmeng::bench {
namespace {

// Larger than any commit.
constexpr std::size_t kMemtableBytes = 64u << 20;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

void check(const rocksdb::Status& status) { LM_ASSERT(status.ok(), "{}", status.ToString()); }

// The file that the store's RocksDB keeps of its options, so that none is repeated here.
rocksdb::Options options_like(const std::filesystem::path& store) {
  rocksdb::DBOptions db;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  auto cache = rocksdb::NewLRUCache(store::RocksConfig{}.cache_bytes, /*num_shard_bits=*/2);
  check(
      rocksdb::LoadLatestOptions(rocksdb::ConfigOptions(), store.string(), &db, &families, &cache));
  rocksdb::Options options(db, families.back().options);
  options.create_if_missing = true;
  options.write_buffer_size = kMemtableBytes;
  options.arena_block_size = 0;  // RocksDB's own choice.
  return options;
}

}  // namespace

void decode_and_insert(const FoldingPlan& plan, const RowsOfRecords& rows, const Parts& parts,
                       Stopwatch& stopwatch) {
  const state::EmptyView empty;
  std::vector<std::unique_ptr<state::Layer>> tables;
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    tables.push_back(std::make_unique<state::Layer>(empty));
  }
  deliver_in_turns(
      plan, kRecordsADelivery, [&](std::size_t index, std::size_t first, std::size_t count) {
        const auto& reading = plan.readings[index];
        auto records = stopwatch.without([&] {
          if (!parts.envelope) return std::vector<log::Record>();
          const auto begin = reading.records->begin() + static_cast<std::ptrdiff_t>(first);
          return std::vector<log::Record>(begin, begin + static_cast<std::ptrdiff_t>(count));
        });
        auto& table = *tables[reading.slot];
        for (std::size_t i = 0; i < count; ++i) {
          if (parts.envelope) {
            const auto envelope = runtime::parse_record(std::move(records[i]));
            LM_ASSERT(envelope.has_value());
            if (parts.event) {
              runtime::decode_event(*reading.prototype, envelope->type, envelope->value);
            }
          }
          if (!parts.rows) continue;
          rows[index][first + i].each(
              [&](std::string_view key, std::string_view value) { table.put(key, value); },
              [&](std::string_view key) { table.erase(key); });
        }
      });
  stopwatch.without([&] { tables.clear(); });
}

void write_batches(const std::vector<Commit>& commits, const std::filesystem::path& like,
                   const std::filesystem::path& folder) {
  const auto options = options_like(like);
  rocksdb::DB* made = nullptr;
  check(rocksdb::DB::Open(options, folder.string(), &made));
  const std::unique_ptr<rocksdb::DB> db(made);
  std::set<std::string> distinct;
  for (const auto& commit : commits) distinct.insert(commit.partition);
  const std::vector<std::string> names(distinct.begin(), distinct.end());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  check(db->CreateColumnFamilies(options, names, &handles));
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> families;
  for (std::size_t i = 0; i < names.size(); ++i) families[names[i]] = handles[i];

  rocksdb::WriteOptions without_wal;
  without_wal.disableWAL = true;
  for (const auto& commit : commits) {
    auto* const family = families.find(commit.partition)->second;
    rocksdb::WriteBatch batch;
    commit.rows.each(
        [&](std::string_view key, std::string_view value) {
          check(batch.Put(family, slice(key), slice(value)));
        },
        [&](std::string_view key) { check(batch.Delete(family, slice(key))); });
    check(db->Write(without_wal, &batch));
    check(db->Flush(rocksdb::FlushOptions(), family));
  }
  for (auto* handle : handles) check(db->DestroyColumnFamilyHandle(handle));
}

}  // namespace lianmeng::bench
