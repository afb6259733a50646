// Notification as the runtime sees it: what it folds, whom it follows, what its timers do.
#pragma once

#include "platform/runtime/fold.h"

namespace lianmeng::notification {

const runtime::Fold& notification_fold();

}  // namespace lianmeng::notification
