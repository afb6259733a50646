#include "notification/fold.h"

#include <fmt/format.h>

#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "lianmeng/membership/v1/membership_events.pb.h"
#include "membership/projection/roster.h"
#include "notification/domain/inbox.h"
#include "notification/domain/posting.h"
#include "notification/domain/reasons.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/policies/demands.h"
#include "notification/policies/dispatch_policy.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

using google::protobuf::Message;

const std::vector<runtime::Foreign>& followed() {
  static const std::vector<runtime::Foreign> logs{
      {"membership",
       &membership::v1::MembershipEvent::default_instance(),
       [](state::Tx& state, const Message& event, const EventMeta& meta) {
         membership::roster::project(
             state, static_cast<const membership::v1::MembershipEvent&>(event), meta);
       },
       {}},
      {"dispatch", &dispatch::v1::DispatchEvent::default_instance(),
       [](state::Tx& state, const Message& event, const EventMeta& meta) {
         project_demand(state, static_cast<const dispatch::v1::DispatchEvent&>(event), meta);
       },
       [](const state::View& view, const Message& event, const EventMeta& meta,
          const DecideContext& context) {
         return runtime::erase(on_dispatch(
             view, static_cast<const dispatch::v1::DispatchEvent&>(event), meta, context));
       }}};
  return logs;
}

class NotificationFold final : public runtime::Fold {
 public:
  std::string_view service() const override { return "notification"; }
  int version() const override { return 3; }
  const Message& prototype() const override { return v1::NotificationEvent::default_instance(); }
  std::span<const Reason* const> reasons() const override { return notification::reasons(); }

  void apply(state::Tx& state, const Message& message, const EventMeta& meta) const override {
    const auto& event = static_cast<const v1::NotificationEvent&>(message);
    switch (event.event_case()) {
      case v1::NotificationEvent::kRuleSet:
        return notification::apply(state, event.rule_set(), meta);
      case v1::NotificationEvent::kRuleReset:
        return notification::apply(state, event.rule_reset(), meta);
      case v1::NotificationEvent::kTemplateSet:
        return notification::apply(state, event.template_set(), meta);
      case v1::NotificationEvent::kNoticePosted:
        return notification::apply(state, event.notice_posted(), meta);
      case v1::NotificationEvent::kMailingAdvanced:
        return notification::apply(state, event.mailing_advanced(), meta);
      case v1::NotificationEvent::kNoticeRead:
        return notification::apply(state, event.notice_read(), meta);
      case v1::NotificationEvent::kNoticesReadUpTo:
        return notification::apply(state, event.notices_read_up_to(), meta);
      case v1::NotificationEvent::EVENT_NOT_SET:
        break;
    }
    LM_ASSERT(false, "an event of notification has no case");
  }

  std::string subject(const Message& message) const override {
    const auto& event = static_cast<const v1::NotificationEvent&>(message);
    switch (event.event_case()) {
      case v1::NotificationEvent::kRuleSet:
        return fmt::format("rules/{}", event.rule_set().rule().rule_id());
      case v1::NotificationEvent::kRuleReset:
        return fmt::format("rules/{}", event.rule_reset().rule_id());
      case v1::NotificationEvent::kTemplateSet:
        return fmt::format("templates/{}", event.template_set().template_().template_key());
      case v1::NotificationEvent::kNoticePosted:
        return fmt::format("postings/{}", event.notice_posted().posting_number());
      case v1::NotificationEvent::kMailingAdvanced:
        return fmt::format("postings/{}", event.mailing_advanced().posting_number());
      case v1::NotificationEvent::kNoticeRead:
        return fmt::format("notices/{}/{}", event.notice_read().person_id(),
                           event.notice_read().notice_number());
      case v1::NotificationEvent::kNoticesReadUpTo:
        return fmt::format("inboxes/{}", event.notices_read_up_to().person_id());
      case v1::NotificationEvent::EVENT_NOT_SET:
        break;
    }
    LM_ASSERT(false, "an event of notification has no case");
    return {};
  }

  std::vector<std::string> timer_prefixes() const override {
    return {mailings().prefix(kMailingsByDue)};
  }
  std::optional<runtime::TimerDue> next_timer(const state::View& view) const override {
    const auto mailing = mailings().first(view, kMailingsByDue);
    if (!mailing) return std::nullopt;
    return runtime::TimerDue{state::from_proto(mailing->due_time()), CountyId(mailing->county())};
  }
  runtime::EventPtr fire_timer(const state::View& view,
                               const DecideContext& context) const override {
    return std::make_shared<v1::NotificationEvent>(advance_mailing(view, context));
  }

  std::span<const runtime::Foreign> foreign() const override { return followed(); }
};

}  // namespace

const runtime::Fold& notification_fold() {
  static const NotificationFold fold;
  return fold;
}

}  // namespace lianmeng::notification
