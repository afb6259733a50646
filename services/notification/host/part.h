// Notification as a process hosts it.
#pragma once

#include <memory>

#include "platform/process/process.h"

namespace lianmeng::notification {

std::unique_ptr<process::Part> make_notification_part();

}  // namespace lianmeng::notification
