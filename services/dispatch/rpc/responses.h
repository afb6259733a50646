// From the state to answers: what a command's reply shows, the queries, and events as they happen.
// All run on the loop of the county's partition.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "platform/base/error.h"
#include "platform/runtime/command.h"
#include "platform/seal/sealer.h"

namespace lianmeng::dispatch {

// Demands, and what is to do: demand_responses.cc.

// The demand as it is now to whom it is told, and what is due next. With validate_only: as it was,
// and of a demand that is only validated its likely duplicates. A repeat, which by an external id
// may be somebody else's, shows what the caller may see today, and to who did it first no less than
// which demand it was.
void fill_demand_reply(const CountyId& county, const state::View& view,
                       const runtime::Accepted& accepted, const Actor& actor, v1::Demand* demand,
                       google::protobuf::RepeatedPtrField<v1::Due>* next_due);
void fill_duplicates(const v1::SubmitDemandRequest& request, const state::View& view,
                     const runtime::Accepted& accepted, const Actor& actor,
                     v1::SubmitDemandResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetDemandRequest& request, v1::GetDemandResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListDemandsRequest& request, v1::ListDemandsResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::CountDemandsRequest& request, v1::CountDemandsResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListTodosRequest& request, v1::ListTodosResponse* response);

// Events, told as a history and as they happen: history_responses.cc.

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetDemandHistoryRequest& request, v1::GetDemandHistoryResponse* response);
// Why the caller watches nothing here.
Status check_watch(const runtime::QueryContext& context, const Actor& actor,
                   const v1::WatchDemandsRequest& request);
// False: not for this caller. Audit reads, where each look is on record, and watches no demand that
// is not the caller's otherwise.
bool convert(const runtime::WatchedEvent& event, const Actor& actor,
             const v1::WatchDemandsRequest& request, v1::WatchDemandsResponse* response);

// Contacts shown: reveal_responses.cc.

// Opens the number that a reveal allows; the error says why it cannot, though the reveal stands. A
// repeat is answered to the same person, while they may still see it. Threads: the partition's
// loop.
Status fill_contact(const v1::RevealContactRequest& request, const state::View& view,
                    const runtime::Accepted& accepted, const Actor& actor, seal::Sealer& sealer,
                    v1::RevealContactResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListRevealsRequest& request, v1::ListRevealsResponse* response);

// What a county sets: settings_responses.cc.

// Whoever repeats one of these, too, reads them only from a place in the county's roster.
bool reads_settings(const CountyId& county, const state::View& view,
                    const runtime::Accepted& accepted, const Actor& actor);
void fill_settings(const v1::SetLimitsRequest& request, const state::View& view,
                   v1::SetLimitsResponse* response);
void fill_settings(const v1::SetCalendarYearRequest& request, const state::View& view,
                   v1::SetCalendarYearResponse* response);
void fill_settings(const v1::SetOfficeHoursRequest& request, const state::View& view,
                   v1::SetOfficeHoursResponse* response);
void fill_rule(const v1::SetRoutingRuleRequest& request, const state::View& view,
               const runtime::Accepted& accepted, v1::SetRoutingRuleResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetLimitsRequest& request, v1::GetLimitsResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetCalendarRequest& request, v1::GetCalendarResponse* response);
Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListRoutingRulesRequest& request, v1::ListRoutingRulesResponse* response);

// What audit looks at: look_responses.cc.

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListAuditLooksRequest& request, v1::ListAuditLooksResponse* response);
// What an answer shows of demands.
std::vector<std::string> shown(const v1::GetDemandResponse& response);
std::vector<std::string> shown(const v1::ListDemandsResponse& response);
std::vector<std::string> shown(const v1::CountDemandsResponse& response);
std::vector<std::string> shown(const v1::ListTodosResponse& response);
std::vector<std::string> shown(const v1::GetDemandHistoryResponse& response);
std::vector<std::string> shown(const v1::ListRevealsResponse& response);

// What must be on record before an answer goes to audit; nothing for everybody else.
std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> demand_ids);

}  // namespace lianmeng::dispatch
