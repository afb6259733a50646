// A partition's rows as files that another store takes over.
#include "platform/store/rocks_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/store/rocks_store.h"

namespace lianmeng::store {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<std::string, std::string>;

constexpr StoreIdentity kIdentity{.fold_version = 1};

class RocksCheckpointTest : public ::testing::Test {
 protected:
  RocksCheckpointTest()
      : folder_(fs::temp_directory_path() / ("lianmeng-checkpoint-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    from_ = open_store("from");
    to_ = open_store("to");
  }
  ~RocksCheckpointTest() override {
    from_.reset();
    to_.reset();
    fs::remove_all(folder_);
  }

  std::unique_ptr<Store> open_store(const std::string& name) const {
    auto store = open_rocks_store({.path = folder_ / name, .open_files_max = 64});
    EXPECT_TRUE(store.has_value());
    return std::move(*store);
  }
  static std::unique_ptr<PartitionStore> open(Store& store, StoreIdentity identity = kIdentity) {
    auto opened = store.open("dispatch", 7, identity);
    EXPECT_TRUE(opened.has_value());
    return std::move(opened->store);
  }
  // Commit n writes n into shared rows, a row of its own, and erases that of the commit before.
  static void commit(PartitionStore& partition, int n) {
    state::Changes changes;
    for (int row = 0; row < 40; ++row) changes.set("same" + std::to_string(row), std::to_string(n));
    changes.set("own" + std::to_string(n), "");
    if (n > 1) changes.set("own" + std::to_string(n - 1), std::nullopt);
    ASSERT_TRUE(partition.commit(changes).has_value());
  }
  static Rows rows_of(const state::View& view) {
    Rows rows;
    const auto cursor = view.cursor();
    for (cursor->seek(""); cursor->valid(); cursor->next())
      rows.emplace(cursor->key(), cursor->value());
    return rows;
  }
  std::string checkpoint_folder() const { return folder_ / "checkpoint"; }
  Result<Checkpoint> export_it() {
    return from_->export_partition("dispatch", 7, checkpoint_folder());
  }
  Status import_it(const Checkpoint& checkpoint) {
    return to_->import_partition("dispatch", 7, checkpoint_folder(), checkpoint);
  }

  fs::path folder_;
  std::unique_ptr<Store> from_;
  std::unique_ptr<Store> to_;
};

// More commits than are left unmerged, so that files of several levels and sequences are among
// them.
TEST_F(RocksCheckpointTest, AnotherStoreTakesOverTheRowsOfTheMomentAndGoesOn) {
  const auto writer = open(*from_);
  for (int n = 1; n <= 50; ++n) commit(*writer, n);
  const auto then = rows_of(*writer);
  const auto checkpoint = export_it();
  ASSERT_TRUE(checkpoint.has_value()) << checkpoint.error().message_en;
  commit(*writer, 51);

  EXPECT_FALSE(to_->has("dispatch", 7));
  const auto imported = import_it(*checkpoint);
  ASSERT_TRUE(imported.has_value()) << imported.error().message_en;
  EXPECT_TRUE(to_->has("dispatch", 7));
  auto reader = open(*to_);
  EXPECT_EQ(rows_of(*reader), then);

  for (int n = 51; n <= 120; ++n) commit(*reader, n);
  for (int n = 52; n <= 120; ++n) commit(*writer, n);
  EXPECT_EQ(rows_of(*reader), rows_of(*writer));
  reader.reset();
  to_.reset();
  to_ = open_store("to");
  EXPECT_EQ(rows_of(*open(*to_)), rows_of(*writer));
}

TEST_F(RocksCheckpointTest, ItStaysWhatItWasWhenItsPartitionIsDropped) {
  const auto writer = open(*from_);
  for (int n = 1; n <= 3; ++n) commit(*writer, n);
  const auto then = rows_of(*writer);
  const auto checkpoint = export_it();
  ASSERT_TRUE(checkpoint.has_value());
  ASSERT_TRUE(writer->clear().has_value());
  EXPECT_FALSE(from_->has("dispatch", 7));
  ASSERT_TRUE(import_it(*checkpoint).has_value());
  EXPECT_EQ(rows_of(*open(*to_)), then);
}

TEST_F(RocksCheckpointTest, RowsOfAnotherFoldAreDroppedAtOpen) {
  commit(*open(*from_), 1);
  const auto checkpoint = export_it();
  ASSERT_TRUE(checkpoint.has_value());
  ASSERT_TRUE(import_it(*checkpoint).has_value());
  const auto opened = to_->open("dispatch", 7, {.fold_version = 2});
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(opened->rebuilt);
  EXPECT_TRUE(rows_of(*opened->store).empty());
}

TEST_F(RocksCheckpointTest, ADamagedFileIsNamedAndNothingIsTakenOver) {
  const auto writer = open(*from_);
  for (int n = 1; n <= 3; ++n) commit(*writer, n);
  const auto checkpoint = export_it();
  ASSERT_TRUE(checkpoint.has_value());
  const auto file = fs::path(checkpoint_folder()) / checkpoint->files.back().name;
  // A copy, since the file itself is the exporting store's too.
  fs::copy_file(file, file.string() + ".copy");
  fs::rename(file.string() + ".copy", file);
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(20);
    damage << "damaged";
  }
  const auto imported = import_it(*checkpoint);
  ASSERT_FALSE(imported.has_value());
  EXPECT_EQ(imported.error().reason, "STORE_DAMAGED");
  EXPECT_NE(imported.error().message_en.find(file.filename()), std::string::npos);
  EXPECT_FALSE(to_->has("dispatch", 7));
  EXPECT_TRUE(rows_of(*open(*to_)).empty());
}

TEST_F(RocksCheckpointTest, APartitionWithoutRowsHasNoCheckpoint) {
  const auto exported = export_it();
  ASSERT_FALSE(exported.has_value());
  EXPECT_EQ(exported.error().reason, "STORE_EMPTY");
}

// What a power cut would find: what was synced and linked, in its order.
class SyncRecorder final : public rocksdb::EnvWrapper {
 public:
  SyncRecorder() : rocksdb::EnvWrapper(rocksdb::Env::Default()) {}

  const char* Name() const override { return "SyncRecorder"; }
  rocksdb::Status ReopenWritableFile(const std::string& path,
                                     std::unique_ptr<rocksdb::WritableFile>* file,
                                     const rocksdb::EnvOptions& options) override {
    auto status = target()->ReopenWritableFile(path, file, options);
    if (status.ok()) *file = std::make_unique<File>(std::move(*file), path, done);
    return status;
  }
  rocksdb::Status LinkFile(const std::string& from, const std::string& to) override {
    done.push_back("link " + fs::path(from).filename().string());
    return target()->LinkFile(from, to);
  }
  rocksdb::Status NewDirectory(const std::string& path,
                               std::unique_ptr<rocksdb::Directory>* folder) override {
    auto status = target()->NewDirectory(path, folder);
    if (status.ok()) *folder = std::make_unique<Folder>(std::move(*folder), path, done);
    return status;
  }

  std::vector<std::string> done;  // Of one thread.

 private:
  class File final : public rocksdb::WritableFileWrapper {
   public:
    File(std::unique_ptr<rocksdb::WritableFile> file, const std::string& path,
         std::vector<std::string>& done)
        : WritableFileWrapper(file.get()),
          file_(std::move(file)),
          name_(fs::path(path).filename()),
          done_(done) {}
    rocksdb::Status Sync() override {
      done_.push_back("sync " + name_);
      return file_->Sync();
    }

   private:
    const std::unique_ptr<rocksdb::WritableFile> file_;
    const std::string name_;
    std::vector<std::string>& done_;
  };
  class Folder final : public rocksdb::Directory {
   public:
    Folder(std::unique_ptr<rocksdb::Directory> folder, const std::string& path,
           std::vector<std::string>& done)
        : folder_(std::move(folder)), name_(fs::path(path).filename()), done_(done) {}
    rocksdb::Status Fsync() override {
      done_.push_back("names of " + name_);
      return folder_->Fsync();
    }

   private:
    const std::unique_ptr<rocksdb::Directory> folder_;
    const std::string name_;
    std::vector<std::string>& done_;
  };

  rocksdb::Env* target() const { return rocksdb::Env::Default(); }
};

// RocksDB's journal that names them is synced at once.
TEST_F(RocksCheckpointTest, EveryFileIsSyncedBeforeItIsTakenOverAndItsNameThen) {
  const auto writer = open(*from_);
  for (int n = 1; n <= 3; ++n) commit(*writer, n);
  const auto checkpoint = export_it();
  ASSERT_TRUE(checkpoint.has_value());
  SyncRecorder disk;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = &disk;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder_ / "db", &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  disk.done.clear();
  ASSERT_TRUE(verify_and_sync(options, checkpoint_folder(), *checkpoint).has_value());
  const auto imported = import_checkpoint(*db, options, "07", checkpoint_folder(), *checkpoint);
  ASSERT_TRUE(imported.has_value()) << imported.error().message_en;
  db->DestroyColumnFamilyHandle(*imported);

  std::vector<std::string> expected;
  for (const auto& file : checkpoint->files) expected.push_back("sync " + file.name);
  const auto first_link = std::ranges::find_if(
      disk.done, [](const std::string& what) { return what.starts_with("link "); });
  EXPECT_THAT(std::vector(disk.done.begin(), first_link), testing::IsSupersetOf(expected));
  expected.clear();
  for (const auto& file : checkpoint->files) expected.push_back("link " + file.name);
  expected.push_back("names of db");
  EXPECT_THAT(std::vector(first_link, disk.done.end()),
              testing::UnorderedElementsAreArray(expected));
  EXPECT_EQ(disk.done.back(), "names of db");
}

}  // namespace
}  // namespace lianmeng::store
