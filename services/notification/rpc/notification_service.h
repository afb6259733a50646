// The gRPC service of notification. gRPC stays out of this header.
#pragma once

#include "platform/rpc/server.h"

namespace lianmeng::notification {

// Lifetime: borrows the environment.
rpc::Binding make_notification_service(rpc::Environment& environment);

}  // namespace lianmeng::notification
