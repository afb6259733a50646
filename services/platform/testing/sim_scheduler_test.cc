#include "platform/testing/sim_scheduler.h"

#include <gtest/gtest.h>

#include <vector>

namespace lianmeng::sim {
namespace {

using std::chrono::milliseconds;

TEST(SimScheduler, RunsTasksByTimeAndThenInTheOrderOfScheduling) {
  SimScheduler scheduler;
  std::vector<int> ran;
  scheduler.after(milliseconds(5), [&] { ran.push_back(3); });
  scheduler.after(milliseconds(1), [&] { ran.push_back(1); });
  scheduler.after(milliseconds(1), [&] { ran.push_back(2); });
  EXPECT_TRUE(scheduler.run_all());
  EXPECT_EQ(ran, (std::vector{1, 2, 3}));
}

TEST(SimScheduler, ATaskMayScheduleMoreAndATimeThatIsOverMeansNow) {
  SimScheduler scheduler;
  const auto start = scheduler.now();
  std::vector<Time> ran;
  scheduler.after(milliseconds(5),
                  [&] { scheduler.at(start, [&] { ran.push_back(scheduler.now()); }); });
  EXPECT_TRUE(scheduler.run_all());
  EXPECT_EQ(ran, std::vector{start + milliseconds(5)});
}

TEST(SimScheduler, RunUntilATimeLeavesLaterTasksAndMovesTheClock) {
  SimScheduler scheduler;
  SimClock clock(scheduler);
  const auto start = scheduler.now();
  int ran = 0;
  scheduler.after(milliseconds(5), [&] { ++ran; });
  scheduler.after(milliseconds(50), [&] { ++ran; });
  scheduler.run_for(milliseconds(20));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(clock.now(), start + milliseconds(20));
}

TEST(SimClock, SkewMovesTheWallClockAndNotTheSteadyOne) {
  SimScheduler scheduler;
  SimClock clock(scheduler);
  const auto steady = clock.steady();
  clock.set_skew(milliseconds(-3000));
  EXPECT_EQ(clock.now(), scheduler.now() - milliseconds(3000));
  EXPECT_EQ(clock.steady(), steady);
}

}  // namespace
}  // namespace lianmeng::sim
