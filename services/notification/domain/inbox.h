// A person's inbox: notices numbered from 1, read one by one or together.
//
// "Read up to" costs the same whatever it covers: it begins a new epoch, and what came in an
// earlier one is read. Only the unread ones beyond the number are carried into the new epoch.
#pragma once

#include <string>

#include "notification/domain/tables.h"
#include "platform/base/decision.h"

namespace lianmeng::notification {

struct MarkNoticeRead {
  std::int64_t notice_number = 0;
};

struct MarkAllNoticesRead {
  std::int64_t up_to_number = 0;  // 0: everything that is there.
};

// Unread notices beyond "read up to" that are carried over, at most.
inline constexpr int kCarriedOverMax = 200;

Decision<v1::NotificationEvent> decide(const state::View& view, const MarkNoticeRead& command,
                                       const DecideContext& context);
Decision<v1::NotificationEvent> decide(const state::View& view, const MarkAllNoticesRead& command,
                                       const DecideContext& context);

void apply(state::Tx& state, const v1::NoticeRead& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::NoticesReadUpTo& event, const EventMeta& meta);

// Puts one notice into an inbox; part of applying what was posted.
void deliver(state::Tx& state, const EventMeta& meta, const std::string& person_id,
             std::int64_t posting_number, std::int32_t part);

// An empty one for who never had a notice.
v1::InboxRow inbox_of(const state::View& view, const CountyId& county, std::string_view person_id);
bool is_read(const v1::InboxRow& inbox, const v1::NoticeRow& notice);
std::uint64_t count_unread(const state::View& view, const v1::InboxRow& inbox);

}  // namespace lianmeng::notification
