// Typed tables with declared indexes over a View.
//
// A table is a constant of its service:
//
//   inline const Table<rows::Demand> kDemands{
//       0x81, "demands",
//       [](const rows::Demand& d) { return Key{}.add(d.county()).add(d.demand_id()); },
//       {Index<rows::Demand>{
//           1, "by_scope_created", Counted::kYes,
//           [](const rows::Demand& d, const IndexSink& entry) {
//             for (const auto& scope : scopes(d)) entry(Key{}.add(scope), Key{}.down(d.created));
//           }}}};
//
// A row is a protobuf message. `put`, `insert` and `erase` keep the indexes and the counts; an
// index is pairs of filter and order, and what it declares is counted exactly where it says
// Counted::kYes: the number of entries with exactly that filter, so a filter has the same parts
// throughout an index.
//
// Layout of a key: table id (1 byte), 0 and the primary key → row; table id, index id, filter,
// order, primary key → the primary key's length (so that a list finds the row); table id, index id
// | 0x80, filter → the count. Table ids: 0x01–0x0f the runtime, 0x20–0x2f the roster projection,
// 0x40–0x4f other projections, 0x80–0xff the service's own.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/error.h"
#include "platform/state/key.h"
#include "platform/state/view.h"

namespace lianmeng::state {

enum class Counted { kNo, kYes };

// Takes (filter, order) of one entry.
using IndexSink = std::function<void(const Key& filter, const Key& order)>;

template <class Row>
struct Index {
  std::uint8_t id;  // 1–127, unique in its table.
  std::string_view name;
  Counted counted;
  // Every entry that the row has; none, one or several. Pure.
  std::function<void(const Row&, const IndexSink&)> entries;
};

// How much of a list is asked for.
struct PageRequest {
  int page_size = 50;        // 1–1,000; what is less means 50, what is more 1,000.
  std::string page_token;    // From the page before; empty for the first.
  int scan_budget = 10'000;  // Rows looked at before a short page is given.
};

template <class Row>
struct Page {
  std::vector<Row> rows;
  std::string next_page_token;  // Empty at the end. A short page may still have one (scan budget).
};

struct Count {
  std::uint64_t value = 0;
  bool exact = true;  // Otherwise "at least".
};

// PAGE_TOKEN_MALFORMED, for lists that make tokens of their own.
Error malformed_page_token();

namespace internal {

// The work that does not depend on the row's type (table.cc).
struct IndexEntry {
  std::string key;      // Whole store key.
  std::string counter;  // Whole key of the count; empty when not counted.
  auto operator<=>(const IndexEntry&) const = default;
};

// The same bytes for the same row (maps sorted), since replicas compare digests of their state.
std::string serialize(const google::protobuf::MessageLite& row);
void append_serialized(const google::protobuf::MessageLite& row, std::string& bytes);
std::string row_key(std::uint8_t table, std::string_view primary);
std::string index_prefix(std::uint8_t table, std::uint8_t index, std::string_view filter);
void append_index_prefix(std::uint8_t table, std::uint8_t index, std::string_view filter,
                         std::string& out);
std::string counter_key(std::uint8_t table, std::uint8_t index, std::string_view filter);
// Writes the difference between the entries before and after.
void update_indexes(Tx& tx, std::string_view primary, std::vector<IndexEntry> before,
                    std::vector<IndexEntry> after);
std::uint64_t read_count(const View& view, std::string_view counter);

// Walks the entries of one or several filters of an index from a token on, as one list in the one
// order. `visit` gets the primary key and answers whether the row goes on the page. Errors:
// PAGE_TOKEN_MALFORMED when the token belongs to another list. An index that is counted is spared
// the cursor of a filter without entries.
Result<std::string> scan_index(const View& view, const std::vector<std::string>& prefixes,
                               Counted counted, const PageRequest& page,
                               const std::function<bool(std::string_view primary)>& visit);

}  // namespace internal

template <class Row>
class Table {
 public:
  using KeyOf = std::function<Key(const Row&)>;
  using Keep = std::function<bool(const Row&)>;

  Table(std::uint8_t id, std::string_view name, KeyOf key_of, std::vector<Index<Row>> indexes = {})
      : id_(id), name_(name), key_of_(std::move(key_of)), indexes_(std::move(indexes)) {}

  std::string_view name() const { return name_; }
  std::uint8_t id() const { return id_; }

  // What all its rows' keys, and all keys of one of its indexes, begin with.
  std::string prefix() const { return internal::row_key(id_, {}); }
  std::string prefix(std::uint8_t index) const { return internal::index_prefix(id_, index, {}); }

  std::optional<Row> find(const View& view, const Key& primary) const {
    return find_bytes(view, primary.bytes());
  }
  bool has(const View& view, const Key& primary) const {
    std::string bytes;
    return view.get(internal::row_key(id_, primary.bytes()), &bytes);
  }

  // Inserts or replaces.
  void put(Tx& tx, const Row& row) const {
    const auto primary = key_of_(row).bytes();
    if (!indexes_.empty()) {
      std::vector<internal::IndexEntry> before;
      if (const auto old = find_bytes(tx, primary)) before = entries_of(*old, primary);
      internal::update_indexes(tx, primary, std::move(before), entries_of(row, primary));
    }
    tx.put(internal::row_key(id_, primary), internal::serialize(row));
  }

  // As put, for a row that is known not to be there: nothing is looked for in the store.
  void insert(Tx& tx, const Row& row) const {
    const auto primary = key_of_(row).bytes();
    if (!indexes_.empty()) internal::update_indexes(tx, primary, {}, entries_of(row, primary));
    tx.put(internal::row_key(id_, primary), internal::serialize(row));
  }

  // Nothing happens when there is no such row.
  void erase(Tx& tx, const Key& primary) const {
    const auto old = find(tx, primary);
    if (!old) return;
    internal::update_indexes(tx, primary.bytes(), entries_of(*old, primary.bytes()), {});
    tx.erase(internal::row_key(id_, primary.bytes()));
  }

  // Reads, changes and writes one row that exists.
  template <class Change>
  void update(Tx& tx, const Key& primary, const Change& change) const {
    auto row = find(tx, primary);
    LM_ASSERT(row.has_value(), "{}: no row to update", name_);
    change(*row);
    put(tx, *row);
  }

  // Rows in the order of an index under any of several filters; `keep` filters beyond the index
  // within the scan budget. Stable while rows are written: an entry that is there throughout is
  // listed once, and so is a row that goes from one of the filters to another.
  Result<Page<Row>> list(const View& view, std::uint8_t index, const std::vector<Key>& filters,
                         const PageRequest& request, const Keep& keep = {}) const {
    Page<Row> page;
    auto token = walk(view, index, filters, request, [&](Row& row) {
      if (keep && !keep(row)) return false;
      page.rows.push_back(std::move(row));
      return true;
    });
    if (!token) return fail(std::move(token.error()));
    page.next_page_token = std::move(*token);
    return page;
  }
  Result<Page<Row>> list(const View& view, std::uint8_t index, const Key& filter,
                         const PageRequest& request, const Keep& keep = {}) const {
    return list(view, index, std::vector{filter}, request, keep);
  }

  // As list, but hands each row to `take`, which answers whether it is on the page and may use it
  // up: it is gone with the next one. All are parsed into one, so that a long list allocates
  // little. The token of the next page.
  template <class Take>
  Result<std::string> walk(const View& view, std::uint8_t index, const std::vector<Key>& filters,
                           const PageRequest& request, const Take& take) const {
    Row row;
    std::string bytes;
    return internal::scan_index(
        view, prefixes(index, filters), counted(index), request, [&](std::string_view primary) {
          LM_ASSERT(view.get(internal::row_key(id_, primary), &bytes),
                    "{}: index {} names a row that is not there", name_, index);
          parse(bytes, &row);
          return take(row);
        });
  }

  // The first row of an index under a filter.
  std::optional<Row> first(const View& view, std::uint8_t index, const Key& filter = {}) const {
    PageRequest one;
    one.page_size = 1;
    auto page = list(view, index, filter, one);
    LM_ASSERT(page.has_value());
    if (page->rows.empty()) return std::nullopt;
    return std::move(page->rows.front());
  }

  // Every row whose primary key begins with `prefix`, in key order, until `visit` says false.
  void scan(const View& view, const Key& prefix,
            const std::function<bool(const Row&)>& visit) const {
    const auto from = internal::row_key(id_, prefix.bytes());
    const auto cursor = view.cursor();
    for (cursor->seek(from); cursor->valid() && cursor->key().starts_with(from); cursor->next()) {
      if (!visit(parse(cursor->value()))) return;
    }
  }

  // The exact count of a declared pair. Requires an index that is Counted::kYes.
  Count count(const View& view, std::uint8_t index, const Key& filter) const {
    return {internal::read_count(view, internal::counter_key(id_, index, filter.bytes())), true};
  }

  // Rows beyond the declared pairs: exact when the scan budget sufficed.
  Count count_where(const View& view, std::uint8_t index, const std::vector<Key>& filters,
                    const Keep& keep, int scan_budget = 10'000) const {
    PageRequest request;
    request.page_size = 1'000'000'000;
    request.scan_budget = scan_budget;
    Count count;
    auto token = internal::scan_index(view, prefixes(index, filters), counted(index), request,
                                      [&](std::string_view primary) {
                                        const auto row = find_bytes(view, primary);
                                        if (row && keep(*row)) ++count.value;
                                        return false;
                                      });
    LM_ASSERT(token.has_value());
    count.exact = token->empty();
    return count;
  }

 private:
  Counted counted(std::uint8_t index) const {
    for (const auto& each : indexes_) {
      if (each.id == index) return each.counted;
    }
    return Counted::kNo;
  }

  std::vector<std::string> prefixes(std::uint8_t index, const std::vector<Key>& filters) const {
    std::vector<std::string> all;
    for (const auto& filter : filters) {
      all.push_back(internal::index_prefix(id_, index, filter.bytes()));
    }
    return all;
  }

  std::optional<Row> find_bytes(const View& view, std::string_view primary) const {
    std::string bytes;
    if (!view.get(internal::row_key(id_, primary), &bytes)) return std::nullopt;
    return parse(bytes);
  }

  Row parse(std::string_view bytes) const {
    Row row;
    parse(bytes, &row);
    return row;
  }
  void parse(std::string_view bytes, Row* row) const {
    LM_ASSERT(row->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())),
              "{}: a row does not parse", name_);
  }

  std::vector<internal::IndexEntry> entries_of(const Row& row, std::string_view primary) const {
    std::vector<internal::IndexEntry> entries;
    entries.reserve(kEntriesUsual);
    for (const auto& index : indexes_) {
      index.entries(row, [&](const Key& filter, const Key& order) {
        std::string key;
        key.reserve(2 + filter.bytes().size() + order.bytes().size() + primary.size());
        internal::append_index_prefix(id_, index.id, filter.bytes(), key);
        key.append(order.bytes()).append(primary);
        entries.push_back(
            {std::move(key), index.counted == Counted::kYes
                                 ? internal::counter_key(id_, index.id, filter.bytes())
                                 : std::string()});
      });
    }
    return entries;
  }

  static constexpr std::size_t kEntriesUsual = 8;

  std::uint8_t id_;
  std::string_view name_;
  KeyOf key_of_;
  std::vector<Index<Row>> indexes_;
};

// A number kept under a key of its own, such as a county's counter of ids.
class Counter {
 public:
  constexpr explicit Counter(std::uint8_t table) : table_(table) {}
  std::uint64_t get(const View& view, const Key& key) const;
  void set(Tx& tx, const Key& key, std::uint64_t value) const;

 private:
  std::uint8_t table_;
};

}  // namespace lianmeng::state
