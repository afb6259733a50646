#include "platform/log/headers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace lianmeng::log {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Headers made_of(const Pairs& pairs) {
  Headers headers;
  for (const auto& [name, value] : pairs) headers.add(name, value);
  return headers;
}

Pairs pairs_of(const Headers& headers) {
  Pairs pairs;
  for (const auto& [name, value] : headers) pairs.emplace_back(name, value);
  return pairs;
}

RC_GTEST_PROP(Headers, AreWhatWasAddedInOrderAlsoWhenReadFromBytes, (const Pairs& pairs)) {
  const auto headers = made_of(pairs);
  RC_ASSERT(headers.size() == pairs.size());
  RC_ASSERT(pairs_of(headers) == pairs);
  const auto bytes = std::string(headers.bytes()) + "and what follows";
  std::string_view rest = bytes;
  const auto read = Headers::read(rest, pairs.size());
  RC_ASSERT(read == headers);
  RC_ASSERT(rest == "and what follows");
}

RC_GTEST_PROP(Headers, OfBytesThatEndTooEarlyAreNone, (const Pairs& pairs)) {
  RC_PRE(!pairs.empty());
  const auto headers = made_of(pairs);
  const auto size = *rc::gen::inRange<std::size_t>(0, headers.bytes().size());
  auto cut = headers.bytes().substr(0, size);
  RC_ASSERT(!Headers::read(cut, pairs.size()));
}

TEST(Headers, OfAnyBytesAreReadOrRefused) {
  rc::check([](const std::string& bytes, std::uint8_t count) {
    std::string_view rest = bytes;
    if (const auto read = Headers::read(rest, count)) {
      RC_ASSERT(pairs_of(*read).size() == count);
      RC_ASSERT(read->bytes() == std::string_view(bytes).substr(0, bytes.size() - rest.size()));
    }
  });
}

TEST(Headers, TheFirstOfAName) {
  const Headers headers{{"ce_id", "a"}, {"ce_id", "b"}, {"empty", ""}};
  EXPECT_EQ(headers.find("ce_id"), "a");
  EXPECT_EQ(headers.find("empty"), "");
  EXPECT_EQ(headers.find("ce_type"), std::nullopt);
}

}  // namespace
}  // namespace lianmeng::log
