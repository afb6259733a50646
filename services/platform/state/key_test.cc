#include "platform/state/key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <compare>
#include <limits>
#include <tuple>
#include <vector>

namespace lianmeng::state {
namespace {

// Few letters, among them those that the encoding treats apart, so that texts share prefixes.
rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(rc::gen::element('\x00', '\x01', 'a', 'b', '\xff'));
}

rc::Gen<Time> any_time() {
  return rc::gen::map(rc::gen::arbitrary<std::int64_t>(),
                      [](auto ms) { return Time(Duration(ms)); });
}

Time at(std::int64_t ms) { return Time(Duration(ms)); }

RC_GTEST_PROP(Key, SortsAsItsPartsDo, ()) {
  using Parts = std::tuple<std::string, std::uint64_t, std::string, Time>;
  const auto any_parts =
      rc::gen::tuple(any_text(), rc::gen::inRange<std::uint64_t>(0, 3), any_text(), any_time());
  const Parts one = *any_parts;
  Parts other = *any_parts;
  if (*rc::gen::arbitrary<bool>()) std::get<0>(other) = std::get<0>(one);
  const auto key = [](const Parts& parts) {
    Key made;
    std::apply([&](const auto&... part) { (made.add(part), ...); }, parts);
    return made.bytes();
  };
  RC_ASSERT((key(one) <=> key(other)) == (one <=> other));
}

RC_GTEST_PROP(Key, DownSortsTheOtherWayRound, ()) {
  const auto one = *any_time();
  const auto other = *any_time();
  RC_ASSERT((Key{}.down(one).bytes() < Key{}.down(other).bytes()) == (other < one));
  const auto number = *rc::gen::arbitrary<std::uint64_t>();
  const auto another = *rc::gen::arbitrary<std::uint64_t>();
  RC_ASSERT((Key{}.down(number).bytes() < Key{}.down(another).bytes()) == (another < number));
}

RC_GTEST_PROP(Key, PartsAreReadBack, ()) {
  const auto text = *any_text();
  const auto number = *rc::gen::arbitrary<std::uint64_t>();
  const auto time = *any_time();
  const auto key = Key{}.add(text).add(number).add(time);
  KeyReader reader(key.bytes());
  std::string text_read;
  std::uint64_t number_read = 0;
  Time time_read;
  RC_ASSERT(reader.text(&text_read) && reader.number(&number_read) && reader.time(&time_read));
  RC_ASSERT(reader.done());
  RC_ASSERT(text_read == text);
  RC_ASSERT(number_read == number);
  RC_ASSERT(time_read == time);
}

RC_GTEST_PROP(Key, IsAPrefixOfExactlyTheKeysThatBeginWithItsParts, ()) {
  const auto one = *any_text();
  const auto other = *any_text();
  const auto longer = Key{}.add(other).add(*any_text());
  RC_ASSERT(longer.bytes().starts_with(Key{}.add(one).bytes()) == (one == other));
}

RC_GTEST_PROP(Key, PrefixEndLiesBehindTheWholePrefixAndNothingElse, ()) {
  const auto prefix = *any_text();
  const auto key = *any_text();
  const auto end = prefix_end(prefix);
  const bool within = key >= prefix && (end.empty() || key < end);
  RC_ASSERT(within == key.starts_with(prefix));
}

TEST(Key, TimesBefore1970SortBeforeLaterOnes) {
  EXPECT_LT(Key{}.add(at(-1)).bytes(), Key{}.add(at(0)).bytes());
  EXPECT_LT(Key{}.add(at(std::numeric_limits<std::int64_t>::min())).bytes(),
            Key{}.add(at(-1)).bytes());
}

TEST(Key, BytesAreAsTheyWereSinceStoresKeepThem) {
  EXPECT_EQ(Key{}.add(std::string_view("a\0b", 3)).bytes(), std::string("a\0\xff"
                                                                        "b\0\x01",
                                                                        6));
  EXPECT_EQ(Key{}.add(std::uint64_t{258}).bytes(), std::string("\0\0\0\0\0\0\x01\x02", 8));
  EXPECT_EQ(Key{}.add(at(1)).bytes(), std::string("\x80\0\0\0\0\0\0\x01", 8));
}

TEST(KeyReader, BytesThatAreNoKeyAreRefused) {
  std::string text;
  std::uint64_t number = 0;
  EXPECT_FALSE(KeyReader("").text(&text));
  EXPECT_FALSE(KeyReader("a").text(&text));
  EXPECT_FALSE(KeyReader(std::string_view("a\0", 2)).text(&text));
  EXPECT_FALSE(KeyReader(std::string_view("a\0b", 3)).text(&text));
  EXPECT_FALSE(KeyReader("1234567").number(&number));
}

}  // namespace
}  // namespace lianmeng::state
