#include "notification/rpc/notification_service.h"

#include <memory>

#include "lianmeng/notification/v1/notification_service.grpc.pb.h"
#include "notification/queries/inbox.h"
#include "notification/queries/settings.h"
#include "notification/rpc/commands.h"
#include "platform/rpc/calls.h"

namespace lianmeng::notification {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

void visit(const v1::NotificationCommand& command, rpc::BatchEntry& entry) {
  const auto bound = [](const auto& request) { return bind(request); };
  switch (command.command_case()) {
    case v1::NotificationCommand::kSetRule:
      return entry.take("SetRule", command.set_rule(), bound);
    case v1::NotificationCommand::kResetRule:
      return entry.take("ResetRule", command.reset_rule(), bound);
    case v1::NotificationCommand::kSetTemplate:
      return entry.take("SetTemplate", command.set_template(), bound);
    case v1::NotificationCommand::kMarkNoticeRead:
      return entry.take("MarkNoticeRead", command.mark_notice_read(), bound);
    case v1::NotificationCommand::kMarkAllNoticesRead:
      return entry.take("MarkAllNoticesRead", command.mark_all_notices_read(), bound);
    case v1::NotificationCommand::COMMAND_NOT_SET:
      return;
  }
}

// Threads: gRPC's; a handler only parses and enqueues.
class NotificationServiceImpl final : public v1::NotificationService::CallbackService {
 public:
  explicit NotificationServiceImpl(rpc::Environment& environment)
      : calls_(environment, "notification", v1::NotificationService::service_full_name()) {}

  Reactor* SetRule(Context* context, const v1::SetRuleRequest* request,
                   v1::SetRuleResponse* response) override {
    return command("SetRule", context, request, response);
  }
  Reactor* ResetRule(Context* context, const v1::ResetRuleRequest* request,
                     v1::ResetRuleResponse* response) override {
    return command("ResetRule", context, request, response);
  }
  Reactor* ListRules(Context* context, const v1::ListRulesRequest* request,
                     v1::ListRulesResponse* response) override {
    return rpc::run_query(calls_, "ListRules", context, request, response, list_rules);
  }
  Reactor* SetTemplate(Context* context, const v1::SetTemplateRequest* request,
                       v1::SetTemplateResponse* response) override {
    return command("SetTemplate", context, request, response);
  }
  Reactor* ListTemplates(Context* context, const v1::ListTemplatesRequest* request,
                         v1::ListTemplatesResponse* response) override {
    return rpc::run_query(calls_, "ListTemplates", context, request, response, list_templates);
  }
  Reactor* PreviewTemplate(Context* context, const v1::PreviewTemplateRequest* request,
                           v1::PreviewTemplateResponse* response) override {
    return rpc::run_query(calls_, "PreviewTemplate", context, request, response, preview_template);
  }
  Reactor* ListNotices(Context* context, const v1::ListNoticesRequest* request,
                       v1::ListNoticesResponse* response) override {
    return rpc::run_query(calls_, "ListNotices", context, request, response, list_notices);
  }
  grpc::ServerWriteReactor<v1::WatchNoticesResponse>* WatchNotices(
      Context* context, const v1::WatchNoticesRequest* request) override {
    return rpc::run_watch<v1::WatchNoticesResponse>(calls_, "WatchNotices", context, request,
                                                    check_watch, watch_notices);
  }
  Reactor* CountUnread(Context* context, const v1::CountUnreadRequest* request,
                       v1::CountUnreadResponse* response) override {
    return rpc::run_query(calls_, "CountUnread", context, request, response,
                          [](const runtime::QueryContext& query, const Actor& actor,
                             const v1::CountUnreadRequest& asked, v1::CountUnreadResponse* answer) {
                            return count_unread(query, actor, asked, answer);
                          });
  }
  Reactor* MarkNoticeRead(Context* context, const v1::MarkNoticeReadRequest* request,
                          v1::MarkNoticeReadResponse* response) override {
    return command("MarkNoticeRead", context, request, response);
  }
  Reactor* MarkAllNoticesRead(Context* context, const v1::MarkAllNoticesReadRequest* request,
                              v1::MarkAllNoticesReadResponse* response) override {
    return command("MarkAllNoticesRead", context, request, response);
  }
  Reactor* ExecuteCommands(Context* context, const v1::ExecuteCommandsRequest* request,
                           v1::ExecuteCommandsResponse* response) override {
    return rpc::run_batch(calls_, "ExecuteCommands", context, request, response, visit);
  }

 private:
  template <class Request, class Response>
  Reactor* command(std::string_view name, Context* context, const Request* request,
                   Response* response) {
    return rpc::run_command(
        calls_, name, context, request, response, [](const Request& asked) { return bind(asked); },
        [request](const state::View& view, const runtime::Accepted& accepted, const Actor& actor,
                  Response* answer) {
          return fill(view, CountyId(request->county()), accepted, actor, answer);
        });
  }

  rpc::Calls calls_;
};

}  // namespace

rpc::Binding make_notification_service(rpc::Environment& environment) {
  return {v1::NotificationService::service_full_name(),
          std::make_shared<NotificationServiceImpl>(environment)};
}

}  // namespace lianmeng::notification
