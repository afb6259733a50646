// The runtime's simulation: a workload acts on hosts that crash, lose answers, disagree about the
// time and race each other; an auditor that reads nothing but the log judges. First anything may
// fail and nothing may be wrong; then the faults stop and everything must be answered.
//
//   platform_runtime_simulation_test --seeds=500 --first=1      a failure prints its seed
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "platform/runtime/simulation/audit.h"
#include "platform/runtime/simulation/workload.h"
#include "platform/testing/seeds.h"
#include "platform/testing/sim_cluster.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {
namespace {

Seeds g_seeds;

// What a host may need to know what became of what it wrote.
constexpr Duration kRecovery{2'000};

// Where no log and no network fails, nobody waits for long: neither on a host that decides nothing,
// since it is drained or its clock is off, nor on the others.
void ask_for_promptness(SimCluster& cluster, Workload& workload, Workload::Prompt prompt) {
  workload.expect_prompt(prompt);
  for (int round = 0; round < 3; ++round) {
    for (int host = 0; host < cluster.hosts(); ++host) {
      workload.add_wish("even", round == 1 ? -2 : 2, host);
      workload.add_look(host);
    }
    workload.read_by_token();
    cluster.scheduler().run_for(std::chrono::milliseconds{round == 1 ? 1'200 : 20});
  }
  cluster.scheduler().run_for(std::chrono::milliseconds{2'500});
  workload.expect_prompt(Workload::Prompt::kNo);
}

void simulate(std::uint64_t seed, Happened& happened) {
  SCOPED_TRACE(fmt::format("seed {}: repeat it with --first={} --seeds=1", seed, seed));
  SeededRandom dice(seed * 7919);
  auto options = tally_and_mirror(1 + static_cast<int>(dice.below(3)));
  options.faults = dice.one_in(8) ? log::SimLogFaults{} : log::SimLogFaults::drawn(dice);
  if (g_seeds.plant_fault) options.faults.forgotten = 5;
  options.flush = static_cast<int>(dice.below(200));
  options.lost_forward = static_cast<int>(dice.below(100));
  options.all_act = dice.one_in(3);
  options.read_ahead = 1 + dice.below(100);
  SimCluster cluster(seed, options);
  Workload workload(cluster, seed ^ 0xabcdef);
  auto& scheduler = cluster.scheduler();
  const auto any_host = [&] {
    return static_cast<int>(dice.below(static_cast<std::uint64_t>(options.hosts)));
  };

  // Anything may fail, and nothing be wrong.
  const auto wishes = 10 + dice.below(40);
  const auto crash_rate = dice.below(60);
  for (std::uint64_t i = 0; i < wishes; ++i) {
    workload.add_burst(dice.one_in(2) ? 1 : 1 + dice.below(12));
    if (dice.one_in(3)) workload.read();
    if (dice.one_in(4)) workload.add_look(any_host());
    scheduler.run_for(Duration{dice.below(400)});
    const auto host = any_host();
    if (dice.below(1000) < crash_rate * 5) cluster.crash(host, dice.one_in(5));
    if (dice.one_in(4)) cluster.restart(host);
    if (dice.one_in(30)) cluster.set_skew(host, wrong_by(dice));
    if (dice.one_in(10)) cluster.set_skew(host, Duration{0});
    if (dice.one_in(15)) cluster.drain(host, true);
    if (dice.one_in(5)) cluster.drain(any_host(), false);
    ASSERT_EQ(cluster.failure(), "");
  }
  // Then the faults stop, and everything must be answered.
  cluster.heal();
  scheduler.run_for(kRecovery);
  ask_for_promptness(cluster, workload, Workload::Prompt::kDone);
  if (options.hosts > 1) {
    const auto host = any_host();
    const bool drained = dice.one_in(2);
    if (drained) {
      cluster.drain(host, true);
    } else {
      cluster.set_skew(host, std::chrono::years{dice.one_in(2) ? 1 : -1});
    }
    // A standby whose clock is off hands on what it is asked for.
    const bool decides = drained || host == 0 || options.all_act;
    ask_for_promptness(cluster, workload,
                       decides ? Workload::Prompt::kAnswered : Workload::Prompt::kDone);
    cluster.drain(host, false);
    cluster.set_skew(host, Duration{0});
    ask_for_promptness(cluster, workload, Workload::Prompt::kDone);
  }
  const bool answered = scheduler.run_until([&] { return workload.done(); }, 2'000'000);
  ASSERT_TRUE(answered) << "some calls are never answered";
  workload.read_by_token();
  scheduler.run_for(std::chrono::seconds{30});
  ASSERT_EQ(cluster.failure(), "");
  ASSERT_EQ(workload.token_reads(), 0) << "reads with a token are never answered";
  audit(cluster, workload);
  add(happened, cluster.happened());
}

TEST(Simulation, EverySeedKeepsThePromises) {
  Happened happened;
  for (auto seed = g_seeds.first; seed < g_seeds.first + g_seeds.count; ++seed) {
    simulate(seed, happened);
    if (HasFailure()) {
      FAIL() << "seed " << seed;
    }
  }
  for (const auto& [name, count] : happened) fmt::print("{:>8} {}\n", count, name);
  if (g_seeds.count < kSeedsForAllFaults) return;
  auto expected = all_faults();
  // Only calls without a request id are told so: the others are asked for again.
  expected.emplace_back("answered FATE_UNKNOWN");
  EXPECT_THAT(never(happened, expected), ::testing::IsEmpty())
      << "these never happened, so nothing is proven of them";
}

// The metrics of what was void say what the log holds: nothing with one writer, each void record on
// every host with two.
TEST(Simulation, VoidRecordsLostRacesAndUnknownOutcomesAreCounted) {
  for (const int writers : {1, 2}) {
    SCOPED_TRACE(writers);
    auto options = tally_and_mirror(writers);
    options.all_act = true;
    SimCluster cluster(6, options);
    Workload workload(cluster, 6);
    const auto stats = [&](int host) { return cluster.partition(host, "tally", 0)->stats(); };
    for (int i = 0; i < 10; ++i) {
      for (int host = 0; host < writers; ++host) workload.add_wish("n", 1, host);
      cluster.scheduler().run_for(std::chrono::seconds{1});
    }
    ASSERT_TRUE(workload.done());
    const auto& records = cluster.log().records(kTallyLog);
    const auto void_records = records.size() - valid_records(records).size();
    std::uint64_t lost_races = 0;
    for (int host = 0; host < writers; ++host) {
      EXPECT_EQ(stats(host).void_records, void_records);
      EXPECT_EQ(stats(host).unknown_outcomes, 0u);
      lost_races += stats(host).lost_races;
    }
    EXPECT_EQ(void_records > 0, writers > 1);
    EXPECT_EQ(lost_races > 0, writers > 1);

    log::SimLogFaults faults;
    faults.lost_reply = 1000;
    cluster.log().set_faults(faults);
    workload.add_wish("n", 1, 0);
    EXPECT_TRUE(
        cluster.scheduler().run_until([&] { return stats(0).unknown_outcomes == 1; }, 10'000));
    cluster.heal();
    EXPECT_TRUE(cluster.scheduler().run_until([&] { return workload.done(); }, 100'000));
    EXPECT_EQ(stats(0).unknown_outcomes, 1u);
  }
}

// A host that gets on with its work is not silent, however much of it there is: its standby appends
// nothing.
TEST(Simulation, AStandbyIsCalmWhileTheFirstHostWorks) {
  auto options = tally_and_mirror(2);
  options.faults.append_delay_min = options.faults.append_delay_max = Duration{5};
  options.round_delay_max = Duration{0};  // The next event comes before the last one's answer.
  SimCluster cluster(7, options);
  Workload workload(cluster, 7);
  cluster.scheduler().run_for(std::chrono::seconds{1});
  for (int i = 0; i < 2'500; ++i) {
    workload.add_wish(fmt::format("n{}", i / 10), 2, i % 2);
    cluster.scheduler().run_for(Duration{2});
  }
  EXPECT_TRUE(cluster.scheduler().run_until([&] { return workload.done(); }, 100'000));
  EXPECT_GT(cluster.partition(0, "mirror", 0)->stats().policies, 2'000u);
  for (const auto* service : {"tally", "mirror"}) {
    EXPECT_EQ(cluster.partition(1, service, 0)->stats().batches, 0u) << service;
  }
}

// Cut or refilled behind the readers' backs: fatal, loud, never silently reset.
TEST(Simulation, ATruncatedLogIsNoticedAtStart) {
  auto options = tally_and_mirror(1);
  options.flush = 1000;
  SimCluster cluster(1, options);
  Workload workload(cluster, 1);
  for (int i = 0; i < 5; ++i) workload.add_wish();
  cluster.scheduler().run_for(std::chrono::seconds{5});
  ASSERT_TRUE(workload.done());
  cluster.crash(0);
  cluster.log().truncate(kTallyLog, 2);
  cluster.restart(0);
  cluster.scheduler().run_for(std::chrono::seconds{5});
  EXPECT_NE(cluster.failure().find("truncated"), std::string::npos) << cluster.failure();
}

// A validation is a decision: a host whose clock nobody has checked, since it never acted, asks the
// log for the time first, and one whose clock is off does not answer by it.
TEST(Simulation, AValidationIsDecidedByACheckedClockAlone) {
  auto options = tally_and_mirror(2);
  SimCluster cluster(3, options);
  cluster.scheduler().run_for(std::chrono::seconds{5});
  for (const auto* expected : {"", "CLOCK_OFF"}) {
    std::optional<runtime::CommandResult> result;
    runtime::Command command;
    command.name = "Add";
    command.county = kCounty;
    command.request_id = make_uuid_v7(cluster.scheduler().now(), cluster.random());
    command.validate_only = true;
    command.deadline = SteadyTime(cluster.scheduler().now().time_since_epoch()) + Duration{10'000};
    command.decide = add("n0", 1);
    command.done = [&](const runtime::CommandResult& answer) { result = answer; };
    cluster.command(1, "tally", std::move(command));
    cluster.scheduler().run_for(std::chrono::seconds{5});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->error() == nullptr ? "" : result->error()->reason, expected);
    cluster.set_skew(1, std::chrono::years{1});
  }
}

// A fold that is none: replicas differ in rows that no decision reads, and no audit of sums tells.
TEST(Simulation, ReplicasThatDifferAreNoticedByTheHeartbeat) {
  const auto wavering = wavering_tally_fold(3);
  auto options = tally_and_mirror(2);
  options.folds = {wavering.get(), &mirror_fold()};
  SimCluster cluster(4, options);
  Workload workload(cluster, 4);
  for (int i = 0; i < 10; ++i) workload.add_wish(fmt::format("n{}", i), 1, 0);
  cluster.scheduler().run_for(std::chrono::seconds{30});
  ASSERT_TRUE(workload.done());
  const auto acting = cluster.partition(0, "tally", 0)->digest();
  const auto standby = cluster.partition(1, "tally", 0)->digest();
  ASSERT_NE(acting, standby);
  ASSERT_EQ(cluster.failure(), "");
  cluster.scheduler().run_for(std::chrono::minutes{11});
  const auto told = cluster.failure();
  EXPECT_NE(told.find("host-1: tally/0: host host-0 wrote event"), std::string::npos) << told;
  EXPECT_NE(told.find(fmt::format("{:016x}", acting)), std::string::npos) << told;
  EXPECT_NE(told.find(fmt::format("{:016x}", standby)), std::string::npos) << told;
}

// Alone there is nobody to differ from but its own past: told at the next start, and no reason to
// stop the only host that there is.
TEST(Simulation, AHostThatFoldsItsOwnLogToAnotherStateSaysSo) {
  const auto wavering = wavering_tally_fold(3);
  auto options = tally_and_mirror(1);
  options.folds = {wavering.get(), &mirror_fold()};
  SimCluster cluster(5, options);
  Workload workload(cluster, 5);
  for (int i = 0; i < 10; ++i) workload.add_wish(fmt::format("n{}", i), 1, 0);
  cluster.scheduler().run_for(std::chrono::minutes{11});
  ASSERT_TRUE(workload.done());
  ASSERT_EQ(cluster.failure(), "");
  const auto before = cluster.partition(0, "tally", 0)->digest();
  cluster.crash(0, true);
  cluster.restart(0);
  cluster.scheduler().run_for(std::chrono::seconds{5});
  EXPECT_EQ(cluster.failure(), "");
  const auto* tally = cluster.partition(0, "tally", 0);
  ASSERT_NE(tally->digest(), before);
  EXPECT_EQ(tally->state(), runtime::Partition::State::kServing);
  EXPECT_GT(tally->stats().differing_digests, 0u);
  EXPECT_NE(tally->difference().find("one of the two is not what the log folds to"),
            std::string::npos);
}

TEST(Simulation, ARecreatedLogIsNoticedByTheHeartbeat) {
  auto options = tally_and_mirror(1);
  SimCluster cluster(2, options);
  Workload workload(cluster, 2);
  for (int i = 0; i < 5; ++i) workload.add_wish();
  cluster.scheduler().run_for(std::chrono::seconds{5});
  ASSERT_TRUE(workload.done());
  cluster.log().recreate(kTallyLog);
  cluster.scheduler().run_for(std::chrono::minutes{11});
  EXPECT_NE(cluster.failure(), "");
}

}  // namespace
}  // namespace lianmeng::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  lianmeng::testing::g_seeds = lianmeng::testing::seeds_of(argc, argv, 200);
  return RUN_ALL_TESTS();
}
