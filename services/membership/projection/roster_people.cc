#include "membership/projection/roster.h"

#include <algorithm>
#include <utility>

#include "membership/projection/roster_duties.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::membership::roster {

using state::Key;

namespace {

// Adds a person once.
void add(std::vector<PersonId>& people, const v1::Post& post) {
  PersonId person(post.person_id());
  if (std::find(people.begin(), people.end(), person) == people.end()) {
    people.push_back(std::move(person));
  }
}

std::vector<PersonId> people_of(const std::vector<v1::Post>& posts) {
  std::vector<PersonId> people;
  for (const auto& post : posts) add(people, post);
  return people;
}

}  // namespace

std::optional<v1::PersonRecord> person(const state::View& view, const CountyId& county,
                                       const PersonId& person) {
  return people().find(view, key(county, person.str()));
}

std::string person_name(const state::View& view, const CountyId& county, const PersonId& id) {
  const auto row = person(view, county, id);
  return row ? row->public_name() : std::string();
}

std::vector<v1::Post> holders(const state::View& view, const CountyId& county,
                              std::string_view organisation_id, v1::PostRole role, Time at) {
  std::vector<v1::Post> found;
  if (is_public(role)) {
    auto row = public_posts().find(view, key(county, organisation_id));
    if (!row) return found;
    for (auto& post : *row->mutable_posts()) {
      if (post.role() == role && in_force(post, at)) found.push_back(std::move(post));
    }
    return found;
  }
  each<v1::Post>(posts(), view, kPostsByOrganisation, key(county, organisation_id).add(role),
                 [&](const v1::Post& post) {
                   if (in_force(post, at)) found.push_back(post);
                   return true;
                 });
  return found;
}

std::vector<v1::Post> holders(const state::View& view, const CountyId& county, v1::PostRole role,
                              Time at) {
  std::vector<v1::Post> found;
  if (role == v1::POST_ROLE_COORDINATOR) {
    auto row = county_duties().find(view, Key{}.add(county.str()));
    if (!row) return found;
    for (auto& post : *row->mutable_coordinators()) {
      if (in_force(post, at)) found.push_back(std::move(post));
    }
    return found;
  }
  each<v1::Post>(posts(), view, kPostsByRole, Key{}.add(county.str()).add(role),
                 [&](const v1::Post& post) {
                   if (in_force(post, at)) found.push_back(post);
                   return true;
                 });
  return found;
}

std::vector<PersonId> public_holders(const state::View& view, const CountyId& county,
                                     std::string_view organisation_id, Time at) {
  std::vector<PersonId> found;
  const auto row = public_posts().find(view, key(county, organisation_id));
  if (!row) return found;
  for (const auto& post : row->posts()) {
    if (in_force(post, at)) add(found, post);
  }
  return found;
}

std::vector<PersonId> coordinators(const state::View& view, const CountyId& county, Time at) {
  return people_of(holders(view, county, v1::POST_ROLE_COORDINATOR, at));
}

std::vector<PersonId> group_heads(const state::View& view, const CountyId& county,
                                  std::string_view group_id, Time at) {
  return people_of(holders(view, county, group_id, v1::POST_ROLE_GROUP_HEAD, at));
}

std::vector<PersonId> group_people(const state::View& view, const CountyId& county,
                                   std::string_view group_id, Time at) {
  auto found = group_heads(view, county, group_id, at);
  for (const auto& post : holders(view, county, group_id, v1::POST_ROLE_GROUP_MEMBER, at)) {
    add(found, post);
  }
  return found;
}

std::vector<PersonId> county_officers(const state::View& view, const CountyId& id, Time at) {
  const auto row = county(view, id);
  if (!row) return {};
  return people_of(
      holders(view, id, row->office_organisation_id(), v1::POST_ROLE_COUNTY_OFFICER, at));
}

std::vector<std::string> chairs_in_turn(const state::View& view, const CountyId& county, Time at) {
  std::vector<std::string> found;
  const auto row = county_duties().find(view, Key{}.add(county.str()));
  if (!row) return found;
  for (const auto& chair : row->chairs()) {
    if (in_force(chair, at)) found.push_back(chair.organisation_id());
  }
  return found;
}

std::vector<PersonId> chair_people(const state::View& view, const CountyId& county, Time at) {
  std::vector<PersonId> found;
  for (const auto& chair : chairs_in_turn(view, county, at)) {
    for (const auto& post : holders(view, county, chair, v1::POST_ROLE_REPRESENTATIVE, at)) {
      add(found, post);
    }
  }
  return found;
}

}  // namespace lianmeng::membership::roster
