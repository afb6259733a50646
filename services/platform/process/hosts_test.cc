#include "platform/process/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "platform/base/ids.h"

namespace lianmeng::process {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> addresses(const Hosts& hosts) {
  std::vector<std::string> out;
  for (const auto& peer : hosts.peers) out.push_back(peer.name + " " + peer.address);
  return out;
}

Config three_pods() {
  Config config;
  config.hosts_peers = {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"};
  config.hosts_replicas = 2;
  return config;
}

TEST(Hosts, WithoutPeersAPodIsAloneAndHostsAll) {
  const auto hosts = read_hosts({}, "dispatch", "any").value();
  EXPECT_TRUE(hosts.peers.empty());
  EXPECT_EQ(hosts.hosting.name(), "dispatch-0");
  for (int p = 0; p < kPartitions; ++p) EXPECT_THAT(hosts.hosting.hosts_of(p), ElementsAre(0));
}

TEST(Hosts, TheOrdinalIsThatOfTheOptionOrElseOfTheMachine) {
  auto config = three_pods();
  EXPECT_EQ(read_hosts(config, "dispatch", "dispatch-2")->hosting.name(), "dispatch-2");
  config.hosts_ordinal = 1;
  const auto hosts = read_hosts(config, "dispatch", "dispatch-2").value();
  EXPECT_EQ(hosts.hosting.name(), "dispatch-1");
  EXPECT_THAT(addresses(hosts), ElementsAre("dispatch-0 127.0.0.1:1", "dispatch-2 127.0.0.1:3"));
}

TEST(Hosts, OnePatternStandsForAllPods) {
  Config config;
  config.hosts_peers = {"dispatch-{ordinal}.dispatch:50051"};
  config.hosts_count = 3;
  const auto hosts = read_hosts(config, "dispatch", "dispatch-1").value();
  EXPECT_THAT(addresses(hosts), ElementsAre("dispatch-0 dispatch-0.dispatch:50051",
                                            "dispatch-2 dispatch-2.dispatch:50051"));
}

TEST(Hosts, EveryPartitionHasItsHostsAndEveryPodItsShare) {
  runtime::Hosting hosting{.prefix = "dispatch", .ordinal = 0, .pods = 5, .replicas = 2};
  std::map<int, int> hosted;
  for (int p = 0; p < kPartitions; ++p) {
    const auto hosts = hosting.hosts_of(p);
    EXPECT_THAT(hosts, ElementsAre(p % 5, (p + 1) % 5));
    for (const int pod : hosts) ++hosted[pod];
  }
  for (const auto& [pod, count] : hosted) EXPECT_GE(count, 2 * (kPartitions / 5)) << pod;
}

TEST(Hosts, MoreReplicasThanPodsAreAllPods) {
  runtime::Hosting hosting{.prefix = "dispatch", .ordinal = 0, .pods = 2, .replicas = 3};
  EXPECT_THAT(hosting.hosts_of(1), ElementsAre(1, 0));
}

TEST(Hosts, WhatCannotBeIsSaidInASentence) {
  const auto error = [](const Config& config, const char* machine) {
    const auto hosts = read_hosts(config, "dispatch", machine);
    return hosts ? "" : hosts.error().message_en;
  };
  auto config = three_pods();
  EXPECT_THAT(error(config, "laptop"), HasSubstr("set hosts.ordinal"));
  EXPECT_THAT(error(config, "dispatch-x1"), HasSubstr("set hosts.ordinal"));
  EXPECT_THAT(error(config, "dispatch-3"), HasSubstr("this is pod 3 and hosts.peers names 3"));
  config.hosts_count = 4;
  EXPECT_THAT(error(config, "dispatch-1"), HasSubstr("hosts.count is 4"));
  config.hosts_peers = {"dispatch-{ordinal}:1"};
  config.hosts_count = 0;
  EXPECT_THAT(error(config, "dispatch-1"), HasSubstr("hosts.count does not say"));
}

}  // namespace
}  // namespace lianmeng::process
