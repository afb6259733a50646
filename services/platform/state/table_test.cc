#include "platform/state/table.h"

#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lianmeng::state {
namespace {

using google::protobuf::ListValue;

// A row of a well-known type: [id, group, order, tag…]. It is listed by group in its order, and
// under each of its tags.
ListValue row(const std::string& id, const std::string& group, std::uint64_t order,
              const std::set<std::string>& tags = {}) {
  ListValue made;
  made.add_values()->set_string_value(id);
  made.add_values()->set_string_value(group);
  made.add_values()->set_number_value(static_cast<double>(order));
  for (const auto& tag : tags) made.add_values()->set_string_value(tag);
  return made;
}

const std::string& id_of(const ListValue& row) { return row.values(0).string_value(); }
const std::string& group_of(const ListValue& row) { return row.values(1).string_value(); }
std::uint64_t order_of(const ListValue& row) {
  return static_cast<std::uint64_t>(row.values(2).number_value());
}

constexpr std::uint8_t kByGroup = 1;
constexpr std::uint8_t kByTag = 2;

const Table<ListValue> kRows{
    0x81,
    "rows",
    [](const ListValue& row) { return Key{}.add(id_of(row)); },
    {Index<ListValue>{kByGroup, "by_group", Counted::kYes,
                      [](const ListValue& row, const IndexSink& entry) {
                        entry(Key{}.add(group_of(row)), Key{}.down(order_of(row)));
                      }},
     Index<ListValue>{kByTag, "by_tag", Counted::kYes,
                      [](const ListValue& row, const IndexSink& entry) {
                        for (int i = 3; i < row.values_size(); ++i) {
                          entry(Key{}.add(row.values(i).string_value()), Key{});
                        }
                      }}}};

// Its neighbour in the key space: what it holds must never show in kRows.
const Table<ListValue> kOthers{0x82,
                               "others",
                               [](const ListValue& row) { return Key{}.add(id_of(row)); },
                               {Index<ListValue>{kByGroup, "by_group", Counted::kYes,
                                                 [](const ListValue& row, const IndexSink& entry) {
                                                   entry(Key{}.add(group_of(row)),
                                                         Key{}.down(order_of(row)));
                                                 }}}};

class TableTest : public ::testing::Test {
 protected:
  std::vector<std::string> ids(const std::string& group, PageRequest request = {}) {
    const auto page = kRows.list(state_, kByGroup, Key{}.add(group), request);
    EXPECT_TRUE(page.has_value());
    std::vector<std::string> ids;
    for (const auto& row : page->rows) ids.push_back(id_of(row));
    return ids;
  }

  EmptyView empty_;
  Layer state_{empty_};
};

TEST_F(TableTest, RowIsFoundUnderItsPrimaryKeyUntilErased) {
  kRows.put(state_, row("a", "g", 1));
  ASSERT_TRUE(kRows.find(state_, Key{}.add("a")).has_value());
  EXPECT_EQ(group_of(*kRows.find(state_, Key{}.add("a"))), "g");
  EXPECT_TRUE(kRows.has(state_, Key{}.add("a")));
  EXPECT_FALSE(kRows.has(state_, Key{}.add("b")));
  EXPECT_FALSE(kOthers.has(state_, Key{}.add("a")));

  kRows.erase(state_, Key{}.add("a"));
  EXPECT_FALSE(kRows.find(state_, Key{}.add("a")).has_value());
  kRows.erase(state_, Key{}.add("a"));
}

TEST_F(TableTest, ListsUnderAFilterInTheDeclaredOrder) {
  kRows.put(state_, row("a", "g", 1));
  kRows.put(state_, row("b", "g", 3));
  kRows.put(state_, row("c", "g", 2));
  kRows.put(state_, row("d", "gg", 9));
  kRows.put(state_, row("e", "", 9));
  kOthers.put(state_, row("f", "g", 9));
  EXPECT_EQ(ids("g"), (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(ids("none"), std::vector<std::string>{});
}

TEST_F(TableTest, ChangedRowMovesInItsIndexes) {
  kRows.put(state_, row("a", "g", 1, {"red", "blue"}));
  kRows.update(state_, Key{}.add("a"), [](ListValue& changed) {
    changed = row("a", "h", 1, {"blue", "green"});
  });
  EXPECT_EQ(ids("g"), std::vector<std::string>{});
  EXPECT_EQ(ids("h"), std::vector<std::string>{"a"});
  EXPECT_FALSE(kRows.first(state_, kByTag, Key{}.add("red")).has_value());
  EXPECT_TRUE(kRows.first(state_, kByTag, Key{}.add("blue")).has_value());
  EXPECT_TRUE(kRows.first(state_, kByTag, Key{}.add("green")).has_value());
  EXPECT_EQ(kRows.count(state_, kByTag, Key{}.add("red")).value, 0U);
  EXPECT_EQ(kRows.count(state_, kByTag, Key{}.add("blue")).value, 1U);
}

TEST_F(TableTest, ErasedRowsLeaveNoBytesBehind) {
  kRows.put(state_, row("a", "g", 1, {"red"}));
  kRows.put(state_, row("b", "g", 2));
  kRows.erase(state_, Key{}.add("a"));
  kRows.erase(state_, Key{}.add("b"));
  const auto cursor = state_.cursor();
  cursor->seek("");
  EXPECT_FALSE(cursor->valid());
}

TEST_F(TableTest, PutOfTheSameRowWritesNeitherIndexNorCount) {
  kRows.put(state_, row("a", "g", 1, {"red"}));
  Layer above(state_);
  kRows.put(above, row("a", "g", 1, {"red"}));
  EXPECT_EQ(above.changes().size(), 1U);
}

TEST_F(TableTest, PageEndsWithATokenExactlyWhenMoreFollows) {
  for (int i = 0; i < 4; ++i) kRows.put(state_, row("r" + std::to_string(i), "g", 10 - i));
  const auto first = kRows.list(state_, kByGroup, Key{}.add("g"), {2, "", 100});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->rows.size(), 2U);
  ASSERT_FALSE(first->next_page_token.empty());
  const auto second =
      kRows.list(state_, kByGroup, Key{}.add("g"), {2, first->next_page_token, 100});
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(id_of(second->rows.at(0)), "r2");
  EXPECT_EQ(id_of(second->rows.at(1)), "r3");
  EXPECT_EQ(second->next_page_token, "");
}

TEST_F(TableTest, PageSizeBelowOneMeansFiftyAndAboveAThousandMeansAThousand) {
  for (int i = 0; i < 1'100; ++i) kRows.put(state_, row(std::to_string(i), "g", 1));
  EXPECT_EQ(ids("g", {0, "", 10'000}).size(), 50U);
  EXPECT_EQ(ids("g", {-1, "", 10'000}).size(), 50U);
  EXPECT_EQ(ids("g", {5'000, "", 10'000}).size(), 1'000U);
}

TEST_F(TableTest, ScanBudgetEndsAPageThatMayBeEmptyAndTheTokenGoesOn) {
  for (int i = 0; i < 10; ++i) kRows.put(state_, row("r" + std::to_string(i), "g", 10 - i));
  const auto is_last = [](const ListValue& row) { return id_of(row) == "r9"; };
  PageRequest request{5, "", 4};
  std::vector<int> sizes;
  do {
    const auto page = kRows.list(state_, kByGroup, Key{}.add("g"), request, is_last);
    ASSERT_TRUE(page.has_value());
    sizes.push_back(static_cast<int>(page->rows.size()));
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  EXPECT_EQ(sizes, (std::vector<int>{0, 0, 1}));
}

TEST_F(TableTest, CountBeyondTheIndexIsAtLeastWhenTheBudgetEnds) {
  for (int i = 0; i < 10; ++i) kRows.put(state_, row("r" + std::to_string(i), "g", 10 - i));
  const auto all = [](const ListValue&) { return true; };
  const auto enough = kRows.count_where(state_, kByGroup, {Key{}.add("g")}, all, 10);
  EXPECT_EQ(enough.value, 10U);
  EXPECT_TRUE(enough.exact);
  const auto short_of = kRows.count_where(state_, kByGroup, {Key{}.add("g")}, all, 9);
  EXPECT_EQ(short_of.value, 9U);
  EXPECT_FALSE(short_of.exact);
}

TEST_F(TableTest, TokenOfAnotherListOrDamagedIsRefused) {
  for (const auto* group : {"g", "h"}) {
    for (int i = 0; i < 3; ++i) kRows.put(state_, row(group + std::to_string(i), group, 1, {"g"}));
  }
  const auto token = kRows.list(state_, kByGroup, Key{}.add("g"), {1, "", 10})->next_page_token;
  ASSERT_FALSE(token.empty());
  const auto refused = [&](std::uint8_t index, const Key& filter, const std::string& token) {
    const auto page = kRows.list(state_, index, filter, {1, token, 10});
    return !page && page.error().kind == ErrorKind::kInvalidArgument &&
           page.error().reason == "PAGE_TOKEN_MALFORMED" && !page.error().message_zh.empty() &&
           !page.error().message_en.empty();
  };
  EXPECT_TRUE(refused(kByGroup, Key{}.add("h"), token));
  EXPECT_TRUE(refused(kByTag, Key{}.add("g"), token));
  EXPECT_TRUE(refused(kByGroup, Key{}, token));
  EXPECT_TRUE(refused(kByGroup, Key{}.add("g"), "!" + token));
  EXPECT_TRUE(refused(kByGroup, Key{}.add("g"), token.substr(1)));
  EXPECT_TRUE(refused(kByGroup, Key{}.add("g"), token + "A"));
  EXPECT_TRUE(refused(kByGroup, Key{}.add("g"), "AAAA"));
  EXPECT_FALSE(kOthers.list(state_, kByGroup, Key{}.add("g"), {1, token, 10}).has_value());
}

TEST_F(TableTest, RowThatStandsUnderSeveralFiltersOfAListIsListedOnce) {
  for (int i = 0; i < 9; ++i) {
    std::set<std::string> tags;
    if (i % 2 == 0) tags.insert("a");
    if (i % 3 == 0) tags.insert("b");
    kRows.put(state_, row("r" + std::to_string(i), "g", 1, tags));
  }
  const std::vector<Key> filters{Key{}.add("a"), Key{}.add("b"), Key{}.add("none")};
  for (int size = 1; size <= 7; ++size) {
    PageRequest request;
    request.page_size = size;
    std::vector<std::string> ids;
    do {
      const auto page = kRows.list(state_, kByTag, filters, request);
      ASSERT_TRUE(page.has_value());
      for (const auto& found : page->rows) ids.push_back(id_of(found));
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    EXPECT_EQ(ids, (std::vector<std::string>{"r0", "r2", "r3", "r4", "r6", "r8"})) << size;
  }
}

TEST_F(TableTest, RowsWithMapsHaveTheSameBytesWhateverTheOrderOfFilling) {
  google::protobuf::Struct one;
  google::protobuf::Struct other;
  for (int i = 0; i < 20; ++i) {
    (*one.mutable_fields())[std::to_string(i)].set_number_value(i);
    (*other.mutable_fields())[std::to_string(19 - i)].set_number_value(19 - i);
  }
  EXPECT_EQ(internal::serialize(one), internal::serialize(other));
}

TEST_F(TableTest, ScanVisitsRowsUnderAPrefixInKeyOrderUntilTold) {
  for (const auto* id : {"c", "a", "b"}) kRows.put(state_, row(id, "g", 1));
  std::string seen;
  kRows.scan(state_, {}, [&](const ListValue& row) {
    seen += id_of(row);
    return id_of(row) != "b";
  });
  EXPECT_EQ(seen, "ab");
}

TEST_F(TableTest, CounterStartsAtZeroAndKeepsWhatItWasSetTo) {
  constexpr Counter kIds(0x90);
  EXPECT_EQ(kIds.get(state_, Key{}.add("610524")), 0U);
  kIds.set(state_, Key{}.add("610524"), 300);
  EXPECT_EQ(kIds.get(state_, Key{}.add("610524")), 300U);
  EXPECT_EQ(kIds.get(state_, Key{}.add("610525")), 0U);
}

const std::vector<std::string> kGroups{"", "g", std::string("g\0", 2), "gg"};
const std::vector<std::string> kTags{"red", "green", "blue"};

// One change of a row at random; the model keeps the rows by id.
void change_something(Tx& tx, std::map<std::string, ListValue>& model) {
  const auto id = "r" + std::to_string(*rc::gen::inRange(0, 12));
  if (*rc::gen::inRange(0, 3) == 0) {
    kRows.erase(tx, Key{}.add(id));
    model.erase(id);
    return;
  }
  std::set<std::string> tags;
  for (const auto& tag : kTags) {
    if (*rc::gen::arbitrary<bool>()) tags.insert(tag);
  }
  const auto made = row(id, *rc::gen::elementOf(kGroups), *rc::gen::inRange(0, 3), tags);
  kRows.put(tx, made);
  model[id] = made;
}

RC_GTEST_PROP(Table, CountsAndListsEqualARecount, ()) {
  const EmptyView empty;
  Layer below(empty);
  Layer above(below);
  std::map<std::string, ListValue> model;
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i) change_something(below, model);
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i) change_something(above, model);

  for (const auto& group : kGroups) {
    std::uint64_t expected = 0;
    for (const auto& [id, row] : model) expected += group_of(row) == group ? 1 : 0;
    RC_ASSERT(kRows.count(above, kByGroup, Key{}.add(group)).value == expected);
    const auto page = kRows.list(above, kByGroup, Key{}.add(group), {1'000, "", 10'000});
    RC_ASSERT(page.has_value() && page->rows.size() == expected);
    RC_ASSERT(std::is_sorted(
        page->rows.begin(), page->rows.end(),
        [](const auto& one, const auto& other) { return order_of(one) > order_of(other); }));
  }
  for (const auto& tag : kTags) {
    std::set<std::string> expected;
    for (const auto& [id, row] : model) {
      for (int i = 3; i < row.values_size(); ++i) {
        if (row.values(i).string_value() == tag) expected.insert(id);
      }
    }
    RC_ASSERT(kRows.count(above, kByTag, Key{}.add(tag)).value == expected.size());
    const auto page = kRows.list(above, kByTag, Key{}.add(tag), {1'000, "", 10'000});
    RC_ASSERT(page.has_value());
    std::set<std::string> listed;
    for (const auto& row : page->rows) listed.insert(id_of(row));
    RC_ASSERT(listed == expected && page->rows.size() == expected.size());
  }
}

RC_GTEST_PROP(Table, PagesListWhatStaysExactlyOnceWhileOthersAreWritten, ()) {
  const EmptyView empty;
  Layer state(empty);
  std::multiset<std::string> stay;
  for (int i = *rc::gen::inRange(0, 15); i > 0; --i) {
    const auto id = "s" + std::to_string(i);
    kRows.put(state, row(id, "g", *rc::gen::inRange(0, 5)));
    stay.insert(id);
  }
  std::map<std::string, ListValue> others;

  std::multiset<std::string> listed;
  PageRequest request{*rc::gen::inRange(1, 5), "", *rc::gen::inRange(1, 5)};
  do {
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) change_something(state, others);
    const auto page = kRows.list(state, kByGroup, Key{}.add("g"), request);
    RC_ASSERT(page.has_value());
    for (const auto& row : page->rows) {
      if (id_of(row).starts_with("s")) listed.insert(id_of(row));
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  RC_ASSERT(listed == stay);
}

RC_GTEST_PROP(Table, SeveralFiltersAreOneListAlsoOfRowsThatGoFromOneToAnother, ()) {
  const EmptyView empty;
  Layer state(empty);
  const std::vector<std::string> groups{"a", "b", "c"};
  const auto any_group = [&] { return *rc::gen::elementOf(groups); };
  std::vector<std::pair<std::uint64_t, std::string>> rows;  // As the list has them.
  for (int i = *rc::gen::inRange(0, 15); i > 0; --i) {
    const auto id = "s" + std::to_string(i);
    const auto order = *rc::gen::inRange<std::uint64_t>(0, 5);
    kRows.put(state, row(id, any_group(), order));
    rows.emplace_back(~order, id);
  }
  kRows.put(state, row("else", "d", 3));  // Under none of the filters.
  std::ranges::sort(rows);

  std::vector<std::pair<std::uint64_t, std::string>> listed;
  PageRequest request{*rc::gen::inRange(1, 5), "", *rc::gen::inRange(1, 5)};
  const std::vector filters{Key{}.add("a"), Key{}.add("b"), Key{}.add("c")};
  do {
    for (const auto& [order, id] : rows) {
      if (*rc::gen::inRange(0, 3) == 0) kRows.put(state, row(id, any_group(), ~order));
    }
    const auto page = kRows.list(state, kByGroup, filters, request);
    RC_ASSERT(page.has_value());
    for (const auto& row : page->rows) listed.emplace_back(~order_of(row), id_of(row));
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  RC_ASSERT(listed == rows);
}

RC_GTEST_PROP(Table, InsertedIsAsPut, ()) {
  const EmptyView empty;
  Layer put(empty);
  Layer inserted(empty);
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
    const auto group = *rc::gen::element<std::string>("g", "h");
    const auto made = row("s" + std::to_string(i), group, *rc::gen::inRange(0, 5), {"t", group});
    kRows.put(put, made);
    kRows.insert(inserted, made);
  }
  RC_ASSERT(put.changes() == inserted.changes());
}

}  // namespace
}  // namespace lianmeng::state
