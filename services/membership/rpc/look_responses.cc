#include "membership/rpc/responses.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "membership/domain/look.h"
#include "membership/queries/queries.h"
#include "membership/rpc/reader.h"

namespace lianmeng::membership {

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListAuditLooksRequest& request,
                                 v1::ListAuditLooksResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  if (auto no = queries::check_reads_looks(*caller)) return fail(to_error(*no));
  auto page = queries::list_looks(*context.view, caller->county(),
                                  page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) {
    auto& look = *row.mutable_event()->mutable_audit_looked();
    auto& out = *response->add_looks();
    out.set_place(
        to_string(Place{context.applied.service, context.applied.partition, row.sequence()}));
    *out.mutable_time() = row.recorded_time();
    out.set_person_name(
        roster::person_name(*context.view, caller->county(), PersonId(look.person_id())));
    out.set_person_id(std::move(*look.mutable_person_id()));
    out.set_method(std::move(*look.mutable_method()));
    *out.mutable_person_ids() = std::move(*look.mutable_person_ids());
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

std::vector<std::string> shown(const v1::GetPersonResponse& response) {
  return {response.person().person_id()};
}

std::vector<std::string> shown(const v1::ListPeopleResponse& response) {
  std::vector<std::string> ids;
  for (const auto& person : response.people()) ids.push_back(person.person_id());
  return ids;
}

std::vector<std::string> shown(const v1::GetPostResponse& response) {
  const auto& post = response.post().post();
  if (roster::is_public(post.role())) return {};
  return {post.person_id()};
}

std::vector<std::string> shown(const v1::ListPostsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& entry : response.posts()) {
    if (!roster::is_public(entry.post().role())) ids.push_back(entry.post().person_id());
  }
  return ids;
}

std::vector<std::string> shown(const v1::GetHistoryResponse& response) {
  std::vector<std::string> ids;
  for (const auto& entry : response.entries()) {
    if (auto id = queries::whom_it_shows(entry.event()); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

std::vector<std::string> shown(const v1::ListRevealsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& reveal : response.reveals()) ids.push_back(reveal.person_id());
  return ids;
}

std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> person_ids) {
  std::sort(person_ids.begin(), person_ids.end());
  person_ids.erase(std::unique(person_ids.begin(), person_ids.end()), person_ids.end());
  std::erase(person_ids, actor.id);
  if (person_ids.empty()) return std::nullopt;
  const auto me = roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (!looks_as_audit(me)) return std::nullopt;
  return [look = RecordLook{std::string(method), std::move(person_ids)}](
             const state::View& view, const DecideContext& decided) {
    return runtime::erase(decide(view, look, decided));
  };
}

}  // namespace lianmeng::membership
