#include "load/histogram.h"

#include <gtest/gtest.h>

namespace lianmeng::load {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, NothingRecordedIsZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
}

TEST(Histogram, QuantilesAreWithinTheWidthOfABucket) {
  Histogram histogram;
  for (int i = 1; i <= 100'000; ++i) histogram.record(nanoseconds(i * 37));
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 100'000 * 37;
    EXPECT_NEAR(static_cast<double>(histogram.quantile(share).count()), exact, exact / 60) << share;
  }
  EXPECT_EQ(histogram.quantile(1), nanoseconds(3'700'000));
  EXPECT_EQ(histogram.max(), nanoseconds(3'700'000));
  EXPECT_EQ(histogram.count(), 100'000u);
}

TEST(Histogram, TwoAreAddedAsIfRecordedInOne) {
  Histogram one;
  Histogram two;
  Histogram both;
  for (int i = 1; i < 1000; ++i) {
    (i % 2 == 0 ? one : two).record(nanoseconds(i * i));
    both.record(nanoseconds(i * i));
  }
  one.add(two);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.quantile(0.9), both.quantile(0.9));
  EXPECT_EQ(one.mean(), both.mean());
}

TEST(Histogram, HugeAndNegativeValuesAreTaken) {
  Histogram histogram;
  histogram.record(nanoseconds::max());
  histogram.record(nanoseconds(-5));
  EXPECT_EQ(histogram.max(), nanoseconds::max());
  EXPECT_EQ(histogram.quantile(0.5), nanoseconds(0));
}

}  // namespace
}  // namespace lianmeng::load
