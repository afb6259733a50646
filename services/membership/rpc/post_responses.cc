#include "membership/rpc/responses.h"

#include <utility>

#include "membership/domain/as_of.h"
#include "membership/domain/look.h"
#include "membership/domain/reasons.h"
#include "membership/projection/roster_tables.h"
#include "membership/queries/queries.h"
#include "membership/rpc/post_entry.h"
#include "membership/rpc/reader.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::membership {

using state::Key;

bool ReplyFiller::fill(const Scope& scope, v1::PostEntry* out) const {
  const auto row = roster::posts().find(scope.view, Key{}.add(county_.str()).add(scope.id));
  if (!row) return false;
  const auto now = scope.accepted.time;
  const auto caller = roster::standing_of(scope.view, scope.actor, county_, now);
  if (scope.accepted.repeated) {
    if (!queries::sees(scope.view, caller, *row)) return false;
    // What audit is shown goes on record, which an answer to a command does not.
    if (!roster::is_public(row->role()) && looks_as_audit(caller)) return false;
  }
  fill_post(scope.view, *row, now, out);
  return true;
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetPostRequest& request,
                                 v1::GetPostResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::posts().find(*context.view, Key{}.add(county.str()).add(request.post_id()));
  if (!row || !queries::sees(*context.view, *caller, *row)) {
    return fail(to_error(refuse(kPostUnknown, {{"post", request.post_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) {
    auto then = post_as_of(*context.view, county, request.post_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
  }
  fill_post(*context.view, *row, as_of.moment(context.now), response->mutable_post());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListPostsRequest& request,
                                 v1::ListPostsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::PostFilter filter;
  filter.person_id = request.person_id();
  filter.organisation_id = request.organisation_id();
  filter.role = request.role();
  filter.as_of = state::as_of(request);
  const auto moment = filter.as_of.moment(context.now);
  if (request.in_force()) filter.in_force_at = moment;
  if (request.has_in_force_at()) filter.in_force_at = state::from_proto(request.in_force_at());
  auto page = queries::list_posts(*context.view, *caller, filter,
                                  page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (const auto& row : page->rows) {
    fill_post(*context.view, row, moment, response->add_posts());
  }
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

}  // namespace lianmeng::membership
