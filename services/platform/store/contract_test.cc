// What every kind of store keeps alike. A kind joins by one line at the end.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/store/memory_store.h"
#include "platform/store/rocks_store.h"

namespace lianmeng::store {
namespace {

using state::Changes;
using state::Layer;
using Rows = std::vector<std::pair<std::string, std::string>>;

Rows read_from(const state::View& view, std::string_view from) {
  Rows rows;
  const auto cursor = view.cursor();
  for (cursor->seek(from); cursor->valid(); cursor->next()) {
    rows.emplace_back(cursor->key(), cursor->value());
  }
  return rows;
}

std::optional<std::string> get(const state::View& view, std::string_view key) {
  std::string value;
  if (!view.get(key, &value)) return std::nullopt;
  return value;
}

constexpr StoreIdentity kIdentity{.fold_version = 1};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::string& folder)> open;
};

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  StoreContract()
      : folder_(std::filesystem::temp_directory_path() /
                ("lianmeng-store-contract-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    store_ = GetParam().open(folder_);
  }
  ~StoreContract() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<PartitionStore> open(int partition = 7, const char* service = "dispatch",
                                       StoreIdentity identity = kIdentity) {
    auto opened = store_->open(service, partition, identity);
    EXPECT_TRUE(opened.has_value());
    rebuilt_ = opened->rebuilt;
    return std::move(opened->store);
  }

  std::string folder_;
  std::unique_ptr<Store> store_;
  bool rebuilt_ = false;
};

TEST_P(StoreContract, NewPartitionIsEmpty) {
  const auto partition = open();
  EXPECT_FALSE(rebuilt_);
  EXPECT_EQ(get(*partition, "a"), std::nullopt);
  EXPECT_EQ(read_from(*partition, ""), Rows{});
}

TEST_P(StoreContract, CommittedChangesAreReadAndOthersStay) {
  const auto partition = open();
  ASSERT_TRUE(partition->commit({{"a", "1"}, {"b", "2"}, {"c", ""}}).has_value());
  ASSERT_TRUE(partition->commit({{"a", std::nullopt}, {"b", "3"}, {"d", "4"}}).has_value());
  EXPECT_EQ(get(*partition, "a"), std::nullopt);
  EXPECT_EQ(get(*partition, "c"), "");
  EXPECT_EQ(read_from(*partition, ""), (Rows{{"b", "3"}, {"c", ""}, {"d", "4"}}));
  EXPECT_EQ(read_from(*partition, "bb"), (Rows{{"c", ""}, {"d", "4"}}));
}

TEST_P(StoreContract, MissingKeyLeavesTheValueUntouched) {
  const auto partition = open();
  ASSERT_TRUE(partition->commit({{"a", "1"}}).has_value());
  std::string value = "untouched";
  EXPECT_FALSE(partition->get("b", &value));
  EXPECT_FALSE(partition->get("", &value));
  EXPECT_EQ(value, "untouched");
}

TEST_P(StoreContract, NothingAndErasuresAloneMayBeCommitted) {
  const auto partition = open();
  EXPECT_TRUE(partition->commit({}).has_value());
  EXPECT_TRUE(partition->commit({{"a", std::nullopt}}).has_value());
  EXPECT_EQ(read_from(*partition, ""), Rows{});
}

TEST_P(StoreContract, KeysAndValuesAreAnyBytesInByteOrder) {
  const auto partition = open();
  const Rows rows{{std::string("\x01", 1), std::string("\0\xff", 2)},
                  {std::string("\x01\0", 2), ""},
                  {"\x01\x01", "1"},
                  {"\x7f", "2"},
                  {"\x80", "3"},
                  {"\xff\xff", std::string(100'000, 'x')}};
  Changes changes;
  for (const auto& [key, value] : rows) changes.set(key, value);
  ASSERT_TRUE(partition->commit(changes).has_value());
  EXPECT_EQ(read_from(*partition, ""), rows);
}

TEST_P(StoreContract, PartitionsAndServicesShareNothing) {
  const auto one = open(1);
  const auto other = open(2);
  const auto namesake = open(1, "membership");
  ASSERT_TRUE(one->commit({{"a", "1"}}).has_value());
  ASSERT_TRUE(namesake->commit({{"a", "2"}}).has_value());
  EXPECT_EQ(get(*one, "a"), "1");
  EXPECT_EQ(get(*other, "a"), std::nullopt);
  EXPECT_EQ(get(*namesake, "a"), "2");
  ASSERT_TRUE(one->clear().has_value());
  EXPECT_EQ(get(*namesake, "a"), "2");
}

TEST_P(StoreContract, SiblingsThatAreOpenTogetherAreFilledClearedAndReopenedApart) {
  auto one = open(1);
  auto other = open(2);
  ASSERT_TRUE(one->commit({{"a", "1"}}).has_value());
  EXPECT_EQ(get(*other, "a"), std::nullopt);
  ASSERT_TRUE(other->clear().has_value());
  ASSERT_TRUE(one->clear().has_value());
  ASSERT_TRUE(other->commit({{"a", "2"}}).has_value());
  ASSERT_TRUE(one->commit({{"b", "3"}}).has_value());
  one.reset();
  one = open(1);
  EXPECT_EQ(read_from(*one, ""), (Rows{{"b", "3"}}));
  EXPECT_EQ(read_from(*other, ""), (Rows{{"a", "2"}}));
}

TEST_P(StoreContract, WhatWasCommittedIsThereWhenOpenedAgain) {
  ASSERT_TRUE(open()->commit({{"a", "1"}}).has_value());
  const auto partition = open();
  EXPECT_FALSE(rebuilt_);
  EXPECT_EQ(read_from(*partition, ""), (Rows{{"a", "1"}}));
}

TEST_P(StoreContract, ClearedPartitionIsEmptyAndMayBeFilledAgain) {
  auto partition = open();
  ASSERT_TRUE(partition->clear().has_value());
  ASSERT_TRUE(partition->commit({{"a", "1"}, {"b", "2"}}).has_value());
  ASSERT_TRUE(partition->clear().has_value());
  EXPECT_EQ(get(*partition, "a"), std::nullopt);
  EXPECT_EQ(read_from(*partition, ""), Rows{});
  ASSERT_TRUE(partition->commit({{"b", "3"}}).has_value());
  partition.reset();
  EXPECT_EQ(read_from(*open(), ""), (Rows{{"b", "3"}}));
  EXPECT_FALSE(rebuilt_);
}

TEST_P(StoreContract, RowsOfAnotherFoldOrPartitionCountAreDroppedAndSaidSo) {
  for (const StoreIdentity other :
       {StoreIdentity{.fold_version = 2}, StoreIdentity{.fold_version = 2, .partitions = 96}}) {
    ASSERT_TRUE(open(3)->commit({{"z", "stays"}}).has_value());
    ASSERT_TRUE(open()->commit({{"a", "1"}}).has_value());
    {
      const auto partition = open(7, "dispatch", other);
      EXPECT_TRUE(rebuilt_);
      EXPECT_EQ(read_from(*partition, ""), Rows{});
      ASSERT_TRUE(partition->commit({{"b", "2"}}).has_value());
    }
    EXPECT_EQ(read_from(*open(7, "dispatch", other), ""), (Rows{{"b", "2"}}));
    EXPECT_FALSE(rebuilt_);
    EXPECT_EQ(read_from(*open(3), ""), (Rows{{"z", "stays"}}));
    EXPECT_TRUE(open()->clear().has_value());
  }
}

TEST_P(StoreContract, EmptyPartitionTakesAnyIdentity) {
  ASSERT_TRUE(open()->commit({}).has_value());
  open(7, "dispatch", {.fold_version = 2});
  EXPECT_FALSE(rebuilt_);
}

TEST_P(StoreContract, ManySmallCommitsOverTheSameKeysReadAsOne) {
  const auto partition = open();
  std::map<std::string, std::string> model;
  for (int i = 0; i < 200; ++i) {
    Changes changes;
    for (int j = 0; j < 5; ++j) {
      const auto key = "k" + std::to_string((i * 7 + j * 31) % 100);
      if ((i + j) % 4 == 0) {
        changes.set(key, std::nullopt);
        model.erase(key);
      } else {
        changes.set(key, std::to_string(i));
        model[key] = std::to_string(i);
      }
    }
    ASSERT_TRUE(partition->commit(changes).has_value());
  }
  EXPECT_EQ(read_from(*partition, ""), Rows(model.begin(), model.end()));
}

TEST_P(StoreContract, BehavesAsAMapUnderALayerThroughCommitsClearsAndRestarts) {
  int partition_number = 0;
  rc::check([&] {
    // A partition of its own for each case: opening a store is dear, a partition is not.
    const int number = partition_number++ % kPartitions;
    auto partition = open(number);
    RC_ASSERT(partition->clear().has_value());
    auto layer = std::make_unique<Layer>(*partition);
    std::map<std::string, std::string> model;
    for (int steps = *rc::gen::inRange(0, 30); steps > 0; --steps) {
      const auto key = "k" + std::to_string(*rc::gen::inRange(0, 15));
      switch (*rc::gen::weightedElement<int>({{8, 0}, {4, 1}, {3, 2}, {1, 3}, {1, 4}})) {
        case 0: {
          const auto value = std::to_string(*rc::gen::inRange(0, 1'000));
          layer->put(key, value);
          model[key] = value;
          break;
        }
        case 1:
          layer->erase(key);
          model.erase(key);
          break;
        case 2:
          RC_ASSERT(partition->commit(layer->changes()).has_value());
          layer->clear();
          RC_ASSERT(read_from(*partition, "") == Rows(model.begin(), model.end()));
          break;
        case 3:
          RC_ASSERT(partition->clear().has_value());
          layer->clear();
          model.clear();
          break;
        case 4:
          RC_ASSERT(partition->commit(layer->changes()).has_value());
          layer.reset();
          partition.reset();
          partition = open(number);
          RC_ASSERT(!rebuilt_);
          layer = std::make_unique<Layer>(*partition);
          break;
      }
      RC_ASSERT(read_from(*layer, "") == Rows(model.begin(), model.end()));
      const auto row = model.find(key);
      RC_ASSERT(get(*layer, key) ==
                (row == model.end() ? std::nullopt : std::optional(row->second)));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, StoreContract,
    ::testing::Values(Kind{"Memory", [](const std::string&) { return open_memory_store(); }},
                      Kind{"Rocks",
                           [](const std::string& folder) {
                             auto store = open_rocks_store({.path = folder});
                             EXPECT_TRUE(store.has_value());
                             return std::move(*store);
                           }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace lianmeng::store
