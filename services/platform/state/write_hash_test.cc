#include "platform/state/write_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lianmeng::state {
namespace {

// They lie in logs, where replicas compare them: a library that hashes otherwise must not pass.
TEST(WriteHash, IsAsItWasSinceLogsKeepIt) {
  EXPECT_EQ(hash_of_put("", ""), 2806942983214800920U);
  EXPECT_EQ(hash_of_put("key", "value"), 13186742763970684680U);
  EXPECT_EQ(hash_of_put("key", std::string(1'000, 'v')), 13682717266686441943U);
  EXPECT_EQ(hash_of_erase("key"), 14749151806348423372U);
}

TEST(WriteHash, TellsKeyValueAndErasureApart) {
  const std::set<std::uint64_t> all{
      hash_of_put("a", "b"), hash_of_put("b", "a"),  hash_of_put("ab", ""),
      hash_of_put("", "ab"), hash_of_put("a", "bb"), hash_of_put("aa", "b"),
      hash_of_put("a", ""),  hash_of_erase("a"),     hash_of_erase("b"),
  };
  EXPECT_EQ(all.size(), 9u);
}

// Writes are added up, so what changes places must not add up to the same.
TEST(WriteHash, TwoKeysThatExchangeTheirValuesAreAnotherSum) {
  EXPECT_NE(hash_of_put("a", "1") + hash_of_put("b", "2"),
            hash_of_put("a", "2") + hash_of_put("b", "1"));
  EXPECT_NE(hash_of_put("a", "1") + hash_of_erase("b"), hash_of_put("b", "1") + hash_of_erase("a"));
}

}  // namespace
}  // namespace lianmeng::state
