#include "simulation/workload/roster.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "membership/domain/county.h"
#include "membership/domain/organisation.h"
#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/domain/privacy.h"
#include "simulation/workload/drafts.h"
#include "simulation/workload/set_up.h"

namespace lianmeng::simulation {

namespace m = membership;
namespace mv = membership::v1;

namespace {

// The officer's wish, who keeps the roster.
template <class Command>
void ask_for(World& world, const County& county, const std::string& name, Command command,
             Wishes::Then then = {}) {
  world.wishes.ask_for(wish(county.id, "membership", name, county.officer, std::move(command)),
                       std::move(then));
}

// Somebody is entered, shown to a coordinator, and erased while others still write about them.
void come_and_go(World& world, County& county) {
  m::RegisterPerson command;
  command.person.name = name_of("来去");
  command.person.values.phone = command.person.name.sealed;
  command.person.organisation_id = pick(world.dice, county.villages).id;
  ask_for(world, county, "RegisterPerson", std::move(command),
          [&world, &county](const runtime::Accepted& accepted) {
            const auto person = id_of(accepted);
            world.wishes.ask_for(wish(county.id, "membership", "RevealContact",
                                      pick(world.dice, county.coordinators),
                                      m::RevealContact{person, "核实", {}}));
            m::AppointPost appoint;
            appoint.person_id = person;
            appoint.post = post_at(pick(world.dice, county.villages).id, mv::POST_ROLE_MEMBER);
            ask_for(world, county, "AppointPost", std::move(appoint));
            ask_for(world, county, "ErasePerson", m::ErasePerson{person, "本人申请"});
            m::UpdatePerson update;
            update.person_id = person;
            update.name = name_of("改名");
            ask_for(world, county, "UpdatePerson", std::move(update));
          });
}

// Founded, renamed, moved below a village and dissolved: all within the roster that others read.
void found_and_dissolve(World& world, County& county) {
  m::CreateOrganisation command;
  command.name = fmt::format("第{}合作社", world.wishes.all().size());
  command.kind = mv::ORGANISATION_KIND_ENTERPRISE;
  ask_for(world, county, "CreateOrganisation", std::move(command),
          [&world, &county](const runtime::Accepted& accepted) {
            const auto id = id_of(accepted);
            m::UpdateOrganisation update;
            update.organisation_id = id;
            update.name = fmt::format("第{}合作联社", world.wishes.all().size());
            ask_for(world, county, "UpdateOrganisation", std::move(update));
            ask_for(world, county, "MoveOrganisation",
                    m::MoveOrganisation{id, pick(world.dice, county.villages).id});
            ask_for(world, county, "DissolveOrganisation", m::DissolveOrganisation{id, "合并"});
          });
}

// A village joins an alliance and leaves it.
void join_and_leave(World& world, County& county) {
  m::CreateOrganisation command;
  command.name = fmt::format("第{}联盟", world.wishes.all().size());
  command.kind = mv::ORGANISATION_KIND_ALLIANCE;
  ask_for(world, county, "CreateOrganisation", std::move(command),
          [&world, &county](const runtime::Accepted& founded) {
            m::AddMembership join;
            join.organisation_id = pick(world.dice, county.villages).id;
            join.alliance_id = id_of(founded);
            ask_for(world, county, "AddMembership", std::move(join),
                    [&world, &county](const runtime::Accepted& joined) {
                      m::EndMembership leave;
                      leave.membership_id = id_of(joined);
                      leave.reason = "退出";
                      ask_for(world, county, "EndMembership", std::move(leave));
                    });
          });
}

void rename_county(World& world, County& county) {
  m::UpdateCounty command;
  command.name = fmt::format("{}县（第{}次更名）", county.id.str(), world.wishes.all().size());
  ask_for(world, county, "UpdateCounty", std::move(command));
}

void found_group(World& world, County& county) {
  m::CreateOrganisation command;
  command.name = fmt::format("增设第{}小组", county.groups.size() + 1);
  command.kind = mv::ORGANISATION_KIND_FUNCTIONAL_GROUP;
  world.wishes.ask_for(wish(county.id, "membership", "CreateOrganisation",
                            pick(world.dice, county.coordinators), std::move(command)),
                       [&world, &county](const runtime::Accepted& accepted) {
                         const auto group = id_of(accepted);
                         register_person(world, county, group, mv::POST_ROLE_GROUP_HEAD,
                                         [&county, group](const std::string& head) {
                                           county.groups.push_back({group, {head}, {}});
                                         });
                       });
}

void end_post(World& world, County& county) {
  m::EndPost command;
  command.post_id = pick(world.dice, county.extra_posts);
  command.reason = "调整";
  ask_for(world, county, "EndPost", std::move(command));
}

// The head of a group gets a post in any.
void appoint(World& world, County& county) {
  const auto& from = pick(world.dice, county.groups);
  const auto& to = pick(world.dice, county.groups);
  const auto& person = pick(world.dice, from.heads);
  const auto role = world.dice.one_in(3) ? mv::POST_ROLE_GROUP_HEAD : mv::POST_ROLE_GROUP_MEMBER;
  m::AppointPost command;
  command.person_id = person;
  command.post = post_at(to.id, role);
  ask_for(world, county, "AppointPost", std::move(command),
          [&county, group = to.id, person, role](const runtime::Accepted& accepted) {
            county.extra_posts.push_back(id_of(accepted));
            for (auto& each : county.groups) {
              if (each.id != group) continue;
              auto& into = role == mv::POST_ROLE_GROUP_HEAD ? each.heads : each.members;
              into.push_back(person);
            }
          });
}

}  // namespace

void change_roster(World& world, County& county) {
  const auto dice = world.dice.below(8);
  if (dice == 4) return come_and_go(world, county);
  if (dice == 5) return found_and_dissolve(world, county);
  if (dice == 6) return join_and_leave(world, county);
  if (dice == 7) return rename_county(world, county);
  if (dice == 0 && county.groups.size() < 5) return found_group(world, county);
  if (dice == 1 && !county.extra_posts.empty()) return end_post(world, county);
  appoint(world, county);
}

}  // namespace lianmeng::simulation
