#include "platform/rpc/library_lines.h"

#include <gtest/gtest.h>

namespace lianmeng::rpc {
namespace {

using std::chrono::seconds;

TEST(LibraryLines, OfOnePlaceOneIsHeardAMinuteAndTellsHowManyWereNot) {
  LibraryLines lines(std::chrono::minutes(1));
  const SteadyTime start{seconds(1000)};
  EXPECT_EQ(lines.take("ssl.cc", 1501, start), 0U);
  for (int i = 1; i < 60; ++i) {
    EXPECT_EQ(lines.take("ssl.cc", 1501, start + seconds(i)), std::nullopt);
  }
  EXPECT_EQ(lines.take("ssl.cc", 1501, start + seconds(60)), 59U);
  EXPECT_EQ(lines.take("ssl.cc", 1501, start + seconds(61)), std::nullopt);
}

TEST(LibraryLines, PlacesDoNotSilenceEachOther) {
  LibraryLines lines(std::chrono::minutes(1));
  const SteadyTime start{seconds(1000)};
  EXPECT_EQ(lines.take("ssl.cc", 1501, start), 0U);
  EXPECT_EQ(lines.take("ssl.cc", 1502, start), 0U);
  EXPECT_EQ(lines.take("tcp.cc", 1501, start), 0U);
}

}  // namespace
}  // namespace lianmeng::rpc
