#include "platform/store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "platform/base/assert.h"
#include "platform/store/names.h"
#include "platform/store/rocks_checkpoint.h"
#include "platform/store/rocks_errors.h"
#include "platform/store/rocks_layout.h"

namespace lianmeng::store {
namespace {

namespace fs = std::filesystem;

// Files of commits not yet taken over by RocksDB; on its file system, so that taking over is a
// rename.
constexpr std::string_view kIncoming = "incoming";

// What must be free before the list of column families changes: RocksDB then writes the options of
// all of them anew, some 7 KiB each, and ends the process when the disk fills up in the middle (it
// does not look whether an append to that file succeeded; 7.8 with assertions).
constexpr std::uintmax_t kRoomForOptions = 4u << 20;
constexpr std::uintmax_t kRoomForFamily = 16u << 10;

// A column family with more unmerged files than this is merged before the next commit: ingesting is
// not slowed down by RocksDB's own stalls (7.8), so small commits could outrun compaction, and
// every read looks into each file.
constexpr int kUnmergedFilesMax = 32;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(rocksdb::Slice slice) { return {slice.data(), slice.size()}; }

// Every option that is not RocksDB's default, with its reason.
rocksdb::Options make_options(const RocksConfig& config) {
  rocksdb::BlockBasedTableOptions table;
  // One bound for all partitions' memory: indexes and filters are in it as well.
  table.block_cache = rocksdb::NewLRUCache(config.cache_bytes, /*num_shard_bits=*/2);
  table.cache_index_and_filter_blocks = true;
  // Most lookups of a fold ask for rows that do not exist yet; 10 bits a key spare 99% of the
  // reads.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // A quarter of the index of 4 KiB blocks; lists read neighbours anyway.
  table.block_size = 16 << 10;
  // Whole, indexes and filters take the cache from each other as soon as those of all files do not
  // fit. In parts, only those of the keys that are asked for come in (README: measurements).
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;

  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // LZ4 costs 0.8 µs a row, as much as a third of a commit, and disk is not what runs short.
  options.compression = rocksdb::kNoCompression;
  // Small commits would rewrite the whole of level 1 every few files; universal merges files of
  // like size (README: measurements).
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = 6;
  // No row passes through a memtable: each column family's stays empty and as small as it may be.
  options.write_buffer_size = 64 << 10;
  options.arena_block_size = 4 << 10;
  options.max_write_buffer_number = 2;
  // Nothing to recover, to flush or to describe at start and stop.
  options.avoid_flush_during_shutdown = true;
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // A machine of two cores: one thread merges, and opening does not take more.
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 2;
  options.max_open_files = config.open_files_max;
  // The journal of changes to files is read at start; the default of 1 GiB is far too long for
  // that.
  options.max_manifest_file_size = 4 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  return options;
}

// Of a commit's file: too small for parts, which would cost each commit more than they spare.
rocksdb::Options make_commit_options(const rocksdb::Options& merged) {
  auto table = *merged.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  table.index_type = rocksdb::BlockBasedTableOptions::kBinarySearch;
  table.partition_filters = false;
  auto options = merged;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// A checkpoint may still read what its partition has dropped.
using Family = std::shared_ptr<rocksdb::ColumnFamilyHandle>;

// The database with its column families; shared by the store and its open partitions.
// Threads: RocksDB's own verbs are safe; the map is guarded.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const RocksConfig& config);

  rocksdb::DB& db() { return *db_; }
  const rocksdb::Options& commit_options() const { return commit_options_; }
  Error error(const rocksdb::Status& status) const { return translate(status, path_); }
  std::string next_incoming_file();

  // A partition's column family, or none; ends with give_back().
  Family take(const std::string& name);
  // For a partition that is held and has none. Makes those of all held partitions of its service:
  // each creation rewrites the options of all column families (30 ms of CPU with 144), a batch
  // once.
  rocksdb::Status create(const std::string& name, Family* family);
  // Forgets the column family of a partition that stays held.
  rocksdb::Status drop(const std::string& name, const Family& family);
  void give_back(const std::string& name);

  // Of a partition that is held or not; null when it has none.
  Family find(const std::string& name) const;
  // Without an identity it was created and never committed to.
  bool is_identified(const Family& family) const;
  Status import(const std::string& name, const std::string& folder, const Checkpoint& checkpoint);

  // After a write that was refused RocksDB takes no other one of any partition until it is told
  // to go on, once there is room or the disk is well.
  rocksdb::Status recover();
  void note_failed() { failed_ = true; }
  void note_commit(const rocksdb::Status& status, std::chrono::nanoseconds took);
  StoreStats stats() const;

 private:
  explicit Database(const RocksConfig& config)
      : path_(config.path),
        options_(make_options(config)),
        commit_options_(make_commit_options(options_)),
        cache_bytes_max_(config.cache_bytes) {}

  const std::string path_;
  const rocksdb::Options options_;
  const rocksdb::Options commit_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::atomic<std::uint64_t> incoming_{0};
  std::atomic<bool> failed_{false};  // The last write of some partition was refused.
  const std::size_t cache_bytes_max_;

  mutable std::mutex stats_mutex_;
  StoreStats stats_;  // Of commits; guarded by stats_mutex_.

  Family own(rocksdb::ColumnFamilyHandle* handle);
  // For so many column families more; with the lock held.
  rocksdb::Status check_room(std::size_t more) const;

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;  // Those that exist; guarded by mutex_.
  std::set<std::string> held_;              // Partitions that are open; guarded by mutex_.
};

Result<std::unique_ptr<Database>> Database::open(const RocksConfig& config) {
  std::error_code error;
  fs::create_directories(fs::path(config.path) / kIncoming, error);
  if (error) return fail(translate(error, config.path));

  std::unique_ptr<Database> made(new Database(config));
  std::vector<std::string> names;
  if (fs::exists(fs::path(config.path) / "CURRENT", error)) {
    const auto listed = rocksdb::DB::ListColumnFamilies(made->options_, config.path, &names);
    if (!listed.ok()) return fail(translate(listed, config.path));
  } else {
    names = {rocksdb::kDefaultColumnFamilyName};
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& name : names) descriptors.emplace_back(name, made->options_);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  const auto opened = rocksdb::DB::Open(made->options_, config.path, descriptors, &families, &db);
  if (!opened.ok()) return fail(translate(opened, config.path));
  made->db_.reset(db);
  for (std::size_t i = 0; i < names.size(); ++i) {
    made->families_.emplace(names[i], made->own(families[i]));
  }

  // Only now: the lock is ours, so these are what a killed process left behind.
  for (const auto& left : fs::directory_iterator(fs::path(config.path) / kIncoming, error)) {
    fs::remove(left.path(), error);
  }
  if (error) return fail(translate(error, config.path));
  return made;
}

std::string Database::next_incoming_file() {
  return fs::path(path_) / kIncoming / fmt::format("{}.sst", incoming_.fetch_add(1));
}

Family Database::own(rocksdb::ColumnFamilyHandle* handle) {
  return {handle,
          [this](rocksdb::ColumnFamilyHandle* gone) { db_->DestroyColumnFamilyHandle(gone); }};
}

Family Database::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = families_.find(name);
  return found == families_.end() ? nullptr : found->second;
}

Family Database::take(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    LM_ASSERT(held_.insert(name).second, "{}: the partition's store is open already", name);
  }
  return find(name);
}

rocksdb::Status Database::create(const std::string& name, Family* family) {
  const std::scoped_lock lock(mutex_);
  auto& found = families_[name];
  if (!found) {
    families_.erase(name);
    const std::string_view service = std::string_view(name).substr(0, name.rfind('/') + 1);
    std::vector<std::string> missing;
    for (const auto& held : held_) {
      if (held.starts_with(service) && !families_.contains(held)) missing.push_back(held);
    }
    if (auto status = check_room(missing.size()); !status.ok()) return status;
    std::vector<rocksdb::ColumnFamilyHandle*> made;
    const auto status = db_->CreateColumnFamilies(options_, missing, &made);
    // After an error the first ones may have been made.
    for (std::size_t i = 0; i < made.size(); ++i) families_.emplace(missing[i], own(made[i]));
    if (!status.ok()) return status;
  }
  *family = families_.at(name);
  return rocksdb::Status::OK();
}

rocksdb::Status Database::check_room(std::size_t more) const {
  std::error_code error;
  const auto space = fs::space(path_, error);
  const auto needed = kRoomForOptions + kRoomForFamily * (families_.size() + more);
  if (error || space.available >= needed) return rocksdb::Status::OK();
  return rocksdb::Status::NoSpace(fmt::format("{} MiB must be free", needed / (1024 * 1024) + 1));
}

rocksdb::Status Database::drop(const std::string& name, const Family& family) {
  const std::scoped_lock lock(mutex_);
  if (auto status = check_room(0); !status.ok()) return status;
  if (const auto status = db_->DropColumnFamily(family.get()); !status.ok()) return status;
  families_.erase(name);
  return rocksdb::Status::OK();
}

void Database::give_back(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  held_.erase(name);
}

Status Database::import(const std::string& name, const std::string& folder,
                        const Checkpoint& checkpoint) {
  if (auto ready = verify_and_sync(options_, folder, checkpoint); !ready) return ready;
  const std::scoped_lock lock(mutex_);
  LM_ASSERT(!held_.contains(name), "{} is open", name);
  if (const auto status = check_room(1); !status.ok()) return fail(error(status));
  if (const auto found = families_.find(name); found != families_.end()) {
    LM_ASSERT(!is_identified(found->second), "{} has rows", name);
    const auto status = db_->DropColumnFamily(found->second.get());
    if (!status.ok()) return fail(error(status));
    families_.erase(found);
  }
  auto handle = import_checkpoint(*db_, options_, name, folder, checkpoint);
  if (!handle) return fail(handle.error());
  families_.emplace(name, own(*handle));
  return {};
}

bool Database::is_identified(const Family& family) const {
  std::string written;
  return db_->Get({}, family.get(), slice(kIdentityKey), &written).ok();
}

rocksdb::Status Database::recover() {
  if (!failed_) return rocksdb::Status::OK();
  const auto status = db_->Resume();
  if (status.ok()) failed_ = false;
  return status;
}

void Database::note_commit(const rocksdb::Status& status, std::chrono::nanoseconds took) {
  if (!status.ok()) failed_ = true;
  const std::scoped_lock lock(stats_mutex_);
  ++(status.ok() ? stats_.commits : stats_.commits_failed);
  stats_.commit_latency.add(took);
}

StoreStats Database::stats() const {
  StoreStats stats;
  {
    const std::scoped_lock lock(stats_mutex_);
    stats = stats_;
  }
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &stats.bytes);
  // One cache for all column families.
  db_->GetIntProperty(rocksdb::DB::Properties::kBlockCacheUsage, &stats.cache_bytes);
  stats.cache_bytes_max = cache_bytes_max_;
  return stats;
}

class RocksCursor final : public state::Cursor {
 public:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> rows, const Database& database)
      : rows_(std::move(rows)), database_(database) {}

  void seek(std::string_view key) override {
    rows_->Seek(slice(std::max(key, kFirstRowKey)));
    check();
  }
  bool valid() const override { return rows_->Valid(); }
  std::string_view key() const override { return view(rows_->key()); }
  std::string_view value() const override { return view(rows_->value()); }
  void next() override {
    rows_->Next();
    check();
  }

 private:
  // An iterator that fails looks as if it were at the end.
  void check() const {
    if (rows_->Valid()) return;
    const auto status = rows_->status();
    LM_ASSERT(status.ok(), "{}", database_.error(status).message_en);
  }

  const std::unique_ptr<rocksdb::Iterator> rows_;
  const Database& database_;
};

class EmptyCursor final : public state::Cursor {
 public:
  void seek(std::string_view) override {}
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void next() override {}
};

// Holds its column family for itself; none until the first commit.
class RocksPartition final : public PartitionStore {
 public:
  RocksPartition(std::shared_ptr<Database> database, std::string name,
                 const StoreIdentity& identity)
      : database_(std::move(database)),
        name_(std::move(name)),
        identity_(encode(identity)),
        family_(database_->take(name_)) {}

  ~RocksPartition() override { database_->give_back(name_); }

  // Drops what another identity wrote; tells whether it did.
  Result<bool> drop_if_foreign() {
    if (family_ == nullptr) return false;
    std::string written;
    const auto status = db().Get({}, family_.get(), slice(kIdentityKey), &written);
    if (status.ok() && written == identity_) {
      identified_ = true;
      return false;
    }
    // Without an identity it was created and never committed to.
    if (status.IsNotFound()) return false;
    if (!status.ok()) return fail(database_->error(status));
    if (const auto cleared = clear(); !cleared) return fail(cleared.error());
    return true;
  }

  bool get(std::string_view key, std::string* value) const override {
    if (family_ == nullptr || key < kFirstRowKey) return false;
    rocksdb::PinnableSlice found;
    const auto status = db().Get({}, family_.get(), slice(key), &found);
    if (status.IsNotFound()) return false;
    LM_ASSERT(status.ok(), "{}", database_->error(status).message_en);
    value->assign(found.data(), found.size());
    return true;
  }

  std::unique_ptr<state::Cursor> cursor() const override {
    if (family_ == nullptr) return std::make_unique<EmptyCursor>();
    return std::make_unique<RocksCursor>(
        std::unique_ptr<rocksdb::Iterator>(db().NewIterator({}, family_.get())), *database_);
  }

  Status commit(const state::Changes& changes) override {
    if (changes.empty()) return {};
    assert_keys(changes);
    const auto began = std::chrono::steady_clock::now();
    auto status = database_->recover();
    if (status.ok()) status = create();
    if (status.ok()) status = merge_when_many();
    if (status.ok()) status = ingest(changes);
    database_->note_commit(status, std::chrono::steady_clock::now() - began);
    if (!status.ok()) return fail(database_->error(status));
    identified_ = true;
    return {};
  }

  Status clear() override {
    if (family_ == nullptr) return {};
    if (const auto status = database_->recover(); !status.ok()) {
      return fail(database_->error(status));
    }
    if (const auto status = database_->drop(name_, family_); !status.ok()) {
      database_->note_failed();
      return fail(database_->error(status));
    }
    family_ = nullptr;
    identified_ = false;
    return {};
  }

 private:
  rocksdb::DB& db() const { return database_->db(); }

  rocksdb::Status create() {
    if (family_ != nullptr) return rocksdb::Status::OK();
    return database_->create(name_, &family_);
  }

  rocksdb::Status merge_when_many() {
    std::string files;
    if (!db().GetProperty(family_.get(), rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0",
                          &files) ||
        std::stoi(files) < kUnmergedFilesMax) {
      return rocksdb::Status::OK();
    }
    rocksdb::CompactRangeOptions whole;
    whole.exclusive_manual_compaction = false;  // Other partitions go on merging.
    return db().CompactRange(whole, family_.get(), nullptr, nullptr);
  }

  // One table file per commit, which RocksDB takes over as a whole: it appears in the journal of
  // files or it does not. Both are synced.
  rocksdb::Status ingest(const state::Changes& changes) {
    const auto file = database_->next_incoming_file();
    auto status = write(changes, file);
    if (status.ok()) {
      rocksdb::IngestExternalFileOptions options;
      options.move_files = true;
      // The file's place among the others is kept in the journal, not written into the file.
      options.write_global_seqno = false;
      status = db().IngestExternalFile(family_.get(), {file}, options);
    }
    if (!status.ok()) {
      std::error_code ignored;  // Open removes what stays here.
      fs::remove(file, ignored);
    }
    return status;
  }

  rocksdb::Status write(const state::Changes& changes, const std::string& file) {
    rocksdb::SstFileWriter writer({}, database_->commit_options(), family_.get());
    auto status = writer.Open(file);
    if (status.ok() && !identified_) status = writer.Put(slice(kIdentityKey), identity_);
    for (auto change = changes.begin(); status.ok() && change != changes.end(); ++change) {
      status = change->value ? writer.Put(change->key, *change->value) : writer.Delete(change->key);
    }
    if (status.ok()) status = writer.Finish();
    return status;
  }

  const std::shared_ptr<Database> database_;
  const std::string name_;
  const std::string identity_;
  Family family_;
  bool identified_ = false;  // The identity is in the column family.
};

class RocksStore final : public Store {
 public:
  explicit RocksStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<OpenedPartition> open(std::string_view service, int partition,
                               const StoreIdentity& identity) override {
    auto store =
        std::make_unique<RocksPartition>(database_, partition_name(service, partition), identity);
    const auto dropped = store->drop_if_foreign();
    if (!dropped) return fail(dropped.error());
    return OpenedPartition{std::move(store), *dropped};
  }
  bool has(std::string_view service, int partition) const override {
    const auto family = database_->find(partition_name(service, partition));
    return family != nullptr && database_->is_identified(family);
  }
  Result<Checkpoint> export_partition(std::string_view service, int partition,
                                      const std::string& folder) override {
    const auto name = partition_name(service, partition);
    const auto family = database_->find(name);
    if (family == nullptr || !database_->is_identified(family)) {
      return fail(ErrorKind::kFailedPrecondition, "STORE_EMPTY",
                  fmt::format("{} has no rows yet", name));
    }
    return export_checkpoint(database_->db(), *family, folder);
  }
  Status import_partition(std::string_view service, int partition, const std::string& folder,
                          const Checkpoint& checkpoint) override {
    return database_->import(partition_name(service, partition), folder, checkpoint);
  }
  StoreStats stats() const override { return database_->stats(); }

 private:
  const std::shared_ptr<Database> database_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const RocksConfig& config) {
  auto database = Database::open(config);
  if (!database) return fail(database.error());
  return std::make_unique<RocksStore>(std::move(*database));
}

}  // namespace lianmeng::store
