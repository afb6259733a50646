#include "platform/runtime/simulation/audit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "platform/runtime/replay.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {
namespace {

std::string header(const log::Record& record, std::string_view name) {
  return std::string(record.headers.find(name).value_or(std::string_view()));
}

// What the tally's log tells.
struct TallyTold {
  std::size_t events = 0;
  std::map<std::string, std::int64_t> sums;
  std::map<std::string, std::uint64_t> place_of_actor;
  // Each name's sums, and the offsets from which on they hold.
  std::map<std::string, std::vector<std::pair<log::Offset, std::int64_t>>> growth;
  std::int64_t even = 0;  // What the mirror answers.
};

void read_tally(SimCluster& cluster, TallyTold& told) {
  std::set<std::string> reminders_due;
  std::uint64_t sequence = 0;
  Time last{};
  const auto valid = valid_records(cluster.log().records(kTallyLog));
  told.events = valid.size();
  for (const auto& record : valid) {
    ++sequence;
    ASSERT_EQ(header(record, "ce_sequence"), std::to_string(sequence));
    const auto time = parse_rfc3339(header(record, "ce_time")).value();
    ASSERT_GE(time, last) << "recorded time ran back";
    last = time;
    const auto type = header(record, "ce_type");
    if (type == "lianmeng.testing.v1.Added") {
      v1::Added added;
      ASSERT_TRUE(added.ParseFromString(record.value));
      auto& sum = told.sums[added.name()];
      sum += added.amount();
      ASSERT_EQ(sum, added.sum()) << "decided on another state";
      ASSERT_LE(added.sum(), kTallyCeiling);
      ASSERT_TRUE(told.place_of_actor.emplace(header(record, "ce_actor"), sequence).second)
          << "one request twice";
      told.growth[added.name()].push_back({record.offset, added.sum()});
      if (added.amount() % 3 != 0 && added.amount() % 2 == 0) told.even += added.amount();
      if (added.remind_ms() != 0) {
        reminders_due.insert(fmt::format("{}@{}", added.name(), added.remind_ms()));
      }
    } else if (type == "lianmeng.testing.v1.Reminded") {
      v1::Reminded reminded;
      ASSERT_TRUE(reminded.ParseFromString(record.value));
      ASSERT_EQ(reminders_due.erase(fmt::format("{}@{}", reminded.name(), reminded.due_ms())), 1u);
      ASSERT_GE(time.time_since_epoch().count(), reminded.due_ms()) << "fired early";
    }
  }
  // What no record can hold is written never, and holds up nothing else.
  std::erase_if(reminders_due, [](const std::string& due) { return due.starts_with(kVast); });
  EXPECT_TRUE(reminders_due.empty()) << reminders_due.size() << " reminders never fired";
}

// The refusal was true of a state that the log had while the call lasted.
bool was_out_of_bounds(const Wish& wish, const TallyTold& told) {
  const auto out_of_bounds = [&](std::int64_t sum) {
    return sum + wish.amount > kTallyCeiling || sum + wish.amount < 0;
  };
  const auto growth = told.growth.find(wish.name);
  std::int64_t before = 0;
  if (growth != told.growth.end()) {
    for (const auto& [offset, sum] : growth->second) {
      if (offset >= wish.refused_at) break;
      if (offset >= wish.asked_at && (out_of_bounds(before) || out_of_bounds(sum))) return true;
      before = sum;
    }
  }
  return out_of_bounds(before);
}

void check_wishes(const std::deque<Wish>& wishes, const TallyTold& told) {
  for (const auto& wish : wishes) {
    const auto found = told.place_of_actor.find(to_string(wish.actor));
    const bool is_there = found != told.place_of_actor.end();
    if (wish.accepted && wish.amount != 0) {
      ASSERT_TRUE(is_there) << "acknowledged and not in the log";
      EXPECT_EQ(found->second, wish.accepted->place.sequence);
    }
    if (!wish.refused) continue;
    const auto& reason = wish.refused->reason;
    // Every error but one says that nothing was done.
    if (reason != "FATE_UNKNOWN") {
      EXPECT_FALSE(is_there) << "in the log and answered with " << reason;
    }
    if (!wish.once) {
      EXPECT_EQ(reason, "OUT_OF_BOUNDS");
    }
    if (reason == "OUT_OF_BOUNDS") {
      EXPECT_TRUE(was_out_of_bounds(wish, told)) << "refused on a state that was over or never was";
    }
  }
}

// Each foreign event is answered once.
void check_mirror(SimCluster& cluster, const TallyTold& told) {
  std::set<std::string> causes;
  std::int64_t mirrored = 0;
  for (const auto& record : valid_records(cluster.log().records(kMirrorLog))) {
    const auto cause = header(record, "ce_cause");
    if (cause.empty()) continue;
    ASSERT_TRUE(causes.insert(cause).second) << cause << " was answered twice";
    if (header(record, "ce_type") != "lianmeng.testing.v1.Mirrored") continue;
    v1::Mirrored event;
    ASSERT_TRUE(event.ParseFromString(record.value));
    mirrored += event.amount();
  }
  EXPECT_EQ(mirrored, told.even) << "a policy lost or doubled an event";
}

// What a host's state has come to by batches, restarts and other hosts' records has the digest of
// its log, folded anew; and no host's no-op ever carried another one.
void check_fold(SimCluster& cluster, int host) {
  for (const auto* fold : {&tally_fold(), &mirror_fold()}) {
    const auto* partition = cluster.partition(host, std::string(fold->service()), 0);
    EXPECT_EQ(partition->stats().differing_digests, 0u) << partition->difference();
    const state::EmptyView nothing;
    state::Layer rows(nothing);
    runtime::Replay replay(*fold, 0, rows);
    for (auto record : cluster.log().records({runtime::topic_of(fold->service()), 0})) {
      if (replay.tip().sequence == partition->tip().sequence) break;
      ASSERT_TRUE(replay.own(std::move(record)));
    }
    EXPECT_EQ(partition->digest(), replay.digest()) << partition->name() << " on host " << host;
  }
}

void check_replicas(SimCluster& cluster, const TallyTold& told) {
  for (int host = 0; host < cluster.hosts(); ++host) {
    auto* tally = cluster.partition(host, "tally", 0);
    auto* mirror = cluster.partition(host, "mirror", 0);
    ASSERT_NE(tally, nullptr);
    EXPECT_EQ(tally->tip().sequence, told.events);
    std::int64_t mirrored = 0;
    for (const auto& [name, sum] : told.sums) {
      EXPECT_EQ(tally_of(tally->view(), kCounty, name), sum);
      EXPECT_EQ(projected_of(mirror->view(), kCounty, name), sum);
      mirrored += mirrored_of(mirror->view(), kCounty, name);
    }
    EXPECT_EQ(mirrored, told.even);
    check_fold(cluster, host);
  }
}

}  // namespace

std::vector<log::Record> valid_records(const std::vector<log::Record>& records) {
  std::vector<log::Record> valid;
  std::string tip;
  for (const auto& record : records) {
    if (header(record, "ce_prev") != tip) continue;
    tip = header(record, "ce_id");
    valid.push_back(record);
  }
  return valid;
}

void audit(SimCluster& cluster, const Workload& workload) {
  TallyTold told;
  // What is fatal to one makes the next say nothing new.
  const auto fatal = [] { return ::testing::Test::HasFatalFailure(); };
  read_tally(cluster, told);
  if (!fatal()) check_wishes(workload.wishes(), told);
  if (!fatal()) check_mirror(cluster, told);
  if (!fatal()) check_replicas(cluster, told);
}

}  // namespace lianmeng::testing
