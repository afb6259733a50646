#include "membership/erasure/eraser.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "membership/domain/privacy.h"
#include "membership/domain/tables.h"
#include "membership/domain/testing.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {
namespace {

// A key store that can be told to fail, and counts.
class Keys final : public seal::KeyStore {
 public:
  Result<std::vector<std::string>> get_or_create_all(
      std::span<const std::string> subjects) override {
    return store_.get_or_create_all(subjects);
  }
  Result<std::optional<std::string>> find(std::string_view subject) override {
    return store_.find(subject);
  }
  Result<seal::FoundKey> get(std::string_view key_id) override { return store_.get(key_id); }
  Status erase(std::span<const std::string> key_ids) override {
    ++erasures;
    if (broken) return fail(ErrorKind::kResourceExhausted, "DISK_FULL", "/srv/keys: no room");
    return store_.erase(key_ids);
  }
  Result<std::vector<Entry>> list() override { return store_.list(); }

  std::atomic<bool> broken = false;
  std::atomic<int> erasures = 0;

 private:
  seal::MemoryKeyStore store_{seal::system_random()};
};

class ErasureTest : public ::testing::Test {
 protected:
  std::string enter_person() {
    auto command = enter("张三");
    command.person.values.phone.emplace();
    command.person.values.phone->set_key_id(*keys_.get_or_create("requests/610524/1"));
    command.person.values.phone->set_ciphertext("sealed");
    command.person.name.sealed = *command.person.values.phone;
    return county_.make(command);
  }
  Place erase(const std::string& person) {
    county_.when(ErasePerson{person, "本人申请"}).accepted();
    sequence_ = erasures().first(county_.view(), kErasuresLatest)->sequence();
    return {"membership", 7, sequence_};
  }
  bool is_gone(const std::string& key_id) {
    return keys_.get(key_id)->state == seal::FoundKey::State::kErased;
  }
  Eraser::EachPartition each() {
    return [this](const Eraser::Look& look) { look(7, sequence_, county_.view()); };
  }
  Eraser::Tell tell() {
    return [this](const Error& error) { told_.push_back(error.reason); };
  }
  // What settle() answers: the reason, or "" when the keys are gone.
  std::string settled(Eraser& eraser, const Place& place) {
    std::promise<std::string> answer;
    eraser.settle(place, [&](const Error* error) { answer.set_value(error ? error->reason : ""); });
    return answer.get_future().get();
  }

  County county_;
  Keys keys_;
  std::uint64_t sequence_ = 0;
  std::vector<std::string> told_;
};

TEST_F(ErasureTest, EveryKeyOfThePersonIsDeletedAndNoOther) {
  const auto person = enter_person();
  const auto entered = *keys_.get_or_create("requests/610524/1");
  // Sealed for a command that was never accepted: no event names it.
  const auto unnamed = *keys_.get_or_create(person_subject(person));
  const auto other = *keys_.get_or_create("requests/610524/2");
  Eraser eraser(keys_, each(), tell());
  ASSERT_TRUE(eraser.sweep());
  EXPECT_FALSE(is_gone(entered));
  erase(person);
  ASSERT_TRUE(eraser.sweep());
  EXPECT_TRUE(is_gone(entered));
  EXPECT_TRUE(is_gone(unnamed));
  EXPECT_FALSE(is_gone(other));
}

TEST_F(ErasureTest, AnErasureIsLookedAtOnceUntilTheNextStart) {
  const auto person = enter_person();
  erase(person);
  Eraser eraser(keys_, each(), tell());
  ASSERT_TRUE(eraser.sweep());
  ASSERT_TRUE(eraser.sweep());
  EXPECT_EQ(keys_.erasures, 1);
  Eraser next(keys_, each(), tell());
  ASSERT_TRUE(next.sweep());
  EXPECT_EQ(keys_.erasures, 2);
}

TEST_F(ErasureTest, WhatFailedIsDoneTheNextTime) {
  const auto person = enter_person();
  const auto key = *keys_.get_or_create("requests/610524/1");
  erase(person);
  Eraser eraser(keys_, each(), tell());
  keys_.broken = true;
  EXPECT_EQ(eraser.pending(), 0u);
  EXPECT_EQ(eraser.sweep().error().reason, "DISK_FULL");
  EXPECT_FALSE(is_gone(key));
  EXPECT_EQ(eraser.pending(), 1u);
  keys_.broken = false;
  ASSERT_TRUE(eraser.sweep());
  EXPECT_EQ(eraser.pending(), 0u);
  EXPECT_TRUE(is_gone(key));
}

TEST_F(ErasureTest, TheAnswerComesWhenTheKeysAreGoneOrCannotBeYet) {
  const auto place = erase(enter_person());
  const auto key = *keys_.find("requests/610524/1");
  keys_.broken = true;
  Eraser eraser(keys_, each(), tell());
  eraser.start();
  EXPECT_EQ(settled(eraser, place), "ERASURE_PENDING");
  keys_.broken = false;
  std::string answer;
  // A sweep that failed may still be under way.
  do answer = settled(eraser, place);
  while (answer == "ERASURE_PENDING");
  EXPECT_EQ(answer, "");
  EXPECT_TRUE(is_gone(*key));
  eraser.stop();
  EXPECT_EQ(told_, std::vector<std::string>{"DISK_FULL"});
}

TEST_F(ErasureTest, WhoStillWaitsAtTheEndIsToldThatItIsPending) {
  const auto place = erase(enter_person());
  // The partition is gone, as when its loop has ended.
  Eraser eraser(
      keys_, [](const Eraser::Look&) {}, tell());
  eraser.start();
  std::promise<std::string> answer;
  eraser.settle(place, [&](const Error* error) { answer.set_value(error ? error->reason : ""); });
  eraser.stop();
  EXPECT_EQ(answer.get_future().get(), "ERASURE_PENDING");
}

TEST_F(ErasureTest, TheAnswerHasBothLanguagesAndNoPathOfTheServer) {
  const auto place = erase(enter_person());
  keys_.broken = true;
  Eraser eraser(keys_, each(), tell());
  eraser.start();
  std::promise<Error> answer;
  eraser.settle(place, [&](const Error* error) { answer.set_value(error ? *error : Error{}); });
  const auto error = answer.get_future().get();
  EXPECT_NE(error.message_zh.find("删除已生效"), std::string::npos);
  EXPECT_NE(error.message_en.find("cannot be deleted yet (DISK_FULL)"), std::string::npos);
  EXPECT_EQ((error.message_zh + error.message_en).find('/'), std::string::npos);
}

TEST_F(ErasureTest, WhoComesAfterTheEndIsToldTheSame) {
  Eraser eraser(keys_, each(), tell());
  eraser.start();
  eraser.stop();
  std::string told;
  eraser.settle(erase(enter_person()), [&](const Error* error) { told = error->reason; });
  EXPECT_EQ(told, "ERASURE_PENDING");
}

}  // namespace
}  // namespace lianmeng::membership
