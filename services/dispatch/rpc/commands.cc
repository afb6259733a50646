#include "dispatch/rpc/commands.h"

#include "dispatch/domain/result.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/settings.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/take.h"
#include "dispatch/domain/work.h"
#include "dispatch/rpc/convert.h"
#include "platform/state/proto_time.h"

namespace lianmeng::dispatch {

using runtime::DecideFn;

namespace {

template <class Command>
DecideFn decides(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

template <class T>
std::vector<T> all(const google::protobuf::RepeatedPtrField<T>& items) {
  return {items.begin(), items.end()};
}

}  // namespace

SubmitDemand submission(const v1::SubmitDemandRequest& request) {
  return {.title = request.title(),
          .detail = request.detail(),
          .kind = request.kind(),
          .urgency = request.urgency(),
          .industry = request.industry(),
          .asker_organisation_id = request.asker_organisation_id(),
          .asker_person_id = request.asker_person_id(),
          .callback_person_id = request.callback_person_id(),
          .village_id = request.village_id(),
          .found_by_group_id = request.found_by_group_id()};
}

Result<DecideFn> bind(const v1::SubmitDemandRequest& request) {
  return decides(submission(request));
}

Result<DecideFn> bind(const v1::RouteDemandRequest& request) {
  return decides(RouteDemand{.demand_id = request.demand_id(),
                             .mode = request.mode(),
                             .lead_group_id = request.lead_group_id(),
                             .group_ids = all(request.group_ids()),
                             .note = request.note()});
}

Result<DecideFn> bind(const v1::DeclineDemandRequest& request) {
  return decides(DeclineDemand{.demand_id = request.demand_id(), .reason = request.reason()});
}

Result<DecideFn> bind(const v1::TakeDemandRequest& request) {
  return decides(TakeDemand{.demand_id = request.demand_id(), .group_id = request.group_id()});
}

Result<DecideFn> bind(const v1::PassBackDemandRequest& request) {
  return decides(PassBackDemand{.demand_id = request.demand_id(),
                                .group_id = request.group_id(),
                                .reason = request.reason()});
}

Result<DecideFn> bind(const v1::AssignHandlerRequest& request) {
  return decides(AssignHandler{.demand_id = request.demand_id(),
                               .handler_person_id = request.handler_person_id(),
                               .note = request.note()});
}

Result<DecideFn> bind(const v1::ReportProgressRequest& request) {
  ReportProgress command{.demand_id = request.demand_id(),
                         .words = request.words(),
                         .next_step = request.next_step(),
                         .next_step_time = {}};
  if (request.has_next_step_time()) {
    command.next_step_time = state::from_proto(request.next_step_time());
  }
  return decides(std::move(command));
}

Result<DecideFn> bind(const v1::RecordContactRequest& request) {
  return decides(RecordContact{
      .demand_id = request.demand_id(), .means = request.means(), .words = request.words()});
}

Result<DecideFn> bind(const v1::InviteHelperRequest& request) {
  return decides(InviteHelper{.demand_id = request.demand_id(),
                              .group_id = request.group_id(),
                              .request = request.request()});
}

Result<DecideFn> bind(const v1::AnswerInvitationRequest& request) {
  return decides(AnswerInvitation{.demand_id = request.demand_id(),
                                  .group_id = request.group_id(),
                                  .accepted = request.accepted(),
                                  .words = request.words()});
}

Result<DecideFn> bind(const v1::IntroduceSupportRequest& request) {
  return decides(IntroduceSupport{.demand_id = request.demand_id(),
                                  .introduced_by = request.introduced_by(),
                                  .introduced_by_person_id = request.introduced_by_person_id(),
                                  .supporter = request.supporter(),
                                  .words = request.words(),
                                  .figures = all(request.figures())});
}

Result<DecideFn> bind(const v1::RevealContactRequest& request) {
  return decides(RevealContact{.demand_id = request.demand_id(), .reason = request.reason()});
}

Result<DecideFn> bind(const v1::CommentDemandRequest& request) {
  return decides(CommentDemand{.demand_id = request.demand_id(), .words = request.words()});
}

Result<DecideFn> bind(const v1::ReclassifyDemandRequest& request) {
  return decides(ReclassifyDemand{.demand_id = request.demand_id(),
                                  .kind = request.kind(),
                                  .urgency = request.urgency(),
                                  .reason = request.reason()});
}

Result<DecideFn> bind(const v1::SubmitResultRequest& request) {
  return decides(SubmitResult{.demand_id = request.demand_id(),
                              .kind = request.kind(),
                              .words = request.words(),
                              .figures = all(request.figures()),
                              .planned_date = request.planned_date()});
}

Result<DecideFn> bind(const v1::SignResultRequest& request) {
  return decides(SignResult{.demand_id = request.demand_id()});
}

Result<DecideFn> bind(const v1::AcceptResultRequest& request) {
  return decides(AcceptResult{.demand_id = request.demand_id(), .note = request.note()});
}

Result<DecideFn> bind(const v1::SendBackResultRequest& request) {
  return decides(SendBackResult{.demand_id = request.demand_id(), .reason = request.reason()});
}

Result<DecideFn> bind(const v1::RateDemandRequest& request) {
  return decides(RateDemand{.demand_id = request.demand_id(),
                            .solved = request.solved(),
                            .content = request.content(),
                            .words = request.words(),
                            .by_callback = request.by_callback()});
}

Result<DecideFn> bind(const v1::ExplainRatingRequest& request) {
  return decides(
      ExplainRating{.demand_id = request.demand_id(), .explanation = request.explanation()});
}

Result<DecideFn> bind(const v1::RedoDemandRequest& request) {
  return decides(RedoDemand{.demand_id = request.demand_id(), .reason = request.reason()});
}

Result<DecideFn> bind(const v1::WithdrawDemandRequest& request) {
  return decides(WithdrawDemand{.demand_id = request.demand_id(), .reason = request.reason()});
}

Result<DecideFn> bind(const v1::SetLimitsRequest& request) {
  return decides(SetLimits{.settings = all(request.settings())});
}

Result<DecideFn> bind(const v1::SetCalendarYearRequest& request) {
  return decides(SetCalendarYear{.calendar = request.calendar()});
}

Result<DecideFn> bind(const v1::SetOfficeHoursRequest& request) {
  return decides(SetOfficeHours{.spans = all(request.spans())});
}

Result<DecideFn> bind(const v1::SetRoutingRuleRequest& request) {
  return decides(SetRoutingRule{.rule = request.rule()});
}

Result<DecideFn> bind(const v1::RemoveRoutingRuleRequest& request) {
  return decides(RemoveRoutingRule{.rule_id = request.rule_id()});
}

}  // namespace lianmeng::dispatch
