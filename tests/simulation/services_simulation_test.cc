// All services on one thread, on the partitions that production runs: people of a few counties work
// while hosts crash, lose answers, land records late and race each other, and days go by so that
// clocks turn yellow and red. First anything may fail and nothing may be wrong; then the faults
// stop and everything must be answered, told and the same on every host, after a restart and after
// a rebuild.
//
//   services_simulation_test --seeds=500 --first=1      a failure prints its seed
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "platform/testing/seeds.h"
#include "platform/testing/sim_cluster.h"
#include "simulation/judge.h"
#include "simulation/workload/workload.h"

namespace lianmeng::simulation {
namespace {

using namespace std::chrono_literals;
using testing::SimCluster;

using ::testing::IsEmpty;

testing::Seeds g_seeds;

// Seeds from which on every type of event is expected.
constexpr std::uint64_t kSeedsForAllEvents = 200;

// What nobody asks for here, with the reason.
const std::set<std::string> kNotSeen{
    // Written by the servers around an audit's query, which is none of these partitions' inputs.
    "dispatch AuditLooked",
    "membership AuditLooked",
    // Only of a posting with more recipients than one event holds: hundreds of people.
    "notification MailingAdvanced",
};

// Every type of event that a service can record.
std::vector<std::string> events_to_see() {
  std::vector<std::string> names;
  for (const auto* fold : all_services(1).folds) {
    const auto* events = fold->prototype().GetDescriptor();
    for (int i = 0; i < events->field_count(); ++i) {
      auto name = std::string(fold->service()) + " " + events->field(i)->message_type()->name();
      if (!kNotSeen.contains(name)) names.push_back(std::move(name));
    }
  }
  return names;
}

void simulate(std::uint64_t seed, Outcome& outcome) {
  SCOPED_TRACE(fmt::format("seed {}: repeat it with --first={} --seeds=1", seed, seed));
  SeededRandom dice(seed * 7919);
  auto options = all_services(1 + static_cast<int>(dice.below(3)));
  options.faults = dice.one_in(8) ? log::SimLogFaults{} : log::SimLogFaults::drawn(dice);
  if (g_seeds.plant_fault) options.faults.forgotten = 5;
  options.flush = static_cast<int>(dice.below(200));
  options.lost_forward = static_cast<int>(dice.below(100));
  options.all_act = dice.one_in(3);
  options.read_ahead = 1 + dice.below(100);
  options.heartbeat = std::chrono::hours{2 + dice.below(10)};
  SimCluster cluster(seed, options);
  Workload workload(cluster, kPartition, seed ^ 0xabcdef);
  auto& scheduler = cluster.scheduler();
  const auto any_host = [&] {
    return static_cast<int>(dice.below(static_cast<std::uint64_t>(options.hosts)));
  };

  // Anything may fail, and nothing be wrong.
  workload.set_up(dice.one_in(4) ? 3 : 2);
  const auto crash_rate = dice.below(200);
  const auto ticks = 15 + dice.below(45);
  const auto start = scheduler.now();
  for (std::uint64_t i = 0; i < ticks; ++i) {
    for (auto acts = 1 + dice.below(4); acts > 0; --acts) workload.act();
    if (!workload.is_set_up()) scheduler.run_for(1s);
    scheduler.run_for(Duration{dice.below(400)});
    if (dice.below(1000) < crash_rate) cluster.crash(any_host(), dice.one_in(5));
    if (dice.one_in(3)) cluster.restart(any_host());
    if (dice.one_in(20)) cluster.set_skew(any_host(), testing::wrong_by(dice));
    if (dice.one_in(10)) cluster.set_skew(any_host(), Duration{0});
    // Hours and days, within the life of a request id. Clocks are mostly right by then.
    Duration jump{0};
    if (dice.one_in(5)) jump = std::chrono::minutes{10 + dice.below(240)};
    if (dice.one_in(15)) jump = std::chrono::hours{12 + dice.below(12)};
    if (jump != Duration{0} && scheduler.now() + jump - start < 96h) {
      for (int host = 0; host < options.hosts && !dice.one_in(8); ++host) {
        cluster.set_skew(host, Duration{0});
      }
      scheduler.run_for(jump);
    }
    ASSERT_EQ(cluster.failure(), "");
  }
  // Then the faults stop. Long enough for the last level of what nobody acts on, in some of the
  // runs.
  Duration then{0};
  if (dice.one_in(3)) then = std::chrono::hours{24 * (1 + dice.below(9))};
  heal_and_judge(cluster, workload.wishes(), then, outcome);
}

TEST(ServicesSimulation, EverySeedKeepsThePromises) {
  Outcome outcome;
  for (auto seed = g_seeds.first; seed < g_seeds.first + g_seeds.count; ++seed) {
    simulate(seed, outcome);
    if (HasFailure()) {
      FAIL() << "seed " << seed;
    }
  }
  for (const auto& counts : {outcome.seen, outcome.happened}) {
    for (const auto& [name, count] : counts) fmt::print("{:>8} {}\n", count, name);
  }
  if (g_seeds.count >= testing::kSeedsForAllFaults) {
    EXPECT_THAT(testing::never(outcome.happened, testing::all_faults()), IsEmpty())
        << "these never happened, so nothing is proven of them";
  }
  if (g_seeds.count >= kSeedsForAllEvents) {
    EXPECT_THAT(testing::never(outcome.seen, events_to_see()), IsEmpty())
        << "these were never recorded: let the workload ask for them";
  }
}

TEST(ServicesSimulation, ASeedRepeatsItselfExactly) {
  Outcome once;
  Outcome again;
  simulate(g_seeds.first, once);
  simulate(g_seeds.first, again);
  EXPECT_EQ(once.digest, again.digest);
}

}  // namespace
}  // namespace lianmeng::simulation

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  lianmeng::simulation::g_seeds = lianmeng::testing::seeds_of(argc, argv, 500);
  return RUN_ALL_TESTS();
}
