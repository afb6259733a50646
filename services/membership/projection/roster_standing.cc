#include "membership/projection/roster.h"

#include <algorithm>
#include <utility>

#include "membership/projection/roster_duties.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::membership::roster {

bool speaks(v1::PostRole role) {
  switch (role) {
    case v1::POST_ROLE_VILLAGE_CADRE:
    case v1::POST_ROLE_TOWNSHIP_OFFICER:
    case v1::POST_ROLE_REPRESENTATIVE:
    case v1::POST_ROLE_GROUP_MEMBER:
    case v1::POST_ROLE_GROUP_HEAD:
      return true;
    default:
      return false;
  }
}

Standing::Standing(const state::View& view, CountyId county, PersonId person, Time at)
    : view_(view), county_(std::move(county)), person_(std::move(person)), at_(at) {
  if (person_.empty()) return;
  const auto id = key(county_, person_.str());
  auto row = person_posts().find(view_, id);
  // Who was erased may nothing, and is nobody here.
  if (row && row->erased()) return;
  // Whoever ever had a post is in the roster.
  known_ = row.has_value() || people().has(view_, id);
  if (!row) return;
  for (auto& post : *row->mutable_posts()) {
    if (in_force(post, at_)) posts_.push_back(std::move(post));
  }
}

std::optional<v1::PersonRecord> Standing::record() const {
  return known_ ? roster::person(view_, county_, person_) : std::nullopt;
}

bool Standing::holds(v1::PostRole role) const {
  return std::any_of(posts_.begin(), posts_.end(),
                     [&](const v1::Post& post) { return post.role() == role; });
}

bool Standing::holds(v1::PostRole role, std::string_view organisation_id) const {
  return std::any_of(posts_.begin(), posts_.end(), [&](const v1::Post& post) {
    return post.role() == role && post.organisation_id() == organisation_id;
  });
}

bool Standing::is_at(std::string_view organisation_id) const {
  return std::any_of(posts_.begin(), posts_.end(), [&](const v1::Post& post) {
    return is_public(post.role()) && post.organisation_id() == organisation_id;
  });
}

bool Standing::covers(std::string_view organisation_id) const {
  std::vector<std::string> above;
  bool walked = false;
  for (const auto& post : posts_) {
    if (!speaks(post.role())) continue;
    if (post.organisation_id() == organisation_id) return true;
    if (post.role() == v1::POST_ROLE_TOWNSHIP_OFFICER) continue;
    if (!walked) {
      above = ancestors(view_, county_, organisation_id);
      walked = true;
    }
    if (std::find(above.begin(), above.end(), post.organisation_id()) != above.end()) return true;
  }
  return false;
}

bool Standing::is_village_cadre(std::string_view organisation_id) const {
  return holds(v1::POST_ROLE_VILLAGE_CADRE, organisation_id);
}

bool Standing::is_township_officer(std::string_view organisation_id) const {
  return std::any_of(posts_.begin(), posts_.end(), [&](const v1::Post& post) {
    return post.role() == v1::POST_ROLE_TOWNSHIP_OFFICER &&
           is_at_or_below(view_, county_, organisation_id, post.organisation_id());
  });
}

bool Standing::is_group_member(std::string_view group_id) const {
  return holds(v1::POST_ROLE_GROUP_MEMBER, group_id) || is_group_head(group_id);
}

bool Standing::is_group_head(std::string_view group_id) const {
  return holds(v1::POST_ROLE_GROUP_HEAD, group_id);
}

std::vector<std::string> Standing::groups() const {
  std::vector<std::string> found;
  for (const auto& post : posts_) {
    if (post.role() != v1::POST_ROLE_GROUP_MEMBER && post.role() != v1::POST_ROLE_GROUP_HEAD) {
      continue;
    }
    if (std::find(found.begin(), found.end(), post.organisation_id()) == found.end()) {
      found.push_back(post.organisation_id());
    }
  }
  return found;
}

bool Standing::is_coordinator() const { return holds(v1::POST_ROLE_COORDINATOR); }

bool Standing::is_chair_in_turn() const {
  if (!holds(v1::POST_ROLE_REPRESENTATIVE)) return false;
  const auto chairs = chairs_in_turn(view_, county_, at_);
  return std::any_of(chairs.begin(), chairs.end(), [&](const std::string& chair) {
    return holds(v1::POST_ROLE_REPRESENTATIVE, chair);
  });
}

bool Standing::is_county_officer() const {
  if (!holds(v1::POST_ROLE_COUNTY_OFFICER)) return false;
  const auto row = roster::county(view_, county_);
  return row && holds(v1::POST_ROLE_COUNTY_OFFICER, row->office_organisation_id());
}

bool Standing::is_city_officer() const { return holds(v1::POST_ROLE_CITY_OFFICER); }
bool Standing::is_auditor() const { return holds(v1::POST_ROLE_AUDITOR); }

Standing standing_of(const state::View& view, const Actor& actor, const CountyId& county, Time at) {
  return {view, county, PersonId(actor.is_person() ? actor.id : std::string()), at};
}

Standing standing_of(const state::View& view, const PersonId& person, const CountyId& county,
                     Time at) {
  return {view, county, person, at};
}

}  // namespace lianmeng::membership::roster
