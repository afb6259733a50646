// All services on one thread, on the partitions that production runs: people of a few counties work
// while hosts crash, lose answers, land records late and race each other, and days go by so that
// clocks turn yellow and red. First anything may fail and nothing may be wrong; then the faults
// stop and everything must be answered, told and the same on every host, after a restart and after
// a rebuild.
//
//   services_simulation_test --seeds=500 --first=1      a failure prints its seed
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "dispatch/domain/tables.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/domain/inbox.h"
#include "notification/fold.h"
#include "platform/testing/sim_cluster.h"
#include "simulation/auditor.h"
#include "simulation/workload.h"

namespace lianmeng::simulation {
namespace {

using namespace std::chrono_literals;
using testing::SimCluster;
using testing::SimClusterOptions;

std::uint64_t g_first = 1;
std::uint64_t g_seeds = 500;

constexpr std::array<const char*, 3> kServices{"membership", "dispatch", "notification"};
const int kPartition = partition_of(CountyId("610524"));
constexpr int kWrongMax = 10;  // Words of a failure.

// All but the host's own positions (tables 0x01 and 0x02): what the fold of the logs must give.
using State = std::map<std::string, std::string>;

State state_of(SimCluster& cluster, int host, const std::string& service) {
  State state;
  const auto cursor = cluster.partition(host, service, kPartition)->view().cursor();
  for (cursor->seek("\x03"); cursor->valid(); cursor->next()) {
    state.emplace(cursor->key(), cursor->value());
  }
  return state;
}

std::string table_of(const std::string& key) {
  return fmt::format("table 0x{:02x}", static_cast<unsigned char>(key.front()));
}

// Empty when they are the same.
std::string difference(const State& a, const State& b) {
  for (const auto& [key, value] : a) {
    const auto found = b.find(key);
    if (found == b.end()) return "a row is missing in " + table_of(key);
    if (found->second != value) return "a row differs in " + table_of(key);
  }
  for (const auto& [key, value] : b) {
    if (!a.contains(key)) return "a row too many in " + table_of(key);
  }
  return {};
}

std::uint64_t records_of(SimCluster& cluster) {
  std::uint64_t records = 0;
  for (const auto* service : kServices) {
    records +=
        cluster.log().records({"lianmeng." + std::string(service) + ".v1", kPartition}).size();
  }
  return records;
}

// The fold of the log is the state of every host, after a restart, and after a rebuild from
// nothing.
void compare_states(SimCluster& cluster) {
  auto& scheduler = cluster.scheduler();
  for (const auto* service : kServices) {
    const auto first = state_of(cluster, 0, service);
    for (int host = 1; host < cluster.hosts(); ++host) {
      EXPECT_EQ(difference(first, state_of(cluster, host, service)), "")
          << service << " on hosts 0 and " << host;
    }
  }
  const auto host =
      static_cast<int>(cluster.random().below(static_cast<std::uint64_t>(cluster.hosts())));
  for (const bool lose_disk : {false, true}) {
    std::map<std::string, State> before;
    std::uint64_t records = 0;
    // A timer may fire meanwhile: then it is compared once more.
    for (int attempt = 0; attempt < 5; ++attempt) {
      records = records_of(cluster);
      for (const auto* service : kServices) before[service] = state_of(cluster, host, service);
      cluster.crash(host, lose_disk);
      cluster.restart(host);
      scheduler.run_for(30s);
      if (records_of(cluster) == records) break;
    }
    for (const auto* service : kServices) {
      EXPECT_EQ(difference(before[service], state_of(cluster, host, service)), "")
          << service << (lose_disk ? " rebuilt" : " restarted") << " on host " << host;
    }
  }
}

// What the services keep of demands and inboxes is what the auditor read in the log.
void compare_with_auditor(SimCluster& cluster, const Auditor& auditor) {
  const auto& dispatch = cluster.partition(0, "dispatch", kPartition)->view();
  for (const auto& [id, life] : auditor.demands()) {
    const auto row =
        dispatch::demands().find(dispatch, dispatch::demand_key(CountyId(id.first), id.second));
    ASSERT_TRUE(row) << id.second;
    EXPECT_EQ(row->state(), life.state) << id.second;
    EXPECT_EQ(row->lead_group_id(), life.lead) << id.second;
    EXPECT_EQ(row->handler_person_id(), life.handler) << id.second;
    EXPECT_EQ(row->pass_back_count(), life.pass_backs) << id.second;
    EXPECT_EQ(row->redo_count(), life.redos) << id.second;
    EXPECT_EQ(row->offers_size(), static_cast<int>(life.offers.size())) << id.second;
    EXPECT_EQ(row->clocks_size(), static_cast<int>(life.clocks.size())) << id.second;
  }
  const auto& notification = cluster.partition(0, "notification", kPartition)->view();
  for (const auto& [id, life] : auditor.inboxes()) {
    const auto inbox = notification::inbox_of(notification, CountyId(id.first), id.second);
    EXPECT_EQ(inbox.last_number(), life.last) << id.second;
    EXPECT_EQ(notification::count_unread(notification, inbox), life.unread.size()) << id.second;
  }
}

void report(const std::vector<std::string>& wrong) {
  int told = 0;
  for (const auto& what : wrong) {
    if (++told > kWrongMax) break;
    ADD_FAILURE() << what;
  }
}

struct Outcome {
  std::uint64_t digest = 0;  // Of all records, in their order.
  std::map<std::string, std::uint64_t> seen;
};

std::uint64_t digest_of(SimCluster& cluster) {
  std::uint64_t digest = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&](std::string_view bytes) {
    for (const auto byte : bytes)
      digest = (digest ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  };
  for (const auto* service : kServices) {
    for (const auto& record :
         cluster.log().records({"lianmeng." + std::string(service) + ".v1", kPartition})) {
      for (const auto& header : record.headers) add(header.value);
      add(record.value);
    }
  }
  return digest;
}

void simulate(std::uint64_t seed, Outcome* outcome) {
  SCOPED_TRACE(fmt::format("seed {}: repeat it with --first={} --seeds=1", seed, seed));
  SeededRandom dice(seed * 7919);
  SimClusterOptions options;
  options.hosts = 1 + static_cast<int>(dice.below(3));
  options.folds = {&membership::membership_fold(), &dispatch::dispatch_fold(),
                   &notification::notification_fold()};
  options.partitions = {kPartition};
  options.faults = dice.one_in(8) ? log::SimLogFaults{} : log::SimLogFaults::drawn(dice);
  options.flush = static_cast<int>(dice.below(200));
  options.lost_forward = static_cast<int>(dice.below(100));
  options.all_act = dice.one_in(3);
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
    if (dice.one_in(30))
      cluster.set_skew(any_host(), dice.one_in(2) ? Duration{1h} : Duration{-1h});
    if (dice.one_in(10)) cluster.set_skew(any_host(), Duration{0});
    // Hours and days, within the life of a request id. Clocks are right by then: a host whose clock
    // is wrong asks the log for the time every second.
    Duration jump{0};
    if (dice.one_in(5)) jump = std::chrono::minutes{10 + dice.below(240)};
    if (dice.one_in(15)) jump = std::chrono::hours{12 + dice.below(12)};
    if (jump != Duration{0} && scheduler.now() + jump - start < 96h) {
      for (int host = 0; host < options.hosts; ++host) cluster.set_skew(host, Duration{0});
      scheduler.run_for(jump);
    }
    ASSERT_EQ(cluster.failure(), "");
  }
  // Then the faults stop, and everything must be answered.
  cluster.heal();
  ASSERT_TRUE(scheduler.run_until([&] { return workload.done(); }, 2'000'000))
      << "some calls are never answered";
  workload.ask_again();
  workload.read_by_tokens();
  ASSERT_TRUE(scheduler.run_until([&] { return workload.done(); }, 2'000'000))
      << "some calls are never answered again";
  // Long enough for the last level of what nobody acts on, in some of the runs.
  if (dice.one_in(3)) scheduler.run_for(std::chrono::hours{24 * (1 + dice.below(9))});
  scheduler.run_for(60s);
  ASSERT_EQ(cluster.failure(), "");
  EXPECT_EQ(workload.unanswered_reads(), 0) << "reads with tokens are never answered";
  report(workload.wrong());

  Auditor auditor;
  auditor.audit(cluster.log(), kPartition, workload.wishes(), scheduler.now());
  report(auditor.wrong());
  compare_with_auditor(cluster, auditor);
  compare_states(cluster);
  ASSERT_EQ(cluster.failure(), "");
  if (outcome == nullptr) return;
  outcome->digest = digest_of(cluster);
  for (const auto& [type, count] : auditor.seen()) outcome->seen[type] += count;
}

TEST(ServicesSimulation, EverySeedKeepsThePromises) {
  Outcome outcome;
  for (auto seed = g_first; seed < g_first + g_seeds; ++seed) {
    simulate(seed, &outcome);
    if (HasFailure()) {
      FAIL() << "seed " << seed;
    }
  }
  for (const auto& [type, count] : outcome.seen) fmt::print("{:>8} {}\n", count, type);
}

TEST(ServicesSimulation, ASeedRepeatsItselfExactly) {
  Outcome once;
  Outcome again;
  simulate(g_first, &once);
  simulate(g_first, &again);
  EXPECT_EQ(once.digest, again.digest);
}

}  // namespace
}  // namespace lianmeng::simulation

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag(argv[i]);
    const auto take = [&](std::string_view name, std::uint64_t& out) {
      if (!flag.starts_with(name)) return;
      std::from_chars(flag.data() + name.size(), flag.data() + flag.size(), out);
    };
    take("--seeds=", lianmeng::simulation::g_seeds);
    take("--first=", lianmeng::simulation::g_first);
  }
  return RUN_ALL_TESTS();
}
