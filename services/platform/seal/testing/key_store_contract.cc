#include "platform/seal/testing/key_store_contract.h"

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/seal/sealer.h"

namespace lianmeng::seal {
namespace {

using State = FoundKey::State;

// What is answered to `ask` in the end: a host tells that it has not read so far yet.
template <class Ask>
auto ask_until_told(Ask ask) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto told = ask();
  while (!told && told.error().reason == "KEYS_UNAVAILABLE" &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
    told = ask();
  }
  return told;
}

TEST_P(KeyStoreContract, ASubjectHasOneKeyAndOthersHaveOthers) {
  const auto id = store_->get_or_create("610524-p3").value();
  EXPECT_EQ(store_->get_or_create("610524-p3").value(), id);
  EXPECT_NE(store_->get_or_create("610524-p4").value(), id);
  EXPECT_EQ(store_->find("610524-p3").value(), id);
  EXPECT_EQ(store_->find("nobody").value(), std::nullopt);
  EXPECT_EQ(store_->get(id)->state, State::kLive);
  const auto unknown = ask_until_told([&] { return store_->get(std::string(32, 'a')); });
  EXPECT_EQ(unknown.value().state, State::kUnknown);
}

TEST_P(KeyStoreContract, ManyAtOnceComeInTheirOrderAndTwiceIsOnce) {
  std::vector<std::string> subjects;
  for (int i = 0; i < 1'500; ++i) subjects.push_back("p" + std::to_string(i % 1'200));
  const auto first = store_->get_or_create("p7").value();
  const auto ids = store_->get_or_create_all(subjects).value();
  ASSERT_EQ(ids.size(), subjects.size());
  EXPECT_EQ(ids[7], first);
  for (std::size_t i = 1'200; i < ids.size(); ++i) EXPECT_EQ(ids[i], ids[i - 1'200]);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1'200u);
  EXPECT_EQ(store_->list()->size(), 1'200u);
  EXPECT_TRUE(store_->get_or_create_all({}).value().empty());
}

TEST_P(KeyStoreContract, AnErasedKeyIsErasedForEverAndItsSubjectGetsAnother) {
  const auto gone = store_->get_or_create("p1").value();
  const auto stays = store_->get_or_create("p2").value();
  ASSERT_TRUE(store_->erase(std::vector{gone}));
  for (int i = 0; i < (fixture_->lasts() ? 2 : 1); ++i) {
    EXPECT_EQ(store_->get(gone)->state, State::kErased);
    EXPECT_EQ(store_->get(stays)->state, State::kLive);
    EXPECT_EQ(store_->find("p1").value(), std::nullopt);
    if (fixture_->lasts()) reopen();
  }
  EXPECT_NE(store_->get_or_create("p1").value(), gone);
}

TEST_P(KeyStoreContract, ErasuresMayBeRepeatedAndNameKeysThatWereNeverHere) {
  const auto id = store_->get_or_create("p1").value();
  const std::string never_here(32, 'b');
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(store_->erase(std::vector{id, never_here}));
  EXPECT_EQ(store_->get(id)->state, State::kErased);
  EXPECT_EQ(store_->get(never_here)->state, State::kErased);
  EXPECT_TRUE(store_->erase({}));
}

TEST_P(KeyStoreContract, TheListNamesLiveOnesWithTheirSubjectAndErasedOnesWithout) {
  const auto one = store_->get_or_create("p1").value();
  const auto two = store_->get_or_create("p2").value();
  ASSERT_TRUE(store_->erase(std::vector{one}));
  const auto listed = store_->list().value();
  ASSERT_EQ(listed.size(), 2u);
  for (const auto& entry : listed) {
    EXPECT_EQ(entry.erased, entry.key_id == one);
    EXPECT_EQ(entry.subject, entry.key_id == one ? "" : "p2");
  }
  EXPECT_LT(listed[0].key_id, listed[1].key_id);
}

TEST_P(KeyStoreContract, WhatIsSealedOpensAgainAfterARestart) {
  if (!fixture_->lasts()) GTEST_SKIP() << "nothing outlives this kind";
  const auto seal = [&] { return Sealer(*store_, system_random()).seal("p1", "phone", "138"); };
  const auto sealed = seal().value();
  reopen();
  EXPECT_EQ(Sealer(*store_, system_random()).open(sealed, "phone").value(), "138");
  EXPECT_EQ(seal()->key_id, sealed.key_id);
}

TEST_P(KeyStoreContract, ThreadsSealAndOpenAtTheSameTime) {
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Sealer sealer(*store_, system_random());
      for (int i = 0; i < 10; ++i) {
        const auto text = std::to_string(t * 100 + i);
        const auto sealed = sealer.seal("p" + std::to_string(i), "phone", text);
        if (sealed && sealer.open(*sealed, "phone").value() == text) ++good;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_EQ(store_->list()->size(), 10u);
}

TEST_P(KeyStoreContract, AnotherHostFindsAKeyWhenItHasReadItAndHearsOfItsErasure) {
  if (!fixture_->is_shared()) GTEST_SKIP() << "one process at a time";
  const auto other = fixture_->open();
  Sealer here(*store_, system_random());
  Sealer there(*other, system_random());
  const auto sealed = here.seal("p1", "phone", "138").value();
  EXPECT_EQ(ask_until_told([&] { return there.open(sealed, "phone"); }).value(), "138");
  EXPECT_EQ(there.seal("p1", "phone", "139")->key_id, sealed.key_id);
  ASSERT_TRUE(other->erase(std::vector{sealed.key_id}));
  // At once where it was erased, and everywhere as soon as the view is current.
  EXPECT_EQ(there.open(sealed, "phone").value(), std::nullopt);
  ASSERT_TRUE(store_->list());
  EXPECT_EQ(here.open(sealed, "phone").value(), std::nullopt);
}

TEST_P(KeyStoreContract, HostsThatMakeAKeyForOnePersonAtOneMomentAgreeOnIt) {
  if (!fixture_->is_shared()) GTEST_SKIP() << "one process at a time";
  constexpr int kHosts = 3;
  constexpr int kSubjects = 20;
  std::vector<std::unique_ptr<KeyStore>> hosts;
  for (int i = 0; i < kHosts; ++i) hosts.push_back(fixture_->open());
  std::vector<std::vector<std::string>> ids(kHosts);
  std::vector<std::thread> threads;
  for (int i = 0; i < kHosts; ++i)
    threads.emplace_back([&, i] {
      for (int subject = 0; subject < kSubjects; ++subject)
        ids[i].push_back(
            hosts[i]->get_or_create("p" + std::to_string(subject)).value_or("refused"));
    });
  for (auto& thread : threads) thread.join();
  for (const auto& each : ids) EXPECT_EQ(each, ids[0]);
  const auto late = fixture_->open();
  for (int subject = 0; subject < kSubjects; ++subject)
    EXPECT_EQ(late->find("p" + std::to_string(subject)).value(), ids[0][subject]);
}

}  // namespace
}  // namespace lianmeng::seal
