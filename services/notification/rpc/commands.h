// Between the requests of notification's commands and its decisions; knows no gRPC.
#pragma once

#include "lianmeng/notification/v1/notification_service.pb.h"
#include "platform/base/error.h"
#include "platform/runtime/command.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// A request outlives its decision.
Result<runtime::DecideFn> bind(const v1::SetRuleRequest& request);
Result<runtime::DecideFn> bind(const v1::ResetRuleRequest& request);
Result<runtime::DecideFn> bind(const v1::SetTemplateRequest& request);
Result<runtime::DecideFn> bind(const v1::MarkNoticeReadRequest& request);
Result<runtime::DecideFn> bind(const v1::MarkAllNoticesReadRequest& request);

// The resource as it is now, by the subject of the accepted event, as far as the caller sees it: an
// external id is known to the whole county, so a repeat may be somebody else's. Who reads no rules
// and templates is shown none; with an inbox that is another's the answer is an error.
Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::SetRuleResponse* response);
Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::ResetRuleResponse* response);
Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::SetTemplateResponse* response);
Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::MarkNoticeReadResponse* response);
Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::MarkAllNoticesReadResponse* response);

}  // namespace lianmeng::notification
