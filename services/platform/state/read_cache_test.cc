#include "platform/state/read_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace lianmeng::state {
namespace {

// What lies below, and how often it was asked.
class Below final : public View {
 public:
  bool get(std::string_view key, std::string* value) const override {
    ++asked;
    const auto found = rows.find(std::string(key));
    if (found == rows.end()) return false;
    *value = found->second;
    return true;
  }
  std::unique_ptr<Cursor> cursor() const override { return EmptyView().cursor(); }

  std::map<std::string, std::string> rows;
  mutable int asked = 0;
};

TEST(ReadCache, AsksOnceForWhatIsThereAndForWhatIsNot) {
  Below below;
  below.rows["a"] = "1";
  const ReadCache cache(below, 4);
  std::string value;
  EXPECT_TRUE(cache.get("a", &value));
  EXPECT_TRUE(cache.get("a", &value));
  EXPECT_EQ(value, "1");
  EXPECT_EQ(below.asked, 1);
  EXPECT_FALSE(cache.get("b", &value));
  EXPECT_FALSE(cache.get("b", &value));
  EXPECT_EQ(below.asked, 2);
}

TEST(ReadCache, RowsOfAListDoNotDriveOutWhatIsAskedForAgain) {
  Below below;
  below.rows["settings"] = "1";
  for (int i = 0; i < 100; ++i) below.rows["row/" + std::to_string(i)] = "2";
  const ReadCache cache(below, 8);
  std::string value;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(cache.get("settings", &value));
    EXPECT_TRUE(cache.get("row/" + std::to_string(i), &value));
  }
  EXPECT_EQ(below.asked, 101);
}

TEST(ReadCache, HoldsNoMoreThanItMayWhenEverythingIsAskedForAgain) {
  Below below;
  for (int i = 0; i < 100; ++i) below.rows[std::to_string(i)] = "1";
  const ReadCache cache(below, 8);
  std::string value;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(cache.get(std::to_string(i), &value));
    EXPECT_TRUE(cache.get(std::to_string(i), &value));
  }
  EXPECT_EQ(below.asked, 100);
  below.asked = 0;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(cache.get(std::to_string(i), &value));
  EXPECT_GE(below.asked, 92);
}

RC_GTEST_PROP(ReadCache, ReadsWhatLiesBelowThroughAllChanges, ()) {
  Below below;
  ReadCache cache(below, 3);
  for (int step = 0; step < 200; ++step) {
    const std::string key(1, *rc::gen::inRange('a', 'h'));
    if (*rc::gen::inRange(0, 3) == 0) {
      Changes changes;
      if (*rc::gen::arbitrary<bool>()) {
        below.rows[key] = std::to_string(step);
        changes.set(key, std::to_string(step));
      } else {
        below.rows.erase(key);
        changes.set(key, std::nullopt);
      }
      cache.forget(changes);
      continue;
    }
    std::string value;
    const auto found = below.rows.find(key);
    RC_ASSERT(cache.get(key, &value) == (found != below.rows.end()));
    if (found != below.rows.end()) RC_ASSERT(value == found->second);
  }
}

}  // namespace
}  // namespace lianmeng::state
