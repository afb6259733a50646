#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "platform/seal/file_key_store.h"
#include "platform/seal/master_key.h"
#include "platform/seal/sealer.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class SealTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "lianmeng-seal-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(root_);
  }

  FileKeyStoreConfig config() const { return {root_ / "keys", root_ / "master.key"}; }
  fs::path file() const { return root_ / "keys" / "keys"; }

  Status reopen() {
    store_.reset();
    auto opened = open_file_key_store(
        config(), system_random(), [this](const std::string& text) { notices_.push_back(text); });
    if (!opened) return fail(opened.error());
    store_ = std::move(*opened);
    return {};
  }
  std::string reason_of_reopening() {
    const auto opened = reopen();
    return opened ? "" : opened.error().reason;
  }
  Sealer sealer() { return Sealer(*store_, system_random()); }

  fs::path root_;
  std::unique_ptr<KeyStore> store_;
  std::vector<std::string> notices_;
};

TEST_F(SealTest, WhatIsSealedOpensAgainAfterARestart) {
  ASSERT_TRUE(reopen());
  const auto phone = sealer().seal("610524-p3", "phone", "13800001234");
  ASSERT_TRUE(phone);
  EXPECT_EQ(phone->nonce.size(), 12u);
  EXPECT_EQ(phone->ciphertext.find("1380"), std::string::npos);
  ASSERT_TRUE(reopen());
  EXPECT_EQ(sealer().open(*phone, "phone").value(), "13800001234");
  EXPECT_EQ(store_->get_or_create("610524-p3").value(), phone->key_id);
  EXPECT_NE(store_->get_or_create("610524-p4").value(), phone->key_id);
}

TEST_F(SealTest, EmptyTextAndTheLongestAreSealed) {
  ASSERT_TRUE(reopen());
  for (const auto& text : {std::string(), std::string(Sealer::kValueMax, 'x')}) {
    const auto sealed = sealer().seal("p1", "address", text);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealer().open(*sealed, "address").value(), text);
  }
  const auto refused = sealer().seal("p1", "address", std::string(Sealer::kValueMax + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "SEAL_VALUE_SIZE");
}

TEST_F(SealTest, TheSameTextIsNeverSealedAlike) {
  ASSERT_TRUE(reopen());
  const auto one = sealer().seal("p1", "phone", "13800001234").value();
  const auto two = sealer().seal("p1", "phone", "13800001234").value();
  EXPECT_EQ(one.key_id, two.key_id);
  EXPECT_NE(one.nonce, two.nonce);
  EXPECT_NE(one.ciphertext, two.ciphertext);
}

TEST_F(SealTest, LaterValuesGoUnderTheKeyOfTheFirst) {
  ASSERT_TRUE(reopen());
  const auto name = sealer().seal("request:610524/r1", "name", "王某").value();
  const auto phone = sealer().seal_under(name.key_id, "phone", "13800001234").value();
  ASSERT_TRUE(store_->erase(std::vector{name.key_id}));
  EXPECT_EQ(sealer().open(phone, "phone").value(), std::nullopt);
}

TEST_F(SealTest, EveryAlteredBitIsNoticed) {
  ASSERT_TRUE(reopen());
  const auto sealed = sealer().seal("p1", "phone", "138").value();
  for (std::size_t i = 0; i < sealed.ciphertext.size(); ++i) {
    auto altered = sealed;
    altered.ciphertext[i] ^= 1;
    EXPECT_EQ(sealer().open(altered, "phone").error().reason, "SEAL_BROKEN");
  }
  auto other_nonce = sealed;
  other_nonce.nonce[0] ^= 1;
  EXPECT_EQ(sealer().open(other_nonce, "phone").error().reason, "SEAL_BROKEN");
  auto cut = sealed;
  cut.ciphertext.resize(5);
  EXPECT_EQ(sealer().open(cut, "phone").error().reason, "SEAL_BROKEN");
}

TEST_F(SealTest, AValueOpensOnlyAsItsOwnFieldAndPerson) {
  ASSERT_TRUE(reopen());
  const auto sealed = sealer().seal("p1", "phone", "138").value();
  EXPECT_EQ(sealer().open(sealed, "address").error().reason, "SEAL_BROKEN");
  auto stolen = sealed;
  stolen.key_id = store_->get_or_create("p2").value();
  EXPECT_EQ(sealer().open(stolen, "phone").error().reason, "SEAL_BROKEN");
}

TEST_F(SealTest, AnErasedKeyReadsAsErasedForEver) {
  ASSERT_TRUE(reopen());
  const auto gone = sealer().seal("p1", "phone", "138").value();
  const auto stays = sealer().seal("p2", "phone", "139").value();
  ASSERT_TRUE(store_->erase(std::vector{gone.key_id}));
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(sealer().open(gone, "phone").value(), std::nullopt);
    EXPECT_EQ(sealer().open(stays, "phone").value(), "139");
    EXPECT_EQ(sealer().seal_under(gone.key_id, "phone", "1").error().reason, "SEAL_KEY_ERASED");
    ASSERT_TRUE(reopen());
  }
  EXPECT_NE(store_->get_or_create("p1").value(), gone.key_id);
}

TEST_F(SealTest, AnErasedKeyIsNoLongerInTheFile) {
  ASSERT_TRUE(reopen());
  const auto before = slurp(file()).size();
  const auto id = store_->get_or_create("610524-p3").value();
  ASSERT_TRUE(store_->get_or_create("610524-p4"));
  // The wrapped key stands behind its id.
  const auto bytes = slurp(file());
  const auto wrapped = bytes.substr(bytes.find(id) + id.size(), kWrappedBytes);
  ASSERT_TRUE(store_->erase(std::vector{id}));
  const auto after = slurp(file());
  EXPECT_EQ(after.find(wrapped), std::string::npos);
  EXPECT_EQ(after.find("610524-p3"), std::string::npos);
  EXPECT_NE(after.find("610524-p4"), std::string::npos);
  EXPECT_GT(after.size(), before);
}

TEST_F(SealTest, ErasuresOfTheLogAreRepeatedAfterARestore) {
  ASSERT_TRUE(reopen());
  const auto sealed = sealer().seal("p1", "phone", "138").value();
  store_.reset();
  const auto backup = slurp(file());
  ASSERT_TRUE(reopen());
  const std::string never_here(32, 'a');
  ASSERT_TRUE(store_->erase(std::vector{sealed.key_id, never_here}));
  store_.reset();
  spill(file(), backup);
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(store_->erase(std::vector{sealed.key_id, never_here}));
  ASSERT_TRUE(store_->erase(std::vector{sealed.key_id, never_here}));
  EXPECT_EQ(sealer().open(sealed, "phone").value(), std::nullopt);
  EXPECT_EQ(store_->get(never_here)->state, FoundKey::State::kErased);
  EXPECT_FALSE(store_->erase(std::vector<std::string>{"not a key id"}));
}

TEST_F(SealTest, AKeyThatWasNeverHereIsAnErrorAndNotErased) {
  ASSERT_TRUE(reopen());
  auto sealed = sealer().seal("p1", "phone", "138").value();
  sealed.key_id = std::string(32, 'a');
  EXPECT_EQ(sealer().open(sealed, "phone").error().reason, "SEAL_KEY_UNKNOWN");
  EXPECT_EQ(sealer().open(sealed, "phone").error().error_class(), ErrorClass::kFatal);
}

TEST_F(SealTest, OperatorsAreToldOnceUntilItWorksAgain) {
  ASSERT_TRUE(reopen());
  std::vector<std::string> told;
  Sealer sealer(*store_, system_random(), [&](const std::string& text) { told.push_back(text); });
  const auto sound = sealer.seal("p1", "phone", "138").value();
  auto stray = sound;
  stray.key_id = std::string(32, 'a');
  auto altered = sound;
  altered.ciphertext[0] ^= 1;
  const auto open_thrice = [&](const SealedValue& value) {
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(sealer.open(value, "phone"));
  };
  open_thrice(stray);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find(stray.key_id), std::string::npos) << told[0];
  open_thrice(altered);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_NE(told[1].find("phone under key " + sound.key_id), std::string::npos) << told[1];
  ASSERT_TRUE(sealer.open(sound, "phone"));
  open_thrice(altered);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2], told[1]);
}

TEST_F(SealTest, WhatIsWrongWithTheRequestAloneIsNoBusinessOfOperators) {
  ASSERT_TRUE(reopen());
  std::vector<std::string> told;
  Sealer sealer(*store_, system_random(), [&](const std::string& text) { told.push_back(text); });
  const auto key = store_->get_or_create("p1").value();
  const auto long_one = sealer.seal_under(key, "phone", std::string(Sealer::kValueMax + 1, 'x'));
  EXPECT_EQ(long_one.error().reason, "SEAL_VALUE_SIZE");
  ASSERT_TRUE(store_->erase(std::vector{key}));
  const auto erased = sealer.seal_under(key, "phone", "138");
  EXPECT_EQ(erased.error().reason, "SEAL_KEY_ERASED");
  for (const auto* error : {&long_one.error(), &erased.error()}) {
    EXPECT_FALSE(error->message_zh.empty());
    EXPECT_FALSE(error->message_en.empty());
  }
  EXPECT_TRUE(told.empty());
}

TEST_F(SealTest, ListNamesLiveAndErasedKeys) {
  ASSERT_TRUE(reopen());
  const auto one = store_->get_or_create("p1").value();
  const auto two = store_->get_or_create("p2").value();
  ASSERT_TRUE(store_->erase(std::vector{one}));
  const auto listed = store_->list().value();
  ASSERT_EQ(listed.size(), 2u);
  for (const auto& entry : listed) {
    EXPECT_EQ(entry.erased, entry.key_id == one);
    EXPECT_EQ(entry.subject, entry.key_id == one ? "" : "p2");
  }
}

TEST_F(SealTest, ATornTailIsCutAtEveryLengthAndTheRestStays) {
  ASSERT_TRUE(reopen());
  const auto first = sealer().seal("p1", "phone", "138").value();
  const auto whole = slurp(file()).size();
  ASSERT_TRUE(store_->get_or_create("p2"));
  store_.reset();
  const auto bytes = slurp(file());
  for (auto size = whole + 1; size < bytes.size(); ++size) {
    spill(file(), bytes.substr(0, size));
    notices_.clear();
    ASSERT_TRUE(reopen()) << size;
    ASSERT_EQ(notices_.size(), 1u);
    EXPECT_NE(notices_[0].find("torn"), std::string::npos);
    EXPECT_EQ(sealer().open(first, "phone").value(), "138");
    EXPECT_EQ(store_->list()->size(), 1u);
    store_.reset();
    EXPECT_EQ(slurp(file()).size(), whole);
  }
  // It goes on behind the cut.
  ASSERT_TRUE(reopen());
  const auto again = store_->get_or_create("p2").value();
  ASSERT_TRUE(reopen());
  EXPECT_EQ(store_->get_or_create("p2").value(), again);
}

TEST_F(SealTest, ACrashBeforeTheRenameOfAnErasureLeavesTheOldStore) {
  ASSERT_TRUE(reopen());
  const auto sealed = sealer().seal("p1", "phone", "138").value();
  store_.reset();
  spill(root_ / "keys" / "keys.new", "half a file");
  ASSERT_TRUE(reopen());
  EXPECT_EQ(sealer().open(sealed, "phone").value(), "138");
  EXPECT_FALSE(fs::exists(root_ / "keys" / "keys.new"));
}

TEST_F(SealTest, ManyKeysAreMadeInOneRecord) {
  ASSERT_TRUE(reopen());
  const auto first = store_->get_or_create("p0").value();
  std::vector<std::string> subjects;
  for (int i = 0; i < 2'500; ++i) subjects.push_back("p" + std::to_string(i % 2'000));
  const auto before = slurp(file()).size();
  const auto ids = store_->get_or_create_all(subjects).value();
  ASSERT_EQ(ids.size(), 2'500u);
  // Two records for the 1,999 that were not there: each is one sync.
  std::size_t keys = 0;
  for (int i = 1; i < 2'000; ++i) keys += 32 + kWrappedBytes + 1 + subjects[i].size();
  EXPECT_EQ(slurp(file()).size() - before, 2 * (4 + 8 + 1) + keys);
  EXPECT_EQ(ids[0], first);
  EXPECT_EQ(ids[7], ids[2'007]);
  EXPECT_EQ(store_->list()->size(), 2'000u);
  const auto sealed = sealer().seal("p1999", "phone", "138").value();
  EXPECT_EQ(sealed.key_id, ids[1'999]);
  ASSERT_TRUE(reopen());
  EXPECT_EQ(store_->get_or_create_all(subjects).value(), ids);
  EXPECT_EQ(sealer().open(sealed, "phone").value(), "138");
  EXPECT_EQ(store_->find("p7").value(), ids[7]);
  EXPECT_EQ(store_->find("nobody").value(), std::nullopt);
  EXPECT_EQ(store_->get_or_create_all(std::vector<std::string>{"p1", ""}).error().reason,
            "SEAL_SUBJECT_SIZE");
  EXPECT_TRUE(store_->get_or_create_all({}).value().empty());
}

TEST_F(SealTest, ATornBatchIsCutWholeWhereverItIsTorn) {
  ASSERT_TRUE(reopen());
  const auto first = store_->get_or_create("p0").value();
  const auto whole = slurp(file()).size();
  ASSERT_TRUE(store_->get_or_create_all(std::vector<std::string>{"p1", "p2", "p3"}));
  store_.reset();
  const auto bytes = slurp(file());
  for (auto size = whole; size < bytes.size(); size += 5) {
    // The rest as it may be when the size of the file was written before its bytes.
    for (const bool zeros : {false, true}) {
      auto torn = bytes.substr(0, size);
      if (zeros) torn.resize(bytes.size());
      spill(file(), torn);
      ASSERT_TRUE(reopen()) << size;
      EXPECT_EQ(store_->list()->size(), 1u);
      EXPECT_EQ(store_->find("p0").value(), first);
      store_.reset();
    }
  }
}

TEST_F(SealTest, DamageIsNoTornTailWhenSomethingWholeLiesBehind) {
  ASSERT_TRUE(reopen());
  const auto before = slurp(file()).size();
  ASSERT_TRUE(store_->get_or_create_all(std::vector<std::string>{"p1", "p2"}));
  ASSERT_TRUE(store_->get_or_create("p3"));
  store_.reset();
  const auto bytes = slurp(file());
  for (auto at = before; bytes.find("p3") - at > 110; at += 3) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    spill(file(), damaged);
    EXPECT_EQ(reason_of_reopening(), "KEY_STORE_DAMAGED") << at;
  }
}

TEST_F(SealTest, NoFileOfTheStoreHasTheErasedKeyWhereverTheProcessDied) {
  ASSERT_TRUE(reopen());
  const auto id = store_->get_or_create("610524-p3").value();
  const auto stays = sealer().seal("610524-p4", "phone", "139").value();
  store_.reset();
  const auto old = slurp(file());
  const auto wrapped = old.substr(old.find(id) + id.size(), kWrappedBytes);
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(store_->erase(std::vector{id}));
  store_.reset();
  EXPECT_FALSE(fs::exists(root_ / "keys" / "keys.old"));
  // After the rename, before the old bytes were overwritten: a second name watches them.
  spill(root_ / "keys" / "keys.old", old);
  fs::create_hard_link(root_ / "keys" / "keys.old", root_ / "watched");
  ASSERT_TRUE(reopen());
  EXPECT_FALSE(fs::exists(root_ / "keys" / "keys.old"));
  EXPECT_EQ(slurp(root_ / "watched"), std::string(old.size(), '\0'));
  EXPECT_EQ(store_->get(id)->state, FoundKey::State::kErased);
  // Before the rename: both names are the same file, which is in force.
  store_.reset();
  fs::create_hard_link(file(), root_ / "keys" / "keys.old");
  ASSERT_TRUE(reopen());
  EXPECT_EQ(sealer().open(stays, "phone").value(), "139");
  EXPECT_FALSE(fs::exists(root_ / "keys" / "keys.old"));
  for (const auto& entry : fs::directory_iterator(root_ / "keys"))
    EXPECT_EQ(slurp(entry.path()).find(wrapped), std::string::npos) << entry.path();
}

TEST_F(SealTest, DamageBeforeTheTailIsRefusedWithItsPosition) {
  ASSERT_TRUE(reopen());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store_->get_or_create("p" + std::to_string(i)));
  store_.reset();
  auto bytes = slurp(file());
  bytes[bytes.find("p1") - 5] ^= 1;
  spill(file(), bytes);
  const auto refused = reopen();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "KEY_STORE_DAMAGED");
  EXPECT_NE(refused.error().message_en.find("at byte"), std::string::npos);
  spill(file(), "something else");
  EXPECT_EQ(reason_of_reopening(), "KEY_STORE_DAMAGED");
}

TEST_F(SealTest, TheMasterKeyIsMadeOnceAndForItsOwnerOnly) {
  ASSERT_TRUE(reopen());
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_NE(notices_[0].find("master.key: made a new master key"), std::string::npos);
  struct stat info {};
  ASSERT_EQ(::stat(config().master_key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(info.st_size, 32);
  ASSERT_TRUE(reopen());
  EXPECT_EQ(notices_.size(), 1u);
}

TEST_F(SealTest, OfManyWhoMakeTheMasterKeyAtOnceAllHaveTheSame) {
  constexpr int kAtOnce = 8;
  const auto path = root_ / "shared.key";
  std::vector<std::optional<Result<MasterKey>>> made(kAtOnce);
  {
    std::vector<std::jthread> threads;
    for (auto& each : made) {
      threads.emplace_back([&] { each = MasterKey::create(path, system_random()); });
    }
  }
  SecretKey key;
  key.bytes()[0] = 7;
  for (const auto& each : made) {
    ASSERT_TRUE(each->has_value()) << each->error().message_en;
    const auto wrapped = (*each)->wrap(key, "context", system_random());
    ASSERT_TRUE(wrapped.has_value());
    for (const auto& other : made) {
      EXPECT_TRUE((*other)->unwrap(*wrapped, "context").has_value());
    }
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

TEST_F(SealTest, AMasterKeyThatCannotBeIsRefusedWithTheRemedy) {
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(store_->get_or_create("p1"));
  store_.reset();
  const auto master = config().master_key;
  const auto good = slurp(master);

  fs::permissions(master, fs::perms(0640));
  EXPECT_EQ(reason_of_reopening(), "MASTER_KEY_EXPOSED");
  fs::permissions(master, fs::perms(0600));

  spill(master, good.substr(1));
  EXPECT_EQ(reason_of_reopening(), "MASTER_KEY_SIZE");

  spill(master, std::string(32, 'x'));
  EXPECT_EQ(reason_of_reopening(), "MASTER_KEY_WRONG");

  fs::remove(master);
  EXPECT_EQ(reason_of_reopening(), "MASTER_KEY_MISSING");
  EXPECT_FALSE(fs::exists(master));

  spill(master, good);
  fs::permissions(master, fs::perms(0600));
  EXPECT_EQ(reason_of_reopening(), "");
}

TEST_F(SealTest, ASecondProcessIsRefused) {
  ASSERT_TRUE(reopen());
  const auto second = open_file_key_store(config(), system_random(), [](const std::string&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "KEY_STORE_LOCKED");
}

TEST_F(SealTest, RandomnessThatFailsSealsNothing) {
  const FillRandom broken = [](std::span<std::uint8_t>) -> Status {
    return fail(ErrorKind::kInternal, "SEAL_CRYPTO_FAILED", "no entropy");
  };
  ASSERT_TRUE(reopen());
  EXPECT_FALSE(Sealer(*store_, broken).seal("p1", "phone", "138"));
  MemoryKeyStore memory(broken);
  EXPECT_FALSE(memory.get_or_create("p1"));
}

TEST_F(SealTest, ThreadsSealAndOpenAtTheSameTime) {
  ASSERT_TRUE(reopen());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      auto mine = sealer();
      for (int i = 0; i < 25; ++i) {
        const auto text = std::to_string(t * 100 + i);
        const auto sealed = mine.seal("p" + std::to_string(i), "phone", text);
        if (sealed && mine.open(*sealed, "phone").value() == text) ++good;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
  EXPECT_EQ(store_->list()->size(), 25u);
}

TEST(MemoryKeyStoreTest, KeepsThePromisesOfTheFile) {
  std::uint8_t counter = 0;
  const FillRandom counting = [&](std::span<std::uint8_t> bytes) -> Status {
    for (auto& byte : bytes) byte = counter++;
    return {};
  };
  MemoryKeyStore store(counting);
  Sealer sealer(store, counting);
  const auto sealed = sealer.seal("p1", "phone", "138").value();
  EXPECT_EQ(sealer.open(sealed, "phone").value(), "138");
  EXPECT_EQ(store.get_or_create("p1").value(), sealed.key_id);
  ASSERT_TRUE(store.erase(std::vector{sealed.key_id}));
  EXPECT_EQ(sealer.open(sealed, "phone").value(), std::nullopt);
  EXPECT_NE(store.get_or_create("p1").value(), sealed.key_id);
  EXPECT_EQ(store.get("none")->state, FoundKey::State::kUnknown);
  EXPECT_EQ(store.list()->size(), 2u);
}

}  // namespace
}  // namespace lianmeng::seal
