#include "simulation/workload/set_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "membership/domain/county.h"
#include "membership/domain/organisation.h"
#include "membership/domain/person.h"
#include "simulation/workload/drafts.h"

namespace lianmeng::simulation {

namespace m = membership;
namespace mv = membership::v1;

namespace {

using TakeId = std::function<void(const std::string& id)>;

void step(World& world, County& county, Wish wish, Wishes::Then then) {
  wish.must_succeed = true;
  ++county.steps_left;
  world.wishes.ask_for(std::move(wish),
                       [&county, then = std::move(then)](const runtime::Accepted& accepted) {
                         then(accepted);
                         --county.steps_left;
                       });
}

void create_organisation(World& world, County& county, const std::string& name,
                         mv::OrganisationKind kind, const std::string& parent, TakeId then) {
  m::CreateOrganisation command;
  command.name = name;
  command.kind = kind;
  command.parent_id = parent;
  step(world, county,
       wish(county.id, "membership", "CreateOrganisation", county.officer, std::move(command)),
       [then = std::move(then)](const runtime::Accepted& accepted) { then(id_of(accepted)); });
}

void add_group(World& world, County& county, const std::string& name, bool with_member) {
  const auto staff = [&world, &county, with_member](const std::string& group) {
    register_person(world, county, group, mv::POST_ROLE_GROUP_HEAD,
                    [&county, group](const std::string& head) {
                      county.groups.push_back({group, {head}, {}});
                    });
    if (!with_member) return;
    register_person(world, county, group, mv::POST_ROLE_GROUP_MEMBER,
                    [&county, group](const std::string& person) {
                      for (auto& each : county.groups) {
                        if (each.id == group) each.members.push_back(person);
                      }
                    });
  };
  create_organisation(world, county, name, mv::ORGANISATION_KIND_FUNCTIONAL_GROUP, "", staff);
}

void add_village(World& world, County& county, const std::string& name,
                 const std::string& township) {
  const auto add_villager = [&world, &county](const std::string& village) {
    register_person(world, county, village, mv::POST_ROLE_UNSPECIFIED,
                    [&county, village](const std::string& person) {
                      for (auto& each : county.villages) {
                        if (each.id == village) each.villager = person;
                      }
                    });
  };
  const auto people = [&world, &county, add_villager](const std::string& village) {
    register_person(world, county, village, mv::POST_ROLE_VILLAGE_CADRE,
                    [&county, village, add_villager](const std::string& cadre) {
                      county.villages.push_back({village, cadre, {}});
                      add_villager(village);
                    });
  };
  create_organisation(world, county, name, mv::ORGANISATION_KIND_VILLAGE, township, people);
}

void add_township(World& world, County& county) {
  const auto below = [&world, &county](const std::string& township) {
    add_village(world, county, "北顺村", township);
    add_village(world, county, "东白龙村", township);
    register_person(world, county, township, mv::POST_ROLE_TOWNSHIP_OFFICER,
                    [&county](const std::string& person) { county.township_officer = person; });
  };
  create_organisation(world, county, "新池镇", mv::ORGANISATION_KIND_TOWNSHIP, "", below);
}

void create_county(World& world, County& county, std::size_t number) {
  m::CreateCounty command;
  command.name = fmt::format("第{}县", number);
  command.short_name = fmt::format("{}县", number);
  command.code = county.id.str();
  command.office_name = "县委组织部";
  for (const auto role :
       {mv::POST_ROLE_COUNTY_OFFICER, mv::POST_ROLE_COORDINATOR, mv::POST_ROLE_COORDINATOR}) {
    m::PersonDraft person;
    person.name = name_of("首批");
    person.posts = {post_at("", role)};
    command.people.push_back(std::move(person));
  }
  auto order = wish(county.id, "membership", "CreateCounty", "", std::move(command));
  order.actor = {Actor::Kind::kOperator, "root", ""};
  const bool whole = number == 1;
  step(world, county, std::move(order), [&world, &county, whole](const runtime::Accepted&) {
    county.people = {county.officer, county.coordinators[0], county.coordinators[1]};
    const int groups = whole ? 3 : 2;
    for (int group = 1; group <= groups; ++group) {
      add_group(world, county, fmt::format("第{}小组", group), whole || group == 1);
    }
    if (whole) {
      add_township(world, county);
    } else {
      add_village(world, county, "独村", "");
    }
  });
}

}  // namespace

void register_person(World& world, County& county, const std::string& organisation,
                     mv::PostRole role, TakeId then) {
  m::RegisterPerson command;
  command.person.name = name_of("某人");
  command.person.values.phone = command.person.name.sealed;
  command.person.organisation_id = organisation;
  if (role != mv::POST_ROLE_UNSPECIFIED) command.person.posts = {post_at(organisation, role)};
  step(world, county,
       wish(county.id, "membership", "RegisterPerson", county.officer, std::move(command)),
       [&county, then = std::move(then)](const runtime::Accepted& accepted) {
         const auto id = id_of(accepted);
         county.people.push_back(id);
         then(id);
       });
}

void set_up(World& world, int counties) {
  for (int code = 610500; static_cast<int>(world.counties.size()) < counties; ++code) {
    const CountyId id(std::to_string(code));
    if (partition_of(id) != world.partition) continue;
    auto& county = world.counties.emplace_back();
    county.id = id;
    county.officer = id.str() + "-p1";
    county.coordinators = {id.str() + "-p2", id.str() + "-p3"};
  }
  for (std::size_t i = 0; i < world.counties.size(); ++i) {
    create_county(world, world.counties[i], i + 1);
  }
}

bool is_set_up(const World& world) {
  return std::ranges::all_of(world.counties,
                             [](const County& county) { return county.steps_left == 0; });
}

}  // namespace lianmeng::simulation
