#include "notification/domain/sight.h"

#include <algorithm>
#include <utility>

namespace lianmeng::notification {

namespace roster = membership::roster;
namespace members = membership::v1;

namespace {

std::string scope(char kind, std::string_view id) {
  return std::string(1, kind).append(1, ':').append(id);
}

}  // namespace

Sight::Sight(const state::View& view, const CountyId& county, const Demand& demand, Time at)
    : view_(view), county_(county), demand_(&demand), at_(at) {
  const auto add = [&](char kind, const std::string& id) {
    if (!id.empty()) scopes_.push_back(scope(kind, id));
  };
  add('o', demand.asker_organisation_id);
  if (demand.asker_organisation_id.empty()) {
    // What a person of the village asks is the village's to see for its own people.
    add('o', demand.village_id);
    add('p', demand.asker_person_id);
  }
  for (const auto& group : demand.offered_group_ids) add('g', group);
  add('g', demand.lead_group_id);
  for (const auto& group : demand.helper_group_ids) add('g', group);
  add('g', demand.found_by_group_id);
}

Sight::Sight(const state::View& view, const CountyId& county, std::vector<std::string> scopes,
             Time at)
    : view_(view), county_(county), at_(at), scopes_(std::move(scopes)) {}

bool Sight::has(char kind, std::string_view id) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](std::string_view one) {
    return one.front() == kind && one.substr(2) == id;
  });
}

const std::string& Sight::township() const {
  if (township_) return *township_;
  township_.emplace();
  if (demand_ == nullptr) return *township_;
  // As dispatch settles it when a demand is submitted.
  auto from = demand_->village_id.empty() ? demand_->asker_organisation_id : demand_->village_id;
  if (from.empty()) {
    const auto person = roster::person(view_, county_, PersonId(demand_->asker_person_id));
    if (person) from = person->organisation_id();
  }
  for (const auto& row : roster::lineage(view_, county_, from)) {
    if (row.kind() != members::ORGANISATION_KIND_TOWNSHIP) continue;
    township_ = row.organisation_id();
    break;
  }
  return *township_;
}

std::vector<std::string> Sight::scopes() const {
  auto all = scopes_;
  if (!township().empty()) all.push_back(scope('o', township()));
  return all;
}

bool Sight::is_open_to(const roster::Standing& person) const {
  if (!person.is_known()) return false;
  if (has('p', person.person().str())) return true;
  for (const auto& post : person.posts()) {
    const auto& at = post.organisation_id();
    switch (post.role()) {
      case members::POST_ROLE_VILLAGE_CADRE:
      case members::POST_ROLE_TOWNSHIP_OFFICER:
      case members::POST_ROLE_REPRESENTATIVE:
        if (has('o', at) || township() == at) return true;
        break;
      case members::POST_ROLE_GROUP_MEMBER:
      case members::POST_ROLE_GROUP_HEAD:
        if (has('g', at)) return true;
        break;
      default:
        break;
    }
  }
  return person.is_coordinator() || person.is_county_officer() || person.is_auditor() ||
         person.is_chair_in_turn();
}

bool Sight::is_open_to(const std::string& person_id) const {
  return is_open_to(roster::standing_of(view_, PersonId(person_id), county_, at_));
}

bool Sight::is_open_to_named(const std::string& person_id) const {
  const auto person = roster::standing_of(view_, PersonId(person_id), county_, at_);
  if (person.is_known()) return is_open_to(person);
  return !roster::person(view_, county_, PersonId(person_id));
}

bool is_only_offered(const Demand& demand) {
  return demand.lead_group_id.empty() &&
         !(demand.offered_group_ids.empty() && demand.helper_group_ids.empty());
}

}  // namespace lianmeng::notification
