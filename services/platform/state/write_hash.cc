#include "platform/state/write_hash.h"

#define XXH_INLINE_ALL  // XXH3's results are settled for ever since 0.8.0.
#include <xxhash.h>

namespace lianmeng::state {
namespace {

constexpr std::uint64_t kErased = 0x9ae16a3b2f90404f;

std::uint64_t hash_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// Not linear in either: writes are added up, and two keys that have exchanged their values must not
// add up to the same.
std::uint64_t together(std::uint64_t key, std::uint64_t value) {
  auto mixed = (key ^ (value << 23 | value >> 41)) * 0x9fb21c651e98df25;
  mixed ^= mixed >> 35;
  mixed = (mixed + value) * 0xd6e8feb86659fd93;
  return mixed ^ mixed >> 32;
}

}  // namespace

std::uint64_t hash_of_put(std::string_view key, std::string_view value) {
  return together(hash_of(key), hash_of(value));
}

std::uint64_t hash_of_erase(std::string_view key) { return together(hash_of(key), kErased); }

}  // namespace lianmeng::state
