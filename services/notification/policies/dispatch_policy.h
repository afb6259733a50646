// What is told of dispatch's events: at most one posting for each.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "lianmeng/notification/v1/notification_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// Called after the event is projected. Ignore: settings, history, and what tells nobody by its
// nature. Nothing: no rule of the county tells anybody.
PolicyDecision<v1::NotificationEvent> on_dispatch(const state::View& view,
                                                  const dispatch::v1::DispatchEvent& event,
                                                  const EventMeta& meta,
                                                  const DecideContext& context);

}  // namespace lianmeng::notification
