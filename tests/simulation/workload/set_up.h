// Setting up the counties: each is created, and as each step is answered what lies in it follows:
// groups, villages, a township, and the people with their posts.
#pragma once

#include <functional>
#include <string>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "simulation/workload/world.h"

namespace lianmeng::simulation {

// So many neighbours of the world's partition; the first is a whole one, with a township.
void set_up(World& world, int counties);
// Every step is answered, of late registrations too.
bool is_set_up(const World& world);

// `then` hears the id. A step of the set-up, whenever it is asked for: it cannot be refused.
void register_person(World& world, County& county, const std::string& organisation,
                     membership::v1::PostRole role,
                     std::function<void(const std::string& id)> then);

}  // namespace lianmeng::simulation
