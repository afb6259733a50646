#include "simulation/workload/workload.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "notification/domain/inbox.h"
#include "simulation/workload/demands.h"
#include "simulation/workload/imports.h"
#include "simulation/workload/roster.h"
#include "simulation/workload/set_up.h"
#include "simulation/workload/settings.h"

namespace lianmeng::simulation {

namespace n = notification;

namespace {

void read_notices(World& world, County& county) {
  auto& dice = world.dice;
  const auto& person = pick(dice, county.people);
  auto order =
      dice.one_in(3)
          ? wish(county.id, "notification", "MarkAllNoticesRead", person, n::MarkAllNoticesRead{0})
          : wish(county.id, "notification", "MarkNoticeRead", person,
                 n::MarkNoticeRead{static_cast<std::int64_t>(1 + dice.below(6))});
  if (dice.one_in(2)) {
    order.tokens = {world.wishes.token(county.id, "dispatch"),
                    world.wishes.token(county.id, "membership")};
  }
  world.wishes.ask_for(std::move(order));
}

}  // namespace

Workload::Workload(testing::SimCluster& cluster, int partition, std::uint64_t seed)
    : world_(cluster, partition, seed) {}

void Workload::set_up(int counties) { simulation::set_up(world_, counties); }

bool Workload::is_set_up() const { return simulation::is_set_up(world_); }

void Workload::act() {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < world_.counties.size(); ++i) {
    const auto& county = world_.counties[i];
    if (!county.villages.empty() && county.groups.size() >= 2) ready.push_back(i);
  }
  if (ready.empty()) return;
  // Most happens in the first.
  const bool first = world_.dice.one_in(2);
  auto& county = world_.counties[first ? ready.front() : pick(world_.dice, ready)];
  const auto dice = world_.dice.below(100);
  if (county.demands.size() < 2 || dice < 8) return submit_demand(world_, county);
  if (dice < 68) return work_on_demand(world_, county);
  if (dice < 76) return act_at_random(world_, county);
  if (dice < 83) return change_roster(world_, county);
  if (dice < 88) return change_settings(world_, county);
  if (dice < 93) return import_history(world_, county);
  read_notices(world_, county);
}

}  // namespace lianmeng::simulation
