#include <fmt/format.h>

#include <algorithm>

#include "notification/domain/inbox.h"
#include "notification/domain/permission.h"
#include "notification/domain/reasons.h"

namespace lianmeng::notification {

Decision<v1::NotificationEvent> decide(const state::View& view, const MarkNoticeRead& command,
                                       const DecideContext& context) {
  if (auto refusal = refuse_unless_owner(view, context.county, context.actor)) return *refusal;
  if (command.notice_number < 1) {
    return refuse_field("notice_number", fmt::format("序号从 1 起，给了 {}", command.notice_number),
                        fmt::format("numbers begin with 1, given {}", command.notice_number));
  }
  const auto& person = context.actor.id;
  const auto number = std::to_string(command.notice_number);
  const auto notice =
      notices().find(view, notice_key(context.county, person, command.notice_number));
  if (!notice) return refuse(kNoticeUnknown, {{"notice", number}});
  if (is_read(inbox_of(view, context.county, person), *notice)) {
    return refuse(kNoticeAlreadyRead, {{"notice", number}});
  }
  v1::NotificationEvent event;
  event.mutable_notice_read()->set_person_id(person);
  event.mutable_notice_read()->set_notice_number(command.notice_number);
  return event;
}

Decision<v1::NotificationEvent> decide(const state::View& view, const MarkAllNoticesRead& command,
                                       const DecideContext& context) {
  if (auto refusal = refuse_unless_owner(view, context.county, context.actor)) return *refusal;
  const auto& person = context.actor.id;
  const auto inbox = inbox_of(view, context.county, person);
  const auto up_to = command.up_to_number == 0 ? inbox.last_number() : command.up_to_number;
  if (up_to < 0 || up_to > inbox.last_number()) {
    return refuse_field(
        "up_to_number",
        fmt::format("须为 0 至 {}，给了 {}", inbox.last_number(), command.up_to_number),
        fmt::format("must be 0 to {}, given {}", inbox.last_number(), command.up_to_number));
  }
  state::PageRequest newest;
  newest.page_size = kCarriedOverMax + 1;
  const auto page =
      notices().list(view, kNoticesUnread, key_of(context.county, person, inbox.epoch()), newest);
  LM_ASSERT(page.has_value());
  const auto newer = std::count_if(page->rows.begin(), page->rows.end(), [&](const auto& notice) {
    return notice.notice_number() > up_to;
  });
  if (newer > kCarriedOverMax) {
    return refuse(kTooManyNewerUnread,
                  {{"number", std::to_string(up_to)}, {"limit", std::to_string(kCarriedOverMax)}});
  }
  if (newer == static_cast<std::ptrdiff_t>(page->rows.size())) {
    return refuse(kNothingUnread, {{"number", std::to_string(up_to)}});
  }
  v1::NotificationEvent event;
  event.mutable_notices_read_up_to()->set_person_id(person);
  event.mutable_notices_read_up_to()->set_up_to_number(up_to);
  return event;
}

}  // namespace lianmeng::notification
