#include "membership/projection/roster.h"

#include <algorithm>
#include <charconv>

#include "lianmeng/membership/v1/membership_state.pb.h"
#include "membership/projection/evolve.h"
#include "membership/projection/roster_tables.h"
#include "platform/base/assert.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership::roster {

using state::Counted;
using state::from_proto;
using state::Index;
using state::IndexSink;
using state::Key;
using state::Table;

namespace {

// A tree of organisations is never deeper; membership refuses what would be.
constexpr std::size_t kDepthMax = 16;

Key key(const CountyId& county, std::string_view id) { return Key{}.add(county.str()).add(id); }

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

// --- What every command asks, gathered in rows that are one read each. Posts and chairs change
// rarely, so each change writes its rows whole. ---

// Key: county, person. All posts of the person, in the order of appointment.
const Table<v1::PostsRow>& person_posts() {
  static const Table<v1::PostsRow> table{0x25, "person_posts", [](const v1::PostsRow& row) {
                                           return Key{}.add(row.county()).add(row.id());
                                         }};
  return table;
}

// Key: county, organisation. Its public posts, by role and appointment; ordinary members, of whom
// a village has thousands, stay in the index alone.
const Table<v1::PostsRow>& public_posts() {
  static const Table<v1::PostsRow> table{0x26, "public_posts", [](const v1::PostsRow& row) {
                                           return Key{}.add(row.county()).add(row.id());
                                         }};
  return table;
}

// Key: county.
const Table<v1::CountyDutiesRow>& county_duties() {
  static const Table<v1::CountyDutiesRow> table{
      0x27, "county_duties",
      [](const v1::CountyDutiesRow& row) { return Key{}.add(row.county()); }};
  return table;
}

Key role_order(v1::PostRole role, std::string_view id) {
  return Key{}.add(role).raw(id_order(id).bytes());
}

// Replaces the entry with the same order, or inserts it where it belongs.
template <class Row, class Order>
void place(google::protobuf::RepeatedPtrField<Row>& rows, const Row& row, const Order& order) {
  const auto key = order(row).bytes();
  int at = rows.size();
  while (at > 0 && order(rows[at - 1]).bytes() >= key) --at;
  if (at < rows.size() && order(rows[at]).bytes() == key) {
    rows[at] = row;
    return;
  }
  *rows.Add() = row;
  for (int i = rows.size() - 1; i > at; --i) rows.SwapElements(i, i - 1);
}

void gather(state::Tx& state, const Table<v1::PostsRow>& table, const v1::Post& post,
            const std::string& id) {
  auto row = table.find(state, Key{}.add(post.county()).add(id)).value_or(v1::PostsRow());
  row.set_county(post.county());
  row.set_id(id);
  const bool by_person = &table == &person_posts();
  place(*row.mutable_posts(), post, [&](const v1::Post& entry) {
    return by_person ? id_order(entry.post_id()) : role_order(entry.role(), entry.post_id());
  });
  table.put(state, row);
}

v1::CountyDutiesRow duties_of(const state::View& view, const std::string& county) {
  auto row = county_duties().find(view, Key{}.add(county)).value_or(v1::CountyDutiesRow());
  row.set_county(county);
  return row;
}

// A post's person, organisation and role never change.
void put_post(state::Tx& state, const v1::Post& post) {
  posts().put(state, post);
  gather(state, person_posts(), post, post.person_id());
  if (is_public(post.role())) gather(state, public_posts(), post, post.organisation_id());
  if (post.role() != v1::POST_ROLE_COORDINATOR) return;
  auto row = duties_of(state, post.county());
  place(*row.mutable_coordinators(), post,
        [](const v1::Post& entry) { return id_order(entry.post_id()); });
  county_duties().put(state, row);
}

void put_membership(state::Tx& state, const v1::Membership& membership) {
  memberships().put(state, membership);
  if (membership.role() != v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN) return;
  auto row = duties_of(state, membership.county());
  place(*row.mutable_chairs(), membership,
        [](const v1::Membership& entry) { return id_order(entry.membership_id()); });
  county_duties().put(state, row);
}

struct Projector {
  state::Tx& state;

  void operator()(const v1::CountyCreated& e) const {
    counties().put(state, e.county());
    for (const auto& organisation : e.organisations()) organisations().put(state, organisation);
    for (const auto& person : e.people()) people().put(state, person);
    for (const auto& post : e.posts()) put_post(state, post);
  }
  void operator()(const v1::CountyUpdated& e) const { counties().put(state, e.county()); }
  void operator()(const v1::OrganisationCreated& e) const {
    organisations().put(state, e.organisation());
  }
  void operator()(const v1::OrganisationUpdated& e) const {
    organisations().put(state, e.organisation());
  }
  void operator()(const v1::OrganisationMoved& e) const {
    organisations().update(state, Key{}.add(e.county()).add(e.organisation_id()),
                           [&](v1::Organisation& row) { evolve(row, e); });
  }
  void operator()(const v1::OrganisationDissolved& e) const {
    organisations().update(state, Key{}.add(e.county()).add(e.organisation_id()),
                           [&](v1::Organisation& row) { evolve(row, e); });
  }
  void operator()(const v1::MembershipAdded& e) const { put_membership(state, e.membership()); }
  void operator()(const v1::MembershipEnded& e) const {
    auto row = memberships().find(state, Key{}.add(e.county()).add(e.membership_id()));
    LM_ASSERT(row.has_value(), "membership: no membership {} to end", e.membership_id());
    evolve(*row, e);
    put_membership(state, *row);
  }
  void operator()(const v1::PersonRegistered& e) const {
    people().put(state, e.person());
    for (const auto& post : e.posts()) put_post(state, post);
  }
  void operator()(const v1::PersonUpdated& e) const { people().put(state, e.person()); }
  void operator()(const v1::PersonErased& e) const {
    for (const auto& post : e.ended_posts()) (*this)(post);
    const auto id = Key{}.add(e.county()).add(e.person_id());
    people().update(state, id, [&](v1::PersonRecord& row) { evolve(row, e); });
    // Also of who never had a post: it is what a standing reads first.
    auto row = person_posts().find(state, id).value_or(v1::PostsRow());
    row.set_county(e.county());
    row.set_id(e.person_id());
    row.set_erased(true);
    person_posts().put(state, row);
  }
  // These change nothing of a person; membership alone keeps who was shown what.
  void operator()(const v1::ContactRevealed&) const {}
  void operator()(const v1::AuditLooked&) const {}
  void operator()(const v1::PostAppointed& e) const {
    put_post(state, e.post());
    if (e.public_name().empty()) return;
    auto record = people().find(state, Key{}.add(e.post().county()).add(e.post().person_id()));
    evolve(record, e);
    people().put(state, *record);
  }
  void operator()(const v1::PostEnded& e) const {
    auto row = posts().find(state, Key{}.add(e.county()).add(e.post_id()));
    LM_ASSERT(row.has_value(), "membership: no post {} to end", e.post_id());
    evolve(*row, e);
    put_post(state, *row);
  }
};

}  // namespace

Key id_order(std::string_view id) {
  const auto digits = id.find_last_not_of("0123456789") + 1;
  std::uint64_t number = 0;
  std::from_chars(id.data() + digits, id.data() + id.size(), number);
  return Key{}.add(id.substr(0, digits)).add(number);
}

const Table<v1::County>& counties() {
  static const Table<v1::County> table{
      0x20, "counties", [](const v1::County& row) { return Key{}.add(row.county()); }};
  return table;
}

const Table<v1::Organisation>& organisations() {
  using Row = v1::Organisation;
  static const Table<Row> table{
      0x21,
      "organisations",
      [](const Row& row) { return Key{}.add(row.county()).add(row.organisation_id()); },
      {Index<Row>{kOrganisationsById, "by_id", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()), id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsByName, "by_name", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()), Key{}.add(row.name()));
                  }},
       Index<Row>{kOrganisationsByParent, "by_parent", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()).add(row.parent_id()),
                          id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsByKind, "by_kind", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()).add(row.kind()), id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsEver, "ever", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), id_order(row.organisation_id()));
                  }}}};
  return table;
}

const Table<v1::PersonRecord>& people() {
  using Row = v1::PersonRecord;
  static const Table<Row> table{
      0x22,
      "people",
      [](const Row& row) { return Key{}.add(row.county()).add(row.person_id()); },
      {Index<Row>{kPeopleById, "by_id", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), id_order(row.person_id()));
                  }},
       Index<Row>{kPeopleByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (row.organisation_id().empty()) return;
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          id_order(row.person_id()));
                  }}}};
  return table;
}

const Table<v1::Post>& posts() {
  using Row = v1::Post;
  static const Table<Row> table{
      0x23,
      "posts",
      [](const Row& row) { return Key{}.add(row.county()).add(row.post_id()); },
      {Index<Row>{kPostsByPerson, "by_person", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.person_id()), id_order(row.post_id()));
                  }},
       Index<Row>{kPostsByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          role_order(row.role(), row.post_id()));
                  }},
       Index<Row>{kPostsByRole, "by_role", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), role_order(row.role(), row.post_id()));
                  }}}};
  return table;
}

const Table<v1::Membership>& memberships() {
  using Row = v1::Membership;
  static const Table<Row> table{
      0x24,
      "memberships",
      [](const Row& row) { return Key{}.add(row.county()).add(row.membership_id()); },
      {Index<Row>{kMembershipsByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          id_order(row.membership_id()));
                  }},
       Index<Row>{kMembershipsByAlliance, "by_alliance", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.alliance_id()),
                          Key{}.add(row.role()).raw(id_order(row.membership_id()).bytes()));
                  }},
       Index<Row>{kMembershipsByRole, "by_role", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()),
                          Key{}.add(row.role()).raw(id_order(row.membership_id()).bytes()));
                  }}}};
  return table;
}

void project(state::Tx& state, const v1::MembershipEvent& event, const EventMeta&) {
  const Projector on{state};
  switch (event.event_case()) {
    case v1::MembershipEvent::kCountyCreated:
      return on(event.county_created());
    case v1::MembershipEvent::kCountyUpdated:
      return on(event.county_updated());
    case v1::MembershipEvent::kOrganisationCreated:
      return on(event.organisation_created());
    case v1::MembershipEvent::kOrganisationUpdated:
      return on(event.organisation_updated());
    case v1::MembershipEvent::kOrganisationMoved:
      return on(event.organisation_moved());
    case v1::MembershipEvent::kOrganisationDissolved:
      return on(event.organisation_dissolved());
    case v1::MembershipEvent::kMembershipAdded:
      return on(event.membership_added());
    case v1::MembershipEvent::kMembershipEnded:
      return on(event.membership_ended());
    case v1::MembershipEvent::kPersonRegistered:
      return on(event.person_registered());
    case v1::MembershipEvent::kPersonUpdated:
      return on(event.person_updated());
    case v1::MembershipEvent::kPostAppointed:
      return on(event.post_appointed());
    case v1::MembershipEvent::kPostEnded:
      return on(event.post_ended());
    case v1::MembershipEvent::kPersonErased:
      return on(event.person_erased());
    case v1::MembershipEvent::kContactRevealed:
      return on(event.contact_revealed());
    case v1::MembershipEvent::kAuditLooked:
      return on(event.audit_looked());
    case v1::MembershipEvent::EVENT_NOT_SET:
      LM_ASSERT(false, "membership: an event without a case reached the roster");
  }
}

std::optional<v1::County> county(const state::View& view, const CountyId& county) {
  return counties().find(view, Key{}.add(county.str()));
}

std::optional<v1::Organisation> organisation(const state::View& view, const CountyId& county,
                                             std::string_view organisation_id) {
  return organisations().find(view, key(county, organisation_id));
}

bool is_in_being(const v1::Organisation& organisation) {
  return !organisation.has_dissolved_time();
}

std::vector<v1::Organisation> lineage(const state::View& view, const CountyId& county,
                                      std::string_view organisation_id) {
  std::vector<v1::Organisation> line;
  auto row = organisation(view, county, organisation_id);
  while (row) {
    LM_ASSERT(line.size() <= kDepthMax, "membership: {} hangs in a circle", organisation_id);
    line.push_back(std::move(*row));
    const auto& above = line.back().parent_id();
    if (above.empty()) break;
    row = organisation(view, county, above);
  }
  return line;
}

std::vector<std::string> ancestors(const state::View& view, const CountyId& county,
                                   std::string_view organisation_id) {
  std::vector<std::string> above;
  auto line = lineage(view, county, organisation_id);
  for (auto& row : line) {
    if (!row.parent_id().empty()) above.push_back(std::move(*row.mutable_parent_id()));
  }
  return above;
}

bool is_at_or_below(const state::View& view, const CountyId& county,
                    std::string_view organisation_id, std::string_view top_id) {
  if (organisation_id == top_id) return true;
  const auto above = ancestors(view, county, organisation_id);
  return std::find(above.begin(), above.end(), top_id) != above.end();
}

std::vector<v1::Organisation> groups(const state::View& view, const CountyId& county) {
  std::vector<v1::Organisation> found;
  each<v1::Organisation>(organisations(), view, kOrganisationsByKind,
                         Key{}.add(county.str()).add(v1::ORGANISATION_KIND_FUNCTIONAL_GROUP),
                         [&](const auto& row) {
                           found.push_back(row);
                           return true;
                         });
  return found;
}

std::string organisation_name(const state::View& view, const CountyId& county,
                              std::string_view organisation_id) {
  const auto row = organisation(view, county, organisation_id);
  return row ? row->name() : std::string();
}

std::optional<v1::PersonRecord> person(const state::View& view, const CountyId& county,
                                       const PersonId& person) {
  return people().find(view, key(county, person.str()));
}

std::string person_name(const state::View& view, const CountyId& county, const PersonId& id) {
  const auto row = person(view, county, id);
  return row ? row->public_name() : std::string();
}

bool is_erased(const v1::PersonRecord& person) { return person.has_erased_time(); }

bool is_public(v1::PostRole role) {
  return role != v1::POST_ROLE_MEMBER && role != v1::POST_ROLE_UNSPECIFIED;
}

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

bool in_force(const v1::Post& post, Time at) {
  return from_proto(post.from_time()) <= at &&
         (!post.has_until_time() || at < from_proto(post.until_time()));
}

bool in_force(const v1::Membership& membership, Time at) {
  return from_proto(membership.from_time()) <= at &&
         (!membership.has_until_time() || at < from_proto(membership.until_time()));
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
