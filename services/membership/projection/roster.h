// The roster: what every service keeps of membership's log, to know names, groups, posts and what a
// person may do. Tables 0x20–0x2f.
//
// Membership folds its own events with it too, so the two cannot differ. Posts and memberships stay
// when they end: what was in force is judged at a given time, `from` inside and `until` outside.
// Threads: pure functions over a view.
//
// roster_project.cc folds; roster_{organisations,people,standing}.cc answer; the rows are in
// roster_tables.h and, gathered for what every command asks, roster_duties.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/decision.h"
#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/state/proto_time.h"
#include "platform/state/view.h"

namespace lianmeng::membership::roster {

// Folds one event into the roster's tables; reads and writes nothing else.
void project(state::Tx& state, const v1::MembershipEvent& event, const EventMeta& meta);

std::optional<v1::County> county(const state::View& view, const CountyId& county);

// Dissolved ones too; see is_in_being().
std::optional<v1::Organisation> organisation(const state::View& view, const CountyId& county,
                                             std::string_view organisation_id);
inline bool is_in_being(const v1::Organisation& organisation) {
  return !organisation.has_dissolved_time();
}
// The organisation and those above it, the nearest first; empty when it is not known.
std::vector<v1::Organisation> lineage(const state::View& view, const CountyId& county,
                                      std::string_view organisation_id);
// The organisations above, the nearest first; without itself.
std::vector<std::string> ancestors(const state::View& view, const CountyId& county,
                                   std::string_view organisation_id);
bool is_at_or_below(const state::View& view, const CountyId& county,
                    std::string_view organisation_id, std::string_view top_id);
// The functional groups in being, in the order of their ids.
std::vector<v1::Organisation> groups(const state::View& view, const CountyId& county);
// "" when there is none.
std::string organisation_name(const state::View& view, const CountyId& county,
                              std::string_view organisation_id);

std::optional<v1::PersonRecord> person(const state::View& view, const CountyId& county,
                                       const PersonId& person);
// The public name; "" when the person has none: then the name is sealed, or not known here.
std::string person_name(const state::View& view, const CountyId& county, const PersonId& person);
// The names under which values are sealed: part of what is authenticated, so never to be changed.
inline constexpr std::string_view kSealedName = "name";
inline constexpr std::string_view kSealedPhone = "phone";
inline constexpr std::string_view kSealedIdentityNumber = "identity_number";
inline constexpr std::string_view kSealedAddress = "address";

// Erased persons stay, without values, posts and rights.
inline bool is_erased(const v1::PersonRecord& person) { return person.has_erased_time(); }

// Every role but MEMBER: its holder's name is plain.
inline bool is_public(v1::PostRole role) {
  return role != v1::POST_ROLE_MEMBER && role != v1::POST_ROLE_UNSPECIFIED;
}
// Whose holder asks and answers in the name of the organisation. Not those who work there for
// something else: specialists, coordinators, audit.
bool speaks(v1::PostRole role);
inline bool in_force(const v1::Post& post, Time at) {
  return state::from_proto(post.from_time()) <= at &&
         (!post.has_until_time() || at < state::from_proto(post.until_time()));
}
inline bool in_force(const v1::Membership& membership, Time at) {
  return state::from_proto(membership.from_time()) <= at &&
         (!membership.has_until_time() || at < state::from_proto(membership.until_time()));
}

// Posts in force at an organisation in a role, in the order of appointment.
std::vector<v1::Post> holders(const state::View& view, const CountyId& county,
                              std::string_view organisation_id, v1::PostRole role, Time at);
// Posts in force in a role, wherever in the county.
std::vector<v1::Post> holders(const state::View& view, const CountyId& county, v1::PostRole role,
                              Time at);
// Everybody with a public post in force at an organisation, each once.
std::vector<PersonId> public_holders(const state::View& view, const CountyId& county,
                                     std::string_view organisation_id, Time at);
std::vector<PersonId> coordinators(const state::View& view, const CountyId& county, Time at);
std::vector<PersonId> group_heads(const state::View& view, const CountyId& county,
                                  std::string_view group_id, Time at);
// Heads and members.
std::vector<PersonId> group_people(const state::View& view, const CountyId& county,
                                   std::string_view group_id, Time at);
// Who works at the county's office.
std::vector<PersonId> county_officers(const state::View& view, const CountyId& county, Time at);
// The organisations that have the chair.
std::vector<std::string> chairs_in_turn(const state::View& view, const CountyId& county, Time at);
// Their representatives.
std::vector<PersonId> chair_people(const state::View& view, const CountyId& county, Time at);

// What a person is in a county at a time: what the table of permissions asks. Making one is one
// read, for somebody who never had a post two.
// Lifetime: borrows the view, which must not change meanwhile.
class Standing {
 public:
  Standing(const state::View& view, CountyId county, PersonId person, Time at);

  const CountyId& county() const { return county_; }
  const PersonId& person() const { return person_; }
  // When: what the posts below were in force at.
  Time at() const { return at_; }
  // Whether the county's roster has the person at all. It has nobody who was erased.
  bool is_known() const { return known_; }
  // Read when asked for: decisions need it seldom.
  std::optional<v1::PersonRecord> record() const;
  // Those in force.
  const std::vector<v1::Post>& posts() const { return posts_; }

  bool holds(v1::PostRole role) const;
  bool holds(v1::PostRole role, std::string_view organisation_id) const;
  // A public post at just this organisation.
  bool is_at(std::string_view organisation_id) const;
  // May act for this organisation: at it or above it as a village's cadre, a representative, a head
  // or a member of a group; at it alone as a township's officer: villages speak for themselves.
  bool covers(std::string_view organisation_id) const;

  // At just this village or community.
  bool is_village_cadre(std::string_view organisation_id) const;
  // Of this township, or of the one above this village.
  bool is_township_officer(std::string_view organisation_id) const;
  // Its head is one too.
  bool is_group_member(std::string_view group_id) const;
  bool is_group_head(std::string_view group_id) const;
  // The groups in which the person is head or member.
  std::vector<std::string> groups() const;
  bool is_coordinator() const;
  // Represents an organisation that has the chair now.
  bool is_chair_in_turn() const;
  // At the county's own office.
  bool is_county_officer() const;
  bool is_city_officer() const;
  bool is_auditor() const;

 private:
  const state::View& view_;
  CountyId county_;
  PersonId person_;
  Time at_;
  bool known_ = false;
  std::vector<v1::Post> posts_;
};

// Of a person; anybody else has no posts.
Standing standing_of(const state::View& view, const Actor& actor, const CountyId& county, Time at);
Standing standing_of(const state::View& view, const PersonId& person, const CountyId& county,
                     Time at);

}  // namespace lianmeng::membership::roster
