#include "platform/base/ids.h"

#include <fmt/format.h>

#include <charconv>

namespace lianmeng {
namespace {

// org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c.
std::uint32_t murmur2(std::string_view data) {
  constexpr std::uint32_t kM = 0x5bd1e995;
  const auto length = static_cast<std::uint32_t>(data.size());
  std::uint32_t h = 0x9747b28c ^ length;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(data[i]));
  };
  std::size_t i = 0;
  for (; i + 4 <= data.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kM;
    k ^= k >> 24;
    k *= kM;
    h *= kM;
    h ^= k;
  }
  switch (data.size() - i) {
    case 3:
      h ^= byte(i + 2) << 16;
      [[fallthrough]];
    case 2:
      h ^= byte(i + 1) << 8;
      [[fallthrough]];
    case 1:
      h ^= byte(i);
      h *= kM;
  }
  h ^= h >> 13;
  h *= kM;
  h ^= h >> 15;
  return h;
}

constexpr std::string_view kPerson = "person:";
constexpr std::string_view kCountySystem = "county-system:";
constexpr std::string_view kOperator = "operator:";
constexpr std::string_view kSystem = "system";
constexpr std::string_view kFor = ";for=";

}  // namespace

int partition_of(std::string_view key) {
  return static_cast<int>((murmur2(key) & 0x7fffffff) % kPartitions);
}

std::string to_string(const Actor& actor) {
  std::string text;
  switch (actor.kind) {
    case Actor::Kind::kSystem:
      text = kSystem;
      break;
    case Actor::Kind::kPerson:
      text = fmt::format("{}{}", kPerson, actor.id);
      break;
    case Actor::Kind::kCountySystem:
      text = fmt::format("{}{}", kCountySystem, actor.id);
      break;
    case Actor::Kind::kOperator:
      text = fmt::format("{}{}", kOperator, actor.id);
      break;
  }
  if (!actor.on_behalf_of.empty()) text += fmt::format("{}{}", kFor, actor.on_behalf_of);
  return text;
}

Result<Actor> parse_actor(std::string_view text) {
  const auto whole = text;
  Actor actor;
  if (const auto at = text.find(kFor); at != text.npos) {
    actor.on_behalf_of = text.substr(at + kFor.size());
    text = text.substr(0, at);
  }
  if (text == kSystem) {
    actor.kind = Actor::Kind::kSystem;
    return actor;
  }
  const auto take = [&](std::string_view prefix, Actor::Kind kind) {
    if (!text.starts_with(prefix) || text.size() == prefix.size()) return false;
    actor.kind = kind;
    actor.id = text.substr(prefix.size());
    return true;
  };
  if (take(kPerson, Actor::Kind::kPerson) || take(kCountySystem, Actor::Kind::kCountySystem) ||
      take(kOperator, Actor::Kind::kOperator)) {
    return actor;
  }
  return fail(ErrorKind::kUnauthenticated, "ACTOR_MALFORMED",
              fmt::format("\"{}\" names no actor: write person:<id>, county-system:<id> or "
                          "operator:<name>",
                          whole));
}

std::string to_string(const Place& place) {
  return fmt::format("{}/{}/{}", place.service, place.partition, place.sequence);
}

Result<Place> parse_place(std::string_view text) {
  const auto first = text.find('/');
  const auto second = first == text.npos ? text.npos : text.find('/', first + 1);
  Place place;
  const auto number = [](std::string_view digits, auto& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
  };
  if (second == text.npos || first == 0 ||
      !number(text.substr(first + 1, second - first - 1), place.partition) ||
      !number(text.substr(second + 1), place.sequence) || place.partition < 0 ||
      place.partition >= kPartitions) {
    return fail(ErrorKind::kInvalidArgument, "TOKEN_MALFORMED",
                fmt::format("\"{}\" is no place in a log: write service/partition/sequence", text));
  }
  place.service = text.substr(0, first);
  return place;
}

}  // namespace lianmeng
