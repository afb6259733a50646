#include "platform/seal/topic/key_copy.h"

#include <gtest/gtest.h>

#include "platform/log/embedded/embedded_log.h"
#include "platform/seal/sealer.h"
#include "platform/seal/testing/scratch.h"
#include "platform/seal/topic/topic_key_store.h"

namespace lianmeng::seal {
namespace {

void tell_nobody(const std::string&) {}

class KeyCopyTest : public testing::Test {
 protected:
  KeyCopyTest() : first_(open_log("first")), second_(open_log("second")) {}

  std::unique_ptr<log::EmbeddedLog> open_log(const std::string& name) {
    auto log = log::EmbeddedLog::open({.path = scratch_.path() / name}, clock_,
                                      [](log::LogNotice, const std::string&) {});
    if (!log) throw std::runtime_error(log.error().message_en);
    return std::move(*log);
  }
  std::unique_ptr<KeyStore> files() {
    return open_file_key_store({keys(), scratch_.path() / "master.key"}, system_random(),
                               tell_nobody)
        .value();
  }
  std::unique_ptr<KeyStore> on(log::Log& log) {
    TopicKeyStoreConfig config;
    config.master_key = scratch_.path() / "master.key";
    return open_topic_key_store(config, log, clock_, system_random(), tell_nobody).value();
  }
  Result<KeyCounts> copy_files() {
    return copy_keys_of_files(keys(), *first_, clock_, with_master_key());
  }
  KeyCopyOptions with_master_key() const {
    KeyCopyOptions options;
    options.master_key = scratch_.path() / "master.key";
    return options;
  }
  std::filesystem::path backup() const { return scratch_.path() / "backup"; }
  Result<KeyCounts> back_up(log::Log& log) { return backup_keys_of_topic(log, backup(), clock_); }
  Result<KeyCounts> restore(log::Log& log) {
    return restore_keys_to_topic(backup(), log, clock_, with_master_key());
  }
  Result<KeyCounts> copy_topic() { return copy_keys_of_topic(*first_, *second_, clock_); }
  std::filesystem::path keys() const { return scratch_.path() / "keys"; }

  Scratch scratch_;
  SystemClock clock_;
  std::unique_ptr<log::EmbeddedLog> first_;
  std::unique_ptr<log::EmbeddedLog> second_;
};

TEST_F(KeyCopyTest, FromFilesToATopicToAnotherAllOpensAndWhatIsErasedStaysErased) {
  const auto store = files();
  Sealer sealer(*store, system_random());
  const auto stays = sealer.seal("p1", "phone", "138").value();
  const auto gone = sealer.seal("p2", "phone", "139").value();
  ASSERT_TRUE(store->erase(std::vector{gone.key_id}));
  // Beside the process that has the files open.
  const auto there = copy_files();
  ASSERT_TRUE(there) << there.error().message_en;
  EXPECT_EQ(there->live, 1u);
  EXPECT_EQ(there->erased, 1u);
  EXPECT_EQ(there->added, 1u);
  EXPECT_EQ(there->newly_erased, 1u);
  const auto onward = copy_topic();
  ASSERT_TRUE(onward) << onward.error().message_en;
  EXPECT_EQ(onward->added, 1u);
  EXPECT_EQ(onward->newly_erased, 1u);
  for (auto* log : {first_.get(), second_.get()}) {
    const auto copy = on(*log);
    Sealer reader(*copy, system_random());
    EXPECT_EQ(reader.open(stays, "phone").value(), "138");
    EXPECT_EQ(reader.open(gone, "phone").value(), std::nullopt);
    EXPECT_EQ(copy->get_or_create("p1").value(), stays.key_id);
  }
}

TEST_F(KeyCopyTest, AgainItAddsWhatIsNewAndErasesWhatWasErasedSince) {
  const auto store = files();
  const auto one = store->get_or_create("p1").value();
  ASSERT_TRUE(copy_files());
  EXPECT_EQ(copy_files().value().added, 0u);
  ASSERT_TRUE(store->get_or_create("p2"));
  ASSERT_TRUE(store->erase(std::vector{one}));
  const auto again = copy_files().value();
  EXPECT_EQ(again.added, 1u);
  EXPECT_EQ(again.newly_erased, 1u);
  EXPECT_EQ(on(*first_)->get(one)->state, FoundKey::State::kErased);
  // What the target has erased comes back from no source.
  const auto two = *store->find("p2").value();
  ASSERT_TRUE(on(*first_)->erase(std::vector{two}));
  EXPECT_EQ(copy_files().value().added, 0u);
  EXPECT_EQ(on(*first_)->get(two)->state, FoundKey::State::kErased);
}

TEST_F(KeyCopyTest, TwoKeysOfOnePersonKeepTheirRank) {
  std::vector<std::string> ids;
  {
    const auto store = on(*first_);
    ids.push_back(store->get_or_create("p1").value());
  }
  ASSERT_TRUE(copy_topic());
  {
    // Each cluster went on for a while: the same person has a key of either.
    ASSERT_TRUE(on(*first_)->erase(ids));
    ids.push_back(on(*first_)->get_or_create("p1").value());
  }
  ASSERT_TRUE(copy_topic());
  EXPECT_EQ(on(*second_)->find("p1").value(), ids[1]);
  EXPECT_EQ(on(*second_)->get(ids[0])->state, FoundKey::State::kErased);
}

TEST_F(KeyCopyTest, TheKeysOfAnotherStoreAreLeftAlone) {
  ASSERT_TRUE(files()->get_or_create("p1"));
  const auto master = scratch_.path() / "master.key";
  std::filesystem::rename(master, scratch_.path() / "of the files");
  ASSERT_TRUE(on(*first_)->get_or_create("p1"));  // With a master key of its own.
  const auto refused = copy_files();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "KEYS_DIFFER");
  EXPECT_EQ(on(*first_)->list()->size(), 1u);
  EXPECT_EQ(copy_keys_of_files(scratch_.path() / "nowhere", *first_, clock_).error().reason,
            "KEY_STORE_MISSING");
}

TEST_F(KeyCopyTest, WhereThereAreNoKeysNothingIsWritten) {
  EXPECT_EQ(copy_topic().value().added, 0u);
  EXPECT_EQ(on(*second_)->list()->size(), 0u);
}

TEST_F(KeyCopyTest, ALostTopicComesBackFromItsBackup) {
  const auto store = on(*first_);
  Sealer sealer(*store, system_random());
  const auto stays = sealer.seal("p1", "phone", "138").value();
  const auto gone = sealer.seal("p2", "phone", "139").value();
  ASSERT_TRUE(store->erase(std::vector{gone.key_id}));
  const auto saved = back_up(*first_);  // Beside the host that has it open.
  ASSERT_TRUE(saved) << saved.error().message_en;
  EXPECT_EQ(saved->live, 1u);
  EXPECT_EQ(saved->erased, 1u);
  EXPECT_EQ(back_up(*first_).error().reason, "KEY_BACKUP_EXISTS");

  const auto restored = restore(*second_);
  ASSERT_TRUE(restored) << restored.error().message_en;
  EXPECT_EQ(restored->added, 1u);
  EXPECT_EQ(restored->newly_erased, 1u);
  const auto again = restore(*second_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->added + again->newly_erased, 0u);
  // The files of one machine take the same backup.
  ASSERT_TRUE(restore_keys(backup(), {keys(), scratch_.path() / "master.key"}, tell_nobody));
  const auto of_topic = on(*second_);
  const auto of_files = files();
  for (auto* copy : {of_topic.get(), of_files.get()}) {
    Sealer reader(*copy, system_random());
    EXPECT_EQ(reader.open(stays, "phone").value(), "138");
    EXPECT_EQ(reader.open(gone, "phone").value(), std::nullopt);
  }
}

TEST_F(KeyCopyTest, AnOlderBackupBringsBackNothingThatWasErasedAndLosesNothingNew) {
  const auto store = on(*first_);
  Sealer sealer(*store, system_random());
  const auto gone = sealer.seal("p1", "phone", "138").value();
  ASSERT_TRUE(back_up(*first_));
  ASSERT_TRUE(store->erase(std::vector{gone.key_id}));
  const auto later = sealer.seal("p2", "phone", "139").value();
  const auto restored = restore(*first_);
  ASSERT_TRUE(restored) << restored.error().message_en;
  EXPECT_EQ(restored->added, 0u);
  EXPECT_EQ(sealer.open(gone, "phone").value(), std::nullopt);
  EXPECT_EQ(sealer.open(later, "phone").value(), "139");

  // A topic that was lost, and whose erasures the log has repeated before the backup came: a host
  // has made it anew, with a check of its own.
  const auto anew = on(*second_);
  ASSERT_TRUE(anew->erase(std::vector{gone.key_id}));
  const auto late = restore(*second_);
  ASSERT_TRUE(late) << late.error().message_en;
  EXPECT_EQ(late->added, 0u);
  EXPECT_EQ(anew->get(gone.key_id)->state, FoundKey::State::kErased);
}

TEST_F(KeyCopyTest, ARestoreNeedsTheMasterKeyOfItsBackup) {
  EXPECT_EQ(back_up(*first_).error().reason, "KEY_STORE_MISSING");
  EXPECT_EQ(restore(*first_).error().reason, "KEY_BACKUP_MISSING");
  ASSERT_TRUE(on(*first_)->get_or_create("p1"));
  ASSERT_TRUE(back_up(*first_));
  std::filesystem::remove(scratch_.path() / "master.key");
  EXPECT_EQ(restore(*second_).error().reason, "MASTER_KEY_MISSING");
  ASSERT_TRUE(on(*second_)->get_or_create("p1"));  // With another one.
  EXPECT_EQ(restore(*second_).error().reason, "MASTER_KEY_WRONG");
  EXPECT_EQ(on(*second_)->list()->size(), 1u);
}

}  // namespace
}  // namespace lianmeng::seal
