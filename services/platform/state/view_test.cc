#include "platform/state/view.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace lianmeng::state {
namespace {

using Model = std::map<std::string, std::string>;
using Rows = std::vector<std::pair<std::string, std::string>>;

Rows read(Cursor& cursor) {
  Rows rows;
  for (; cursor.valid(); cursor.next()) rows.emplace_back(cursor.key(), cursor.value());
  return rows;
}

Rows read_from(const View& view, std::string_view from) {
  const auto cursor = view.cursor();
  cursor->seek(from);
  return read(*cursor);
}

struct Step {
  std::string key;
  std::optional<std::string> value;
};

rc::Gen<std::string> any_key() {
  return rc::gen::container<std::string>(rc::gen::element('\x00', 'a', '\xff'));
}

// Half of the steps erase.
std::vector<Step> any_steps() {
  const auto step =
      rc::gen::map(rc::gen::tuple(any_key(), rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 100)),
                   [](const std::tuple<std::string, bool, int>& parts) {
                     const auto& [key, erases, value] = parts;
                     return Step{key, erases ? std::nullopt : std::optional(std::to_string(value))};
                   });
  return *rc::gen::container<std::vector<Step>>(step);
}

void make(const std::vector<Step>& steps, Layer& layer, Model& model) {
  for (const auto& [key, value] : steps) {
    if (value) {
      layer.put(key, *value);
      model[key] = *value;
    } else {
      layer.erase(key);
      model.erase(key);
    }
  }
}

void check_equal(const View& view, const Model& model) {
  RC_ASSERT(read_from(view, "") == Rows(model.begin(), model.end()));
  const auto from = *any_key();
  RC_ASSERT(read_from(view, from) == Rows(model.lower_bound(from), model.end()));
  std::string value = "untouched";
  const auto row = model.find(from);
  RC_ASSERT(view.get(from, &value) == (row != model.end()));
  RC_ASSERT(value == (row != model.end() ? row->second : "untouched"));
}

std::size_t bytes_of(const Changes& changes) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : changes) bytes += key.size() + (value ? value->size() : 0);
  return bytes;
}

RC_GTEST_PROP(Layer, OverLayersBehavesAsOneMap, ()) {
  const EmptyView empty;
  Layer store(empty);
  Layer dirty(store);
  Layer overlay(dirty);
  Model model;
  make(any_steps(), store, model);
  check_equal(store, model);
  make(any_steps(), dirty, model);
  check_equal(dirty, model);
  make(any_steps(), overlay, model);
  check_equal(overlay, model);
  RC_ASSERT(overlay.bytes() == bytes_of(overlay.changes()));
}

RC_GTEST_PROP(Layer, MergedIntoTheOneBelowChangesNothingThatIsSeen, ()) {
  const EmptyView empty;
  Layer store(empty);
  Layer dirty(store);
  Layer overlay(dirty);
  Model model;
  make(any_steps(), store, model);
  make(any_steps(), dirty, model);
  make(any_steps(), overlay, model);

  overlay.merge_into(dirty);

  RC_ASSERT(overlay.empty() && overlay.bytes() == 0);
  RC_ASSERT(dirty.bytes() == bytes_of(dirty.changes()));
  check_equal(overlay, model);
  check_equal(dirty, model);
}

RC_GTEST_PROP(Layer, ClearedShowsWhatLiesBelow, ()) {
  const EmptyView empty;
  Layer store(empty);
  Layer overlay(store);
  Model model;
  make(any_steps(), store, model);
  Model ignored;
  make(any_steps(), overlay, ignored);

  overlay.clear();

  RC_ASSERT(overlay.empty() && overlay.bytes() == 0);
  check_equal(overlay, model);
}

TEST(Layer, ErasedKeyIsKeptAsAChangeSinceTheStoreBelowMayHaveIt) {
  const EmptyView empty;
  Layer layer(empty);
  layer.put("a", "1");
  layer.erase("a");
  ASSERT_EQ(layer.changes().size(), 1U);
  EXPECT_EQ(layer.changes().begin()->value, std::nullopt);
}

TEST(EmptyView, HasNothing) {
  const EmptyView empty;
  std::string value;
  EXPECT_FALSE(empty.get("a", &value));
  EXPECT_TRUE(read_from(empty, "").empty());
}

}  // namespace
}  // namespace lianmeng::state
