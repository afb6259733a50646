// One scenario of all services, told by its seed, and a crash after each of its steps in turn: the
// acting host loses all that it held in memory, every second time its disk too. Between two steps
// nothing happens, so no moment of the scenario is left out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "platform/testing/sim_cluster.h"
#include "simulation/judge.h"
#include "simulation/workload/workload.h"

namespace lianmeng::simulation {
namespace {

using namespace std::chrono_literals;
using testing::SimCluster;

constexpr std::uint64_t kSeed = 610524;
constexpr int kActs = 30;
constexpr std::uint64_t kStepsMax = 100'000;

// The steps that were taken until the last answer; with a crash after so many of them.
std::uint64_t play(int hosts, std::optional<std::uint64_t> crash_after) {
  auto options = all_services(hosts);
  options.flush = 100;
  // A crash may fall between sending, landing and hearing of it.
  options.faults.append_delay_max = 4ms;
  options.faults.reply_delay_max = 4ms;
  options.faults.delivery_delay_max = 2ms;
  SimCluster cluster(kSeed, options);
  Workload workload(cluster, kPartition, kSeed);
  auto& scheduler = cluster.scheduler();

  std::uint64_t steps = 0;
  int acts = 0;
  const auto crash_if_due = [&] {
    if (steps != crash_after) return;
    cluster.crash(0, steps % 2 == 0);
    scheduler.after(10ms, [&] { cluster.restart(0); });
  };
  workload.set_up(1);
  crash_if_due();
  while (!workload.is_set_up() || !workload.wishes().done() || acts < kActs) {
    if (workload.is_set_up() && workload.wishes().done()) {
      workload.act();
      ++acts;
    }
    if (!scheduler.step() || ++steps > kStepsMax) {
      ADD_FAILURE() << "the scenario does not end";
      break;
    }
    crash_if_due();
  }
  Outcome outcome;
  heal_and_judge(cluster, workload.wishes(), Duration{0}, outcome);
  return steps;
}

void crash_at_every_step(int hosts) {
  const auto steps = play(hosts, std::nullopt);
  for (std::uint64_t step = 0; step <= steps; ++step) {
    SCOPED_TRACE(fmt::format("a crash after step {} of {}", step, steps));
    play(hosts, step);
    if (::testing::Test::HasFailure()) {
      FAIL() << "step " << step;
    }
  }
  fmt::print("{} hosts: a crash after each of {} steps\n", hosts, steps);
}

TEST(CrashAtEveryStep, OfTheOnlyHost) { crash_at_every_step(1); }

TEST(CrashAtEveryStep, OfTheActingHostBesideAStandby) { crash_at_every_step(2); }

}  // namespace
}  // namespace lianmeng::simulation
