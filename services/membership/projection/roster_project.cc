#include "membership/projection/roster.h"

#include "membership/projection/evolve.h"
#include "membership/projection/roster_duties.h"
#include "membership/projection/roster_tables.h"
#include "platform/base/assert.h"

namespace lianmeng::membership::roster {

using state::Key;

namespace {

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

}  // namespace lianmeng::membership::roster
