#include "platform/state/table.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

namespace lianmeng::state {
namespace {

constexpr char kRowMark = '\x00';
constexpr unsigned char kCountBit = 0x80;
constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 1'000;
constexpr std::size_t kCheckBytes = 8;

// Little-endian groups of seven bits, as protobuf's varint.
std::string to_varint(std::uint64_t number) {
  std::string out;
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
  return out;
}

std::uint64_t from_varint(std::string_view bytes) {
  std::uint64_t number = 0;
  int shift = 0;
  for (const char byte : bytes) {
    const auto bits = static_cast<unsigned char>(byte);
    LM_ASSERT(shift < 64, "a number in the state is too long");
    number |= std::uint64_t{bits & 0x7fU} << shift;
    if ((bits & 0x80) == 0) return number;
    shift += 7;
  }
  LM_ASSERT(false, "a number in the state is cut short");
  return 0;
}

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out.push_back(kBase64Url[bits >> count & 0x3f]);
    }
  }
  if (count > 0) out.push_back(kBase64Url[bits << (6 - count) & 0x3f]);
  return out;
}

bool from_base64url(std::string_view text, std::string* out) {
  out->clear();
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const auto value = kBase64Url.find(letter);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out->push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return count < 6;
}

// FNV-1a over the list's prefixes and the place in it. No secret: it tells an honest mistake, and a
// forged token still reads nothing outside the prefix.
std::string check_of(std::string_view list, std::string_view place) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view bytes) {
    for (const char byte : bytes) {
      hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    }
  };
  mix(list);
  mix(place);
  return Key{}.add(hash).bytes();
}

// A token is the check and the last entry's place in the list.
std::string to_token(std::string_view list, std::string_view place) {
  return to_base64url(check_of(list, place).append(place));
}

Result<std::string> from_token(std::string_view list, std::string_view token) {
  std::string bytes;
  if (!from_base64url(token, &bytes) || bytes.size() <= kCheckBytes)
    return fail(malformed_page_token());
  const auto place = std::string_view(bytes).substr(kCheckBytes);
  if (check_of(list, place) != std::string_view(bytes).substr(0, kCheckBytes)) {
    return fail(malformed_page_token());
  }
  return std::string(place);
}

}  // namespace

Error malformed_page_token() {
  Error error;
  error.kind = ErrorKind::kInvalidArgument;
  error.reason = "PAGE_TOKEN_MALFORMED";
  error.message_zh = "翻页标记无效，或属于另一个列表；请从第一页重新查询。";
  error.message_en =
      "The page token is damaged or belongs to another list; ask for the first page again.";
  error.violations.push_back({"page_token", error.message_zh, error.message_en});
  return error;
}

namespace internal {

void append_serialized(const google::protobuf::MessageLite& row, std::string& bytes) {
  const auto size = row.ByteSizeLong();
  const auto start = bytes.size();
  bytes.resize(start + size);
  // One block of the right size: a string that grows under the stream costs twice as much.
  google::protobuf::io::ArrayOutputStream stream(bytes.data() + start, static_cast<int>(size));
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  row.SerializeWithCachedSizes(&coded);
  LM_ASSERT(!coded.HadError(), "a row does not serialize");
}

std::string serialize(const google::protobuf::MessageLite& row) {
  std::string bytes;
  append_serialized(row, bytes);
  return bytes;
}

std::string row_key(std::uint8_t table, std::string_view primary) {
  std::string key;
  key.reserve(2 + primary.size());
  key.push_back(static_cast<char>(table));
  key.push_back(kRowMark);
  key.append(primary);
  return key;
}

std::string index_prefix(std::uint8_t table, std::uint8_t index, std::string_view filter) {
  std::string key;
  key.reserve(2 + filter.size());
  append_index_prefix(table, index, filter, key);
  return key;
}

void append_index_prefix(std::uint8_t table, std::uint8_t index, std::string_view filter,
                         std::string& out) {
  LM_ASSERT(index >= 1 && index <= 127, "index id {} is not within 1–127", index);
  out.push_back(static_cast<char>(table));
  out.push_back(static_cast<char>(index));
  out.append(filter);
}

std::string counter_key(std::uint8_t table, std::uint8_t index, std::string_view filter) {
  auto key = index_prefix(table, index, filter);
  key[1] = static_cast<char>(index | kCountBit);
  return key;
}

void update_indexes(Tx& tx, std::string_view primary, std::vector<IndexEntry> before,
                    std::vector<IndexEntry> after) {
  const auto tidy = [](std::vector<IndexEntry>& entries) {
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  };
  tidy(before);
  tidy(after);

  std::vector<std::pair<std::string_view, std::int64_t>> counts;
  const auto count = [&](const IndexEntry& entry, std::int64_t change) {
    if (entry.counter.empty()) return;
    for (auto& [counter, sum] : counts) {
      if (counter == entry.counter) {
        sum += change;
        return;
      }
    }
    counts.emplace_back(entry.counter, change);
  };
  const auto length = to_varint(primary.size());
  auto old = before.begin();
  auto fresh = after.begin();
  while (old != before.end() || fresh != after.end()) {
    if (fresh == after.end() || (old != before.end() && *old < *fresh)) {
      tx.erase(old->key);
      count(*old++, -1);
    } else if (old == before.end() || *fresh < *old) {
      tx.put(fresh->key, length);
      count(*fresh++, +1);
    } else {
      ++old;
      ++fresh;
    }
  }
  for (const auto& [counter, change] : counts) {
    if (change == 0) continue;
    const auto now = static_cast<std::int64_t>(read_count(tx, counter)) + change;
    LM_ASSERT(now >= 0, "a count would fall below zero");
    if (now == 0) {
      tx.erase(counter);
    } else {
      tx.put(counter, to_varint(static_cast<std::uint64_t>(now)));
    }
  }
}

std::uint64_t read_count(const View& view, std::string_view counter) {
  std::string bytes;
  return view.get(counter, &bytes) ? from_varint(bytes) : 0;
}

Result<std::string> scan_index(const View& view, const std::vector<std::string>& prefixes,
                               Counted counted, const PageRequest& page,
                               const std::function<bool(std::string_view primary)>& visit) {
  const int size = page.page_size < 1 ? kPageSizeDefault : std::min(page.page_size, kPageSizeMax);
  const int budget = std::max(page.scan_budget, 1);

  std::string list;
  for (const auto& prefix : prefixes) list.append(prefix);
  std::string last;
  if (!page.page_token.empty()) {
    auto place = from_token(list, page.page_token);
    if (!place) return fail(std::move(place.error()));
    last = std::move(*place);
  }

  // The list's place of an entry is what follows the prefix: order and primary key.
  struct Filter {
    std::unique_ptr<Cursor> cursor;
    std::string_view prefix;
    std::string_view place;
    // False at its end.
    bool look() {
      if (!cursor->valid() || !cursor->key().starts_with(prefix)) return false;
      place = cursor->key().substr(prefix.size());
      return true;
    }
  };
  std::vector<Filter> filters;  // Those that are not at their end.
  for (const auto& prefix : prefixes) {
    // A read costs a fraction of a cursor.
    if (counted == Counted::kYes && prefixes.size() > 1) {
      auto counter = prefix;
      counter[1] = static_cast<char>(static_cast<unsigned char>(counter[1]) | kCountBit);
      if (read_count(view, counter) == 0) continue;
    }
    Filter filter{view.cursor(), prefix, {}};
    filter.cursor->seek(std::string(prefix).append(last));
    if (!filter.look()) continue;
    // The entry itself may be gone by now; then the cursor stands behind it already.
    if (!page.page_token.empty() && filter.place == last) {
      filter.cursor->next();
      if (!filter.look()) continue;
    }
    filters.push_back(std::move(filter));
  }

  int looked_at = 0;
  int taken = 0;
  while (!filters.empty()) {
    if (taken == size || looked_at == budget) return to_token(list, last);
    const auto next = std::ranges::min_element(
        filters, [](const Filter& a, const Filter& b) { return a.place < b.place; });
    const auto length = from_varint(next->cursor->value());
    LM_ASSERT(length <= next->place.size(), "an index entry is shorter than its row's key");
    ++looked_at;
    last = next->place;
    if (visit(std::string_view(last).substr(last.size() - length))) ++taken;
    // What stands under several of them is met once.
    std::erase_if(filters, [&](Filter& filter) {
      if (filter.place != last) return false;
      filter.cursor->next();
      return !filter.look();
    });
  }
  return std::string();
}

}  // namespace internal

std::uint64_t Counter::get(const View& view, const Key& key) const {
  return internal::read_count(view, internal::row_key(table_, key.bytes()));
}

void Counter::set(Tx& tx, const Key& key, std::uint64_t value) const {
  tx.put(internal::row_key(table_, key.bytes()), to_varint(value));
}

}  // namespace lianmeng::state
