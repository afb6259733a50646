#include "notification/rpc/commands.h"

#include <charconv>
#include <string_view>

#include "notification/domain/inbox.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/queries/inbox.h"
#include "notification/queries/settings.h"
#include "platform/base/assert.h"

namespace lianmeng::notification {
namespace {

template <class Command>
runtime::DecideFn deciding(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

// "rules/routed.asker" → "routed.asker".
std::string_view id_in(std::string_view subject, std::string_view collection) {
  LM_ASSERT(subject.starts_with(collection), "subject {} is not among {}", subject, collection);
  return subject.substr(collection.size());
}

}  // namespace

Result<runtime::DecideFn> bind(const v1::SetRuleRequest& request) {
  return deciding(SetRule{request.rule()});
}
Result<runtime::DecideFn> bind(const v1::ResetRuleRequest& request) {
  return deciding(ResetRule{request.rule_id()});
}
Result<runtime::DecideFn> bind(const v1::SetTemplateRequest& request) {
  return deciding(SetTemplate{request.template_()});
}
Result<runtime::DecideFn> bind(const v1::MarkNoticeReadRequest& request) {
  return deciding(MarkNoticeRead{request.notice_number()});
}
Result<runtime::DecideFn> bind(const v1::MarkAllNoticesReadRequest& request) {
  return deciding(MarkAllNoticesRead{request.up_to_number()});
}

void fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
          v1::SetRuleResponse* response) {
  if (!fill_rule(view, county, id_in(accepted.subject, "rules/"), response->mutable_rule())) {
    response->clear_rule();
  }
}

void fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
          v1::ResetRuleResponse* response) {
  if (!fill_rule(view, county, id_in(accepted.subject, "rules/"), response->mutable_rule())) {
    response->clear_rule();
  }
}

void fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
          v1::SetTemplateResponse* response) {
  if (!fill_template(view, county, id_in(accepted.subject, "templates/"),
                     response->mutable_template_())) {
    response->clear_template_();
  }
}

void fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
          v1::MarkNoticeReadResponse* response) {
  const auto id = id_in(accepted.subject, "notices/");
  const auto slash = id.rfind('/');
  LM_ASSERT(slash != std::string_view::npos, "subject {} has no number", accepted.subject);
  const auto digits = id.substr(slash + 1);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  fill_notice(view, county, id.substr(0, slash), number, response->mutable_notice());
}

void fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
          v1::MarkAllNoticesReadResponse* response) {
  fill_inbox(view, county, id_in(accepted.subject, "inboxes/"), response->mutable_inbox());
}

}  // namespace lianmeng::notification
