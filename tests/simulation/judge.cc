#include "simulation/judge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include "dispatch/domain/tables.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/domain/inbox.h"
#include "notification/fold.h"
#include "simulation/audit/auditor.h"

namespace lianmeng::simulation {

using namespace std::chrono_literals;
using testing::SimCluster;
using testing::SimClusterOptions;

const int kPartition = partition_of(CountyId("610524"));

namespace {

constexpr std::array<const char*, 3> kServices{"membership", "dispatch", "notification"};
constexpr int kWrongMax = 10;  // Words of a failure.
constexpr const char* kDigest = "\x02 digest";

// All but the host's own positions (tables 0x01 and 0x02): what the fold of the logs must give. Of
// those the digest alone.
using State = std::map<std::string, std::string>;

State state_of(SimCluster& cluster, int host, const std::string& service) {
  const auto& partition = *cluster.partition(host, service, kPartition);
  EXPECT_EQ(partition.stats().differing_digests, 0U) << partition.difference();
  State state{{kDigest, fmt::format("{:016x}", partition.digest())}};
  const auto cursor = partition.view().cursor();
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
    const bool same_records = records_of(cluster) == records;
    for (const auto* service : kServices) {
      auto after = state_of(cluster, host, service);
      // A no-op changes no row, but the digest.
      if (!same_records) after[kDigest] = before[service].at(kDigest);
      EXPECT_EQ(difference(before[service], after), "")
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

}  // namespace

SimClusterOptions all_services(int hosts) {
  SimClusterOptions options;
  options.hosts = hosts;
  options.folds = {&membership::membership_fold(), &dispatch::dispatch_fold(),
                   &notification::notification_fold()};
  options.partitions = {kPartition};
  return options;
}

void heal_and_judge(SimCluster& cluster, Wishes& wishes, Duration then, Outcome& outcome) {
  constexpr std::uint64_t kStepsMax = 2'000'000;
  auto& scheduler = cluster.scheduler();
  cluster.heal();
  ASSERT_TRUE(scheduler.run_until([&] { return wishes.done(); }, kStepsMax))
      << "some calls are never answered";
  wishes.ask_again();
  wishes.read_by_tokens();
  ASSERT_TRUE(scheduler.run_until([&] { return wishes.done(); }, kStepsMax))
      << "some calls are never answered again";
  scheduler.run_for(then);
  scheduler.run_for(60s);
  ASSERT_EQ(cluster.failure(), "");
  EXPECT_EQ(wishes.unanswered_reads(), 0) << "reads with tokens are never answered";
  report(wishes.wrong());

  Auditor auditor;
  auditor.audit(cluster.log(), kPartition, wishes.all(), scheduler.now());
  report(auditor.wrong());
  compare_with_auditor(cluster, auditor);
  compare_states(cluster);
  ASSERT_EQ(cluster.failure(), "");
  outcome.digest = digest_of(cluster);
  testing::add(outcome.seen, auditor.seen());
  testing::add(outcome.happened, cluster.happened());
}

}  // namespace lianmeng::simulation
