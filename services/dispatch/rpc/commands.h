// From requests to decisions.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "platform/base/error.h"
#include "platform/runtime/fold.h"

namespace lianmeng::dispatch {

// What a request asks of the domain; its fields are checked there. An error when a field cannot be
// read at all. Threads: any; the function that is given back owns what it needs.
Result<runtime::DecideFn> bind(const v1::SubmitDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::RouteDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::DeclineDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::TakeDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::PassBackDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::AssignHandlerRequest& request);
Result<runtime::DecideFn> bind(const v1::ReportProgressRequest& request);
Result<runtime::DecideFn> bind(const v1::RecordContactRequest& request);
Result<runtime::DecideFn> bind(const v1::InviteHelperRequest& request);
Result<runtime::DecideFn> bind(const v1::AnswerInvitationRequest& request);
Result<runtime::DecideFn> bind(const v1::IntroduceSupportRequest& request);
Result<runtime::DecideFn> bind(const v1::CommentDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::RevealContactRequest& request);
Result<runtime::DecideFn> bind(const v1::ReclassifyDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::SubmitResultRequest& request);
Result<runtime::DecideFn> bind(const v1::SignResultRequest& request);
Result<runtime::DecideFn> bind(const v1::AcceptResultRequest& request);
Result<runtime::DecideFn> bind(const v1::SendBackResultRequest& request);
Result<runtime::DecideFn> bind(const v1::RateDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::ExplainRatingRequest& request);
Result<runtime::DecideFn> bind(const v1::RedoDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::WithdrawDemandRequest& request);
Result<runtime::DecideFn> bind(const v1::SetLimitsRequest& request);
Result<runtime::DecideFn> bind(const v1::SetCalendarYearRequest& request);
Result<runtime::DecideFn> bind(const v1::SetOfficeHoursRequest& request);
Result<runtime::DecideFn> bind(const v1::SetRoutingRuleRequest& request);
Result<runtime::DecideFn> bind(const v1::RemoveRoutingRuleRequest& request);

}  // namespace lianmeng::dispatch
