#include "notification/rpc/commands.h"

#include <charconv>
#include <string_view>

#include "notification/domain/inbox.h"
#include "notification/domain/permission.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/queries/inbox.h"
#include "notification/queries/settings.h"
#include "platform/base/assert.h"
#include "platform/base/reason.h"

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

bool reads_settings(const state::View& view, const CountyId& county,
                    const runtime::Accepted& accepted, const Actor& actor) {
  return !refuse_unless_post_holder(view, county, actor, accepted.time);
}

// A repeat by an external id that another sent has marked nothing in the caller's own inbox.
Status check_owner(const state::View& view, const CountyId& county, std::string_view owner,
                   const Actor& actor) {
  if (auto refusal = refuse_unless_owner(view, county, actor)) return fail(to_error(*refusal));
  if (owner == actor.id) return {};
  return fail(
      to_error(refuse(kPermissionDenied,
                      {{"action", "标记他人的通知"},
                       {"why", "此外部编号由他人使用过，请换用新的外部编号"},
                       {"why_en", "this external id was used by somebody else; use a new one"}})));
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

Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::SetRuleResponse* response) {
  if (!reads_settings(view, county, accepted, actor)) return {};
  if (!fill_rule(view, county, id_in(accepted.subject, "rules/"), response->mutable_rule())) {
    response->clear_rule();
  }
  return {};
}

Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::ResetRuleResponse* response) {
  if (!reads_settings(view, county, accepted, actor)) return {};
  if (!fill_rule(view, county, id_in(accepted.subject, "rules/"), response->mutable_rule())) {
    response->clear_rule();
  }
  return {};
}

Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::SetTemplateResponse* response) {
  if (!reads_settings(view, county, accepted, actor)) return {};
  if (!fill_template(view, county, id_in(accepted.subject, "templates/"),
                     response->mutable_template_())) {
    response->clear_template_();
  }
  return {};
}

Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::MarkNoticeReadResponse* response) {
  const auto id = id_in(accepted.subject, "notices/");
  const auto slash = id.rfind('/');
  LM_ASSERT(slash != std::string_view::npos, "subject {} has no number", accepted.subject);
  if (auto status = check_owner(view, county, id.substr(0, slash), actor); !status) return status;
  const auto digits = id.substr(slash + 1);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  fill_notice(view, county, id.substr(0, slash), number, response->mutable_notice());
  return {};
}

Status fill(const state::View& view, const CountyId& county, const runtime::Accepted& accepted,
            const Actor& actor, v1::MarkAllNoticesReadResponse* response) {
  const auto owner = id_in(accepted.subject, "inboxes/");
  if (auto status = check_owner(view, county, owner, actor); !status) return status;
  fill_inbox(view, county, owner, response->mutable_inbox());
  return {};
}

}  // namespace lianmeng::notification
