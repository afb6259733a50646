#include "membership/rpc/responses.h"

#include <string>
#include <utility>

#include "membership/domain/as_of.h"
#include "membership/domain/checks.h"
#include "membership/domain/reasons.h"
#include "membership/projection/roster_tables.h"
#include "membership/queries/queries.h"
#include "membership/rpc/reader.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::membership {

using state::Key;

namespace {

void fill_membership(const state::View& view, const v1::Membership& row, Time now,
                     v1::MembershipEntry* entry) {
  const CountyId county(row.county());
  *entry->mutable_membership() = row;
  entry->set_organisation_name(roster::organisation_name(view, county, row.organisation_id()));
  entry->set_alliance_name(roster::organisation_name(view, county, row.alliance_id()));
  entry->set_in_force(roster::in_force(row, now));
}

// The organisation and those above it, each as it was.
Status organisation_then(const state::View& view, const CountyId& county, const state::AsOf& as_of,
                         const v1::Organisation& now, v1::GetOrganisationResponse* response) {
  auto row = organisation_as_of(view, county, now.organisation_id(), as_of);
  if (!row) return fail(std::move(row).error());
  auto parent = row->parent_id();
  *response->mutable_organisation() = std::move(*row);
  // By effective time moves are left out of the order in which they were decided, so what would be
  // a circle of today's rules may stand there: it is cut.
  for (int level = 0; level < kDepthMax && !parent.empty(); ++level) {
    auto above = organisation_as_of(view, county, parent, as_of);
    if (!above) break;
    parent = above->parent_id();
    *response->add_ancestors() = std::move(*above);
  }
  return {};
}

}  // namespace

bool ReplyFiller::reads(const Scope& scope) const {
  return roster::standing_of(scope.view, scope.actor, county_, scope.accepted.time).is_known();
}

void ReplyFiller::fill(const Scope& scope, v1::County* out) const {
  if (auto row = roster::county(scope.view, county_)) *out = std::move(*row);
}

void ReplyFiller::fill(const Scope& scope, v1::Organisation* out) const {
  if (auto row = roster::organisation(scope.view, county_, scope.id)) *out = std::move(*row);
}

void ReplyFiller::fill(const Scope& scope, v1::MembershipEntry* out) const {
  const auto row = roster::memberships().find(scope.view, Key{}.add(county_.str()).add(scope.id));
  if (row) fill_membership(scope.view, *row, scope.accepted.time, out);
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetCountyRequest& request,
                                 v1::GetCountyResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  *response->mutable_county() = *roster::county(*context.view, caller->county());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetOrganisationRequest& request,
                                 v1::GetOrganisationResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::organisation(*context.view, county, request.organisation_id());
  if (!row) {
    return fail(
        to_error(refuse(kOrganisationUnknown, {{"organisation", request.organisation_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) return organisation_then(*context.view, county, as_of, *row, response);
  *response->mutable_organisation() = std::move(*row);
  for (const auto& id : roster::ancestors(*context.view, county, request.organisation_id())) {
    if (auto above = roster::organisation(*context.view, county, id)) {
      *response->add_ancestors() = std::move(*above);
    }
  }
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListOrganisationsRequest& request,
                                 v1::ListOrganisationsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::OrganisationFilter filter;
  if (request.has_parent_id()) filter.parent_id = request.parent_id();
  filter.kind = request.kind();
  filter.text = request.text();
  filter.by_name = request.order() == v1::ORGANISATION_ORDER_NAME;
  filter.include_dissolved = request.include_dissolved();
  filter.as_of = state::as_of(request);
  auto page = queries::list_organisations(*context.view, caller->county(), filter,
                                          page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) *response->add_organisations() = std::move(row);
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetMembershipRequest& request,
                                 v1::GetMembershipResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::memberships().find(*context.view,
                                        Key{}.add(county.str()).add(request.membership_id()));
  if (!row) {
    return fail(to_error(refuse(kMembershipUnknown, {{"membership", request.membership_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) {
    auto then = membership_as_of(*context.view, county, request.membership_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
  }
  fill_membership(*context.view, *row, as_of.moment(context.now), response->mutable_membership());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListMembershipsRequest& request,
                                 v1::ListMembershipsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::MembershipFilter filter;
  filter.organisation_id = request.organisation_id();
  filter.alliance_id = request.alliance_id();
  filter.role = request.role();
  filter.as_of = state::as_of(request);
  const auto moment = filter.as_of.moment(context.now);
  if (request.in_force()) filter.in_force_at = moment;
  if (request.has_in_force_at()) filter.in_force_at = state::from_proto(request.in_force_at());
  auto page = queries::list_memberships(*context.view, caller->county(), filter,
                                        page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (const auto& row : page->rows) {
    fill_membership(*context.view, row, moment, response->add_memberships());
  }
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

}  // namespace lianmeng::membership
