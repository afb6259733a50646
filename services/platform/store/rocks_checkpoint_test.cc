// A partition's rows as files that another store takes over.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

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

}  // namespace
}  // namespace lianmeng::store
