#include "dispatch/rpc/responses.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/domain/look.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/rpc/pages.h"
#include "dispatch/rpc/reader.h"
#include "membership/projection/roster.h"
#include "platform/runtime/fold.h"

namespace lianmeng::dispatch {

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListAuditLooksRequest& request, v1::ListAuditLooksResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (!reader.me().is_county_officer() && !reader.me().is_auditor()) {
    return fail(to_error(refuse(
        kPermissionDenied, {{"action", "查看审计查阅记录"},
                            {"why", "仅限县级主管办公室和审计人员"},
                            {"why_en", "only the county office and audit see what audit read"}})));
  }
  const auto from = read_sequence(request.page_token());
  if (!from) return fail(from.error());
  const int size = page_size_of(request);
  auto place = context.applied;
  scan_history(*context.view, reader.county, kAuditLooks, *from, [&](const auto& entry) {
    if (response->looks_size() == size) {
      response->set_next_page_token(std::to_string(entry.sequence()));
      return false;
    }
    place.sequence = entry.sequence();
    const auto& look = entry.event().audit_looked();
    auto& out = *response->add_looks();
    out.set_place(to_string(place));
    *out.mutable_time() = entry.time();
    out.set_person_id(look.person_id());
    out.set_person_name(reader.person(look.person_id()));
    out.set_method(look.method());
    *out.mutable_demand_ids() = look.demand_ids();
    return true;
  });
  return {};
}

std::vector<std::string> shown(const v1::GetDemandResponse& response) {
  return {response.demand().demand_id()};
}

std::vector<std::string> shown(const v1::ListDemandsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& demand : response.demands()) ids.push_back(demand.demand_id());
  return ids;
}

std::vector<std::string> shown(const v1::CountDemandsResponse&) { return {}; }

std::vector<std::string> shown(const v1::ListTodosResponse& response) {
  std::vector<std::string> ids;
  for (const auto& todo : response.todos()) ids.push_back(todo.demand_id());
  return ids;
}

std::vector<std::string> shown(const v1::GetDemandHistoryResponse& response) {
  if (response.events().empty()) return {};
  return {response.events(0).demand_id()};
}

std::vector<std::string> shown(const v1::ListRevealsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& reveal : response.reveals()) ids.push_back(reveal.demand_id());
  return ids;
}

std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> demand_ids) {
  const auto me =
      membership::roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (!looks_as_audit(me)) return std::nullopt;
  return [look = RecordLook{std::string(method), std::move(demand_ids)}](
             const state::View& view, const DecideContext& decided) {
    return runtime::erase(decide(view, look, decided));
  };
}

}  // namespace lianmeng::dispatch
