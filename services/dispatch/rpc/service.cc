#include "dispatch/rpc/service.h"

#include <grpcpp/server_context.h>

#include "dispatch/rpc/commands.h"
#include "dispatch/rpc/responses.h"
#include "lianmeng/dispatch/v1/dispatch_service.grpc.pb.h"
#include "platform/rpc/arena_messages.h"
#include "platform/rpc/calls.h"

namespace lianmeng::dispatch {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class DispatchService final : public v1::DispatchService::CallbackService {
 public:
  DispatchService(rpc::Environment& environment, seal::Sealer& sealer)
      : calls_(environment, "dispatch", v1::DispatchService::service_full_name()), sealer_(sealer) {
    SetMessageAllocatorFor_ListDemands(&list_messages_);
  }

  Reactor* SubmitDemand(Context* context, const v1::SubmitDemandRequest* request,
                        v1::SubmitDemandResponse* response) override {
    return command("SubmitDemand", context, request, response);
  }
  Reactor* RouteDemand(Context* context, const v1::RouteDemandRequest* request,
                       v1::RouteDemandResponse* response) override {
    return command("RouteDemand", context, request, response);
  }
  Reactor* DeclineDemand(Context* context, const v1::DeclineDemandRequest* request,
                         v1::DeclineDemandResponse* response) override {
    return command("DeclineDemand", context, request, response);
  }
  Reactor* TakeDemand(Context* context, const v1::TakeDemandRequest* request,
                      v1::TakeDemandResponse* response) override {
    return command("TakeDemand", context, request, response);
  }
  Reactor* PassBackDemand(Context* context, const v1::PassBackDemandRequest* request,
                          v1::PassBackDemandResponse* response) override {
    return command("PassBackDemand", context, request, response);
  }
  Reactor* AssignHandler(Context* context, const v1::AssignHandlerRequest* request,
                         v1::AssignHandlerResponse* response) override {
    return command("AssignHandler", context, request, response);
  }
  Reactor* ReportProgress(Context* context, const v1::ReportProgressRequest* request,
                          v1::ReportProgressResponse* response) override {
    return command("ReportProgress", context, request, response);
  }
  Reactor* RecordContact(Context* context, const v1::RecordContactRequest* request,
                         v1::RecordContactResponse* response) override {
    return command("RecordContact", context, request, response);
  }
  Reactor* InviteHelper(Context* context, const v1::InviteHelperRequest* request,
                        v1::InviteHelperResponse* response) override {
    return command("InviteHelper", context, request, response);
  }
  Reactor* AnswerInvitation(Context* context, const v1::AnswerInvitationRequest* request,
                            v1::AnswerInvitationResponse* response) override {
    return command("AnswerInvitation", context, request, response);
  }
  Reactor* IntroduceSupport(Context* context, const v1::IntroduceSupportRequest* request,
                            v1::IntroduceSupportResponse* response) override {
    return command("IntroduceSupport", context, request, response);
  }
  Reactor* RevealContact(Context* context, const v1::RevealContactRequest* request,
                         v1::RevealContactResponse* response) override {
    return rpc::run_command(
        calls_, "RevealContact", context, request, response, kBind,
        [this, request](const state::View& view, const runtime::Accepted& accepted,
                        const Actor& actor, v1::RevealContactResponse* out) {
          return fill_contact(*request, view, accepted, actor, sealer_, out);
        });
  }
  Reactor* ListReveals(Context* context, const v1::ListRevealsRequest* request,
                       v1::ListRevealsResponse* response) override {
    return query("ListReveals", context, request, response);
  }
  Reactor* CommentDemand(Context* context, const v1::CommentDemandRequest* request,
                         v1::CommentDemandResponse* response) override {
    return command("CommentDemand", context, request, response);
  }
  Reactor* ReclassifyDemand(Context* context, const v1::ReclassifyDemandRequest* request,
                            v1::ReclassifyDemandResponse* response) override {
    return command("ReclassifyDemand", context, request, response);
  }
  Reactor* SubmitResult(Context* context, const v1::SubmitResultRequest* request,
                        v1::SubmitResultResponse* response) override {
    return command("SubmitResult", context, request, response);
  }
  Reactor* SignResult(Context* context, const v1::SignResultRequest* request,
                      v1::SignResultResponse* response) override {
    return command("SignResult", context, request, response);
  }
  Reactor* AcceptResult(Context* context, const v1::AcceptResultRequest* request,
                        v1::AcceptResultResponse* response) override {
    return command("AcceptResult", context, request, response);
  }
  Reactor* SendBackResult(Context* context, const v1::SendBackResultRequest* request,
                          v1::SendBackResultResponse* response) override {
    return command("SendBackResult", context, request, response);
  }
  Reactor* RateDemand(Context* context, const v1::RateDemandRequest* request,
                      v1::RateDemandResponse* response) override {
    return command("RateDemand", context, request, response);
  }
  Reactor* ExplainRating(Context* context, const v1::ExplainRatingRequest* request,
                         v1::ExplainRatingResponse* response) override {
    return command("ExplainRating", context, request, response);
  }
  Reactor* RedoDemand(Context* context, const v1::RedoDemandRequest* request,
                      v1::RedoDemandResponse* response) override {
    return command("RedoDemand", context, request, response);
  }
  Reactor* WithdrawDemand(Context* context, const v1::WithdrawDemandRequest* request,
                          v1::WithdrawDemandResponse* response) override {
    return command("WithdrawDemand", context, request, response);
  }
  Reactor* SetLimits(Context* context, const v1::SetLimitsRequest* request,
                     v1::SetLimitsResponse* response) override {
    return command("SetLimits", context, request, response);
  }
  Reactor* SetCalendarYear(Context* context, const v1::SetCalendarYearRequest* request,
                           v1::SetCalendarYearResponse* response) override {
    return command("SetCalendarYear", context, request, response);
  }
  Reactor* SetOfficeHours(Context* context, const v1::SetOfficeHoursRequest* request,
                          v1::SetOfficeHoursResponse* response) override {
    return command("SetOfficeHours", context, request, response);
  }
  Reactor* SetRoutingRule(Context* context, const v1::SetRoutingRuleRequest* request,
                          v1::SetRoutingRuleResponse* response) override {
    return command("SetRoutingRule", context, request, response);
  }
  Reactor* RemoveRoutingRule(Context* context, const v1::RemoveRoutingRuleRequest* request,
                             v1::RemoveRoutingRuleResponse* response) override {
    return command("RemoveRoutingRule", context, request, response);
  }
  Reactor* GetDemand(Context* context, const v1::GetDemandRequest* request,
                     v1::GetDemandResponse* response) override {
    return query("GetDemand", context, request, response);
  }
  Reactor* ListDemands(Context* context, const v1::ListDemandsRequest* request,
                       v1::ListDemandsResponse* response) override {
    return query("ListDemands", context, request, response);
  }
  Reactor* CountDemands(Context* context, const v1::CountDemandsRequest* request,
                        v1::CountDemandsResponse* response) override {
    return query("CountDemands", context, request, response);
  }
  Reactor* ListTodos(Context* context, const v1::ListTodosRequest* request,
                     v1::ListTodosResponse* response) override {
    return query("ListTodos", context, request, response);
  }
  Reactor* GetDemandHistory(Context* context, const v1::GetDemandHistoryRequest* request,
                            v1::GetDemandHistoryResponse* response) override {
    return query("GetDemandHistory", context, request, response);
  }
  Reactor* GetLimits(Context* context, const v1::GetLimitsRequest* request,
                     v1::GetLimitsResponse* response) override {
    return query("GetLimits", context, request, response);
  }
  Reactor* GetCalendar(Context* context, const v1::GetCalendarRequest* request,
                       v1::GetCalendarResponse* response) override {
    return query("GetCalendar", context, request, response);
  }
  Reactor* ListRoutingRules(Context* context, const v1::ListRoutingRulesRequest* request,
                            v1::ListRoutingRulesResponse* response) override {
    return query("ListRoutingRules", context, request, response);
  }
  Reactor* ListAuditLooks(Context* context, const v1::ListAuditLooksRequest* request,
                          v1::ListAuditLooksResponse* response) override {
    return query("ListAuditLooks", context, request, response);
  }
  grpc::ServerWriteReactor<v1::WatchDemandsResponse>* WatchDemands(
      Context* context, const v1::WatchDemandsRequest* request) override {
    return rpc::run_watch<v1::WatchDemandsResponse>(
        calls_, "WatchDemands", context, request, check_watch,
        [](const auto& event, const Actor& actor, const auto& asked, auto* response) {
          return convert(event, actor, asked, response);
        });
  }
  Reactor* ExecuteCommands(Context* context, const v1::ExecuteCommandsRequest* request,
                           v1::ExecuteCommandsResponse* response) override {
    return rpc::run_batch(calls_, "ExecuteCommands", context, request, response, visit);
  }

 private:
  static constexpr auto kBind = [](const auto& request) { return bind(request); };

  template <class Request, class Response>
  Reactor* command(std::string_view method, Context* context, const Request* request,
                   Response* response) {
    return rpc::run_command(
        calls_, method, context, request, response, kBind,
        [request](const state::View& view, const runtime::Accepted& accepted, const Actor& actor,
                  Response* out) { fill(*request, view, accepted, actor, out); });
  }

  template <class Request, class Response>
  Reactor* query(std::string_view method, Context* context, const Request* request,
                 Response* response) {
    return rpc::run_query(
        calls_, method, context, request, response,
        [](const runtime::QueryContext& asked, const Actor& actor, const Request& what,
           Response* out) { return answer(asked, actor, what, out); },
        [method](const runtime::QueryContext& asked, const Actor& actor, const Request& what,
                 const Response& out) -> std::optional<runtime::DecideFn> {
          if constexpr (requires { shown(out); }) {
            return record_look(asked, actor, what.county(), method, shown(out));
          } else {
            return std::nullopt;
          }
        });
  }

  template <class Request, class Response>
  static void fill(const Request& request, const state::View& view,
                   const runtime::Accepted& accepted, const Actor& actor, Response* response) {
    if constexpr (requires { response->mutable_demand(); }) {
      fill_demand_reply(CountyId(request.county()), view, accepted, actor,
                        response->mutable_demand(), response->mutable_next_due());
      // A submission that was only validated has left none.
      if (response->demand().demand_id().empty()) response->clear_demand();
      if constexpr (requires { response->mutable_likely_duplicates(); }) {
        if (accepted.validated) fill_duplicates(request, view, accepted, actor, response);
      }
    } else if (!reads_settings(CountyId(request.county()), view, accepted, actor)) {
      return;
    } else if constexpr (requires { response->mutable_rule(); }) {
      fill_rule(request, view, accepted, response);
    } else if constexpr (requires { response->set_rule_id(""); }) {
      response->set_rule_id(request.rule_id());
    } else {
      fill_settings(request, view, response);
    }
  }

  static void visit(const v1::DispatchCommand& command, rpc::BatchEntry& entry) {
    switch (command.command_case()) {
      case v1::DispatchCommand::kSubmitDemand:
        return entry.take("SubmitDemand", command.submit_demand(), kBind);
      case v1::DispatchCommand::kRouteDemand:
        return entry.take("RouteDemand", command.route_demand(), kBind);
      case v1::DispatchCommand::kDeclineDemand:
        return entry.take("DeclineDemand", command.decline_demand(), kBind);
      case v1::DispatchCommand::kTakeDemand:
        return entry.take("TakeDemand", command.take_demand(), kBind);
      case v1::DispatchCommand::kPassBackDemand:
        return entry.take("PassBackDemand", command.pass_back_demand(), kBind);
      case v1::DispatchCommand::kAssignHandler:
        return entry.take("AssignHandler", command.assign_handler(), kBind);
      case v1::DispatchCommand::kReportProgress:
        return entry.take("ReportProgress", command.report_progress(), kBind);
      case v1::DispatchCommand::kRecordContact:
        return entry.take("RecordContact", command.record_contact(), kBind);
      case v1::DispatchCommand::kInviteHelper:
        return entry.take("InviteHelper", command.invite_helper(), kBind);
      case v1::DispatchCommand::kAnswerInvitation:
        return entry.take("AnswerInvitation", command.answer_invitation(), kBind);
      case v1::DispatchCommand::kIntroduceSupport:
        return entry.take("IntroduceSupport", command.introduce_support(), kBind);
      case v1::DispatchCommand::kCommentDemand:
        return entry.take("CommentDemand", command.comment_demand(), kBind);
      case v1::DispatchCommand::kReclassifyDemand:
        return entry.take("ReclassifyDemand", command.reclassify_demand(), kBind);
      case v1::DispatchCommand::kSubmitResult:
        return entry.take("SubmitResult", command.submit_result(), kBind);
      case v1::DispatchCommand::kSignResult:
        return entry.take("SignResult", command.sign_result(), kBind);
      case v1::DispatchCommand::kAcceptResult:
        return entry.take("AcceptResult", command.accept_result(), kBind);
      case v1::DispatchCommand::kSendBackResult:
        return entry.take("SendBackResult", command.send_back_result(), kBind);
      case v1::DispatchCommand::kRateDemand:
        return entry.take("RateDemand", command.rate_demand(), kBind);
      case v1::DispatchCommand::kExplainRating:
        return entry.take("ExplainRating", command.explain_rating(), kBind);
      case v1::DispatchCommand::kRedoDemand:
        return entry.take("RedoDemand", command.redo_demand(), kBind);
      case v1::DispatchCommand::kWithdrawDemand:
        return entry.take("WithdrawDemand", command.withdraw_demand(), kBind);
      case v1::DispatchCommand::kSetLimits:
        return entry.take("SetLimits", command.set_limits(), kBind);
      case v1::DispatchCommand::kSetCalendarYear:
        return entry.take("SetCalendarYear", command.set_calendar_year(), kBind);
      case v1::DispatchCommand::kSetOfficeHours:
        return entry.take("SetOfficeHours", command.set_office_hours(), kBind);
      case v1::DispatchCommand::kSetRoutingRule:
        return entry.take("SetRoutingRule", command.set_routing_rule(), kBind);
      case v1::DispatchCommand::kRemoveRoutingRule:
        return entry.take("RemoveRoutingRule", command.remove_routing_rule(), kBind);
      case v1::DispatchCommand::COMMAND_NOT_SET:
        return;
    }
  }

  rpc::Calls calls_;
  seal::Sealer& sealer_;
  rpc::ArenaMessages<v1::ListDemandsRequest, v1::ListDemandsResponse> list_messages_;
};

}  // namespace

rpc::Binding make_dispatch_service(rpc::Environment& environment, seal::Sealer& sealer) {
  return {v1::DispatchService::service_full_name(),
          std::make_shared<DispatchService>(environment, sealer)};
}

}  // namespace lianmeng::dispatch
