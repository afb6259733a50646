// The counties as their people know them, and what everything that they do needs: the hosts, the
// dice of the seed, and their wishes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/testing/sim_cluster.h"
#include "simulation/workload/wishes.h"

namespace lianmeng::simulation {

struct Group {
  std::string id;
  std::vector<std::string> heads;
  std::vector<std::string> members;
};

struct Village {
  std::string id;
  std::string cadre;
  std::string villager;  // Empty until entered.
};

struct County {
  CountyId id;
  std::string officer;
  std::vector<std::string> coordinators;
  std::string township_officer;
  std::vector<Group> groups;
  std::vector<Village> villages;
  std::vector<std::string> demands;
  std::vector<std::string> people;
  std::vector<std::string> extra_posts;
  std::vector<std::size_t> imports;  // Wishes with an external id.
  int steps_left = 0;                // Of the set-up.
  int rules = 0;                     // Of notification, its own.
};

// Threads: one. Lifetime: borrows the cluster, and outlives the run of its scheduler: what follows
// from an answer refers to it.
struct World {
  World(testing::SimCluster& sim_cluster, int sim_partition, std::uint64_t seed)
      : cluster(sim_cluster),
        partition(sim_partition),
        dice(seed),
        wishes(cluster, partition, dice) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  testing::SimCluster& cluster;
  const int partition;
  SeededRandom dice;
  Wishes wishes;
  std::deque<County> counties;  // Answers refer to them, so none is moved.
};

// Any of them; there is at least one.
template <class T>
const T& pick(Random& dice, const std::vector<T>& items) {
  return items[dice.below(items.size())];
}

}  // namespace lianmeng::simulation
