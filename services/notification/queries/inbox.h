// A person's own notices, put into words when they are read.
#pragma once

#include "lianmeng/notification/v1/notification_service.pb.h"
#include "notification/domain/tables.h"
#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/runtime/command.h"

namespace lianmeng::notification {

Status list_notices(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListNoticesRequest& request, v1::ListNoticesResponse* response);
Status count_unread(const runtime::QueryContext& context, const Actor& actor,
                    const v1::CountUnreadRequest& request, v1::CountUnreadResponse* response);
// Why the caller has no inbox to watch.
Status check_watch(const runtime::QueryContext& context, const Actor& actor,
                   const v1::WatchNoticesRequest& request);
// False when the event told the caller nothing.
bool watch_notices(const runtime::WatchedEvent& event, const Actor& actor,
                   const v1::WatchNoticesRequest& request, v1::WatchNoticesResponse* response);

// Nothing happens when there is no such notice (validate_only shows what would be there).
void fill_notice(const state::View& view, const CountyId& county, std::string_view person_id,
                 std::int64_t notice_number, v1::Notice* notice);
void fill_inbox(const state::View& view, const CountyId& county, std::string_view person_id,
                v1::Inbox* inbox);

}  // namespace lianmeng::notification
