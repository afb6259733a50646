// Strong types for ids: a county is no person and neither is text.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng {

// An id that is text. Tag makes the types differ.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.value_; }

 private:
  std::string value_;
};

// The tenant: an id fixed for ever at creation, usually the six-digit division code of that day.
using CountyId = Id<struct CountyTag>;
// "<county of registration>-p<number>": one person may hold posts in several counties.
using PersonId = Id<struct PersonTag>;

// 48 for every service, everywhere, for ever (design: partitions and tenancy).
inline constexpr int kPartitions = 48;

// Kafka's default partitioner: murmur2 of the key, its sign bit cleared, modulo 48.
int partition_of(std::string_view key);
inline int partition_of(const CountyId& county) { return partition_of(county.str()); }

// Who calls. A person acts by posts in force; a county system publishes what it was granted; the
// operator creates counties and sees nothing else in them; the system is Lianmeng itself (timers
// and policies).
struct Actor {
  enum class Kind { kSystem, kPerson, kCountySystem, kOperator };
  Kind kind = Kind::kSystem;
  std::string id;            // Empty for the system.
  std::string on_behalf_of;  // A person's id, when a system or an importing office names one.

  bool is_person() const { return kind == Kind::kPerson; }
  auto operator<=>(const Actor&) const = default;
};

// "person:610524-p3", "county-system:tax", "operator:root", "system"; "…;for=610524-p4" on behalf.
std::string to_string(const Actor& actor);
Result<Actor> parse_actor(std::string_view text);

// One event's place: what causes, tokens, histories and the feed speak of.
struct Place {
  std::string service;
  int partition = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const Place&) const = default;
};

// "dispatch/7/901".
std::string to_string(const Place& place);
Result<Place> parse_place(std::string_view text);

}  // namespace lianmeng

template <class Tag>
struct std::hash<lianmeng::Id<Tag>> {
  std::size_t operator()(const lianmeng::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
