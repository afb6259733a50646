#include "membership/domain/as_of.h"

#include <optional>

#include "membership/domain/tables.h"
#include "membership/projection/evolve.h"
#include "platform/base/assert.h"

namespace lianmeng::membership {
namespace {

template <class Rows, class IsIt, class Row>
void take(const Rows& rows, const IsIt& is_it, std::optional<Row>& into) {
  for (const auto& row : rows) {
    if (is_it(row)) into = row;
  }
}

void fold(const v1::MembershipEvent& event, const std::string& id,
          std::optional<v1::Organisation>& row) {
  if (event.has_county_created()) {
    take(
        event.county_created().organisations(),
        [&](const auto& one) { return one.organisation_id() == id; }, row);
  } else if (event.has_organisation_created()) {
    row = event.organisation_created().organisation();
  } else if (event.has_organisation_updated()) {
    row = event.organisation_updated().organisation();
  } else if (event.has_organisation_moved() && row) {
    roster::evolve(*row, event.organisation_moved());
  } else if (event.has_organisation_dissolved() && row) {
    roster::evolve(*row, event.organisation_dissolved());
  }
}

void fold(const v1::MembershipEvent& event, const std::string& id, std::optional<v1::Post>& row) {
  const auto is_it = [&](const auto& one) { return one.post_id() == id; };
  if (event.has_county_created()) {
    take(event.county_created().posts(), is_it, row);
  } else if (event.has_person_registered()) {
    take(event.person_registered().posts(), is_it, row);
  } else if (event.has_post_appointed()) {
    row = event.post_appointed().post();
  } else if (event.has_post_ended() && row) {
    roster::evolve(*row, event.post_ended());
  }
}

void fold(const v1::MembershipEvent& event, const std::string&,
          std::optional<v1::Membership>& row) {
  if (event.has_membership_added()) {
    row = event.membership_added().membership();
  } else if (event.has_membership_ended() && row) {
    roster::evolve(*row, event.membership_ended());
  }
}

template <class Row>
Result<Row> row_as_of(const state::View& view, const CountyId& county, const std::string& subject,
                      const std::string& id, const state::AsOf& as_of, const std::string& what) {
  std::optional<Row> row;
  std::optional<std::pair<Time, Time>> first;
  history().scan(view, state::Key{}.add(county.str()).add(subject),
                 [&](const v1::HistoryRow& entry) {
                   const auto recorded = state::from_proto(entry.recorded_time());
                   const auto effective = state::from_proto(entry.effective_time());
                   if (!first) first = {recorded, effective};
                   if (as_of.covers(recorded, effective)) fold(entry.event(), id, row);
                   return true;
                 });
  if (row) return std::move(*row);
  LM_ASSERT(first.has_value(), "membership: {} has no history", subject);
  return fail(to_error(state::nothing_then(what + " " + id, first->first, first->second)));
}

}  // namespace

Result<v1::Organisation> organisation_as_of(const state::View& view, const CountyId& county,
                                            const std::string& organisation_id,
                                            const state::AsOf& as_of) {
  return row_as_of<v1::Organisation>(view, county, organisation_subject(organisation_id),
                                     organisation_id, as_of, "组织");
}

Result<v1::Post> post_as_of(const state::View& view, const CountyId& county,
                            const std::string& post_id, const state::AsOf& as_of) {
  return row_as_of<v1::Post>(view, county, post_subject(post_id), post_id, as_of, "任职");
}

Result<v1::Membership> membership_as_of(const state::View& view, const CountyId& county,
                                        const std::string& membership_id,
                                        const state::AsOf& as_of) {
  return row_as_of<v1::Membership>(view, county, membership_subject(membership_id), membership_id,
                                   as_of, "成员关系");
}

}  // namespace lianmeng::membership
