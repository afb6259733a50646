#include "platform/seal/key_backup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "platform/seal/sealer.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

class KeyBackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "lianmeng-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    open();
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(root_);
  }

  FileKeyStoreConfig config() const { return {root_ / "keys", root_ / "master.key"}; }
  fs::path backup_path() const { return root_ / "backup"; }
  void open() {
    store_.reset();
    auto opened = open_file_key_store(config(), system_random(), [](const std::string&) {});
    ASSERT_TRUE(opened.has_value()) << opened.error().message_en;
    store_ = std::move(*opened);
  }
  Sealer sealer() { return Sealer(*store_, system_random()); }
  Result<KeyCounts> restore() {
    return restore_keys(backup_path(), config(),
                        [this](const std::string& text) { notices_.push_back(text); });
  }
  std::string state_of(const SealedValue& value) {
    const auto text = sealer().open(value, "phone");
    return !text ? text.error().reason : text->value_or("erased");
  }
  void spill(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root_;
  std::unique_ptr<KeyStore> store_;
  std::vector<std::string> notices_;
};

TEST_F(KeyBackupTest, ALostStoreComesBack) {
  const auto one = sealer().seal("p1", "phone", "138").value();
  const auto gone = sealer().seal("p2", "phone", "139").value();
  ASSERT_TRUE(store_->erase(std::vector{gone.key_id}));
  const auto counts = backup_keys(config().directory, backup_path());  // While it is open.
  ASSERT_TRUE(counts.has_value());
  EXPECT_EQ(counts->live, 1u);
  EXPECT_EQ(counts->erased, 1u);
  struct stat info {};
  ASSERT_EQ(::stat(backup_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);

  store_.reset();
  fs::remove_all(config().directory);
  const auto restored = restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().message_en;
  EXPECT_EQ(restored->added, 1u);
  open();
  EXPECT_EQ(state_of(one), "138");
  EXPECT_EQ(state_of(gone), "erased");
}

TEST_F(KeyBackupTest, AnOlderBackupBringsBackNothingThatWasErasedAndLosesNothingNew) {
  const auto gone = sealer().seal("p1", "phone", "138").value();
  ASSERT_TRUE(backup_keys(config().directory, backup_path()));
  ASSERT_TRUE(store_->erase(std::vector{gone.key_id}));
  const auto later = sealer().seal("p2", "phone", "139").value();
  store_.reset();
  const auto restored = restore();
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(restored->added, 0u);
  EXPECT_EQ(restored->newly_erased, 0u);
  EXPECT_EQ(restored->live, 1u);
  open();
  EXPECT_EQ(state_of(gone), "erased");
  EXPECT_EQ(state_of(later), "139");
}

TEST_F(KeyBackupTest, WhatIsErasedInTheBackupStaysErased) {
  const auto value = sealer().seal("p1", "phone", "138").value();
  store_.reset();
  const auto live = slurp(config().directory / "keys");
  open();
  ASSERT_TRUE(store_->erase(std::vector{value.key_id}));
  ASSERT_TRUE(backup_keys(config().directory, backup_path()));
  store_.reset();
  spill(config().directory / "keys", live);
  ASSERT_TRUE(restore());
  open();
  EXPECT_EQ(state_of(value), "erased");
}

TEST_F(KeyBackupTest, ADamagedStoreIsSetAside) {
  const auto one = sealer().seal("p1", "phone", "138").value();
  ASSERT_TRUE(backup_keys(config().directory, backup_path()));
  store_.reset();
  spill(config().directory / "keys", "something else");
  ASSERT_TRUE(restore());
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_NE(notices_[0].find("keys.damaged"), std::string::npos);
  open();
  EXPECT_EQ(state_of(one), "138");
  // A second one is not put on top of the first.
  store_.reset();
  spill(config().directory / "keys", "something else");
  EXPECT_EQ(restore().error().reason, "KEY_STORE_DAMAGED");
}

TEST_F(KeyBackupTest, IsRefusedWithTheRemedy) {
  ASSERT_TRUE(store_->get_or_create("p1"));
  EXPECT_EQ(backup_keys(root_ / "nowhere", backup_path()).error().reason, "KEY_STORE_MISSING");
  EXPECT_EQ(restore().error().reason, "KEY_BACKUP_MISSING");
  ASSERT_TRUE(backup_keys(config().directory, backup_path()));
  EXPECT_EQ(backup_keys(config().directory, backup_path()).error().reason, "KEY_BACKUP_EXISTS");
  EXPECT_EQ(restore().error().reason, "KEY_STORE_LOCKED");  // It is open.
  store_.reset();

  const auto master = slurp(config().master_key);
  fs::remove(config().master_key);
  EXPECT_EQ(restore().error().reason, "MASTER_KEY_MISSING");
  spill(config().master_key, std::string(32, 'x'));
  fs::permissions(config().master_key, fs::perms(0600));
  EXPECT_EQ(restore().error().reason, "MASTER_KEY_WRONG");
  spill(config().master_key, master);

  const auto good = slurp(backup_path());
  for (std::size_t size = 0; size < good.size(); ++size) {
    spill(backup_path(), good.substr(0, size));
    EXPECT_EQ(restore().error().reason, "KEY_BACKUP_DAMAGED") << size;
  }
  open();
  EXPECT_EQ(store_->list()->size(), 1u);
}

TEST_F(KeyBackupTest, ABackupTakenWhileKeysAreErasedIsWhole) {
  std::vector<std::string> subjects;
  for (int i = 0; i < 200; ++i) subjects.push_back("p" + std::to_string(i));
  const auto ids = store_->get_or_create_all(subjects).value();
  std::atomic<bool> done = false;
  std::thread eraser([&] {
    for (const auto& id : ids) ASSERT_TRUE(store_->erase(std::vector{id}));
    done = true;
  });
  int taken = 0;
  do {
    const auto path = root_ / ("backup-" + std::to_string(taken));
    const auto counts = backup_keys(config().directory, path);
    if (counts) {
      EXPECT_EQ(counts->live + counts->erased, 200u);
      ++taken;
    } else {
      EXPECT_EQ(counts.error().reason, "KEY_STORE_BUSY");
    }
  } while (!done);
  eraser.join();
  ASSERT_TRUE(backup_keys(config().directory, backup_path()));
}

}  // namespace
}  // namespace lianmeng::seal
