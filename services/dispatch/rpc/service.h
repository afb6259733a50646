// Dispatch's gRPC service.
#pragma once

#include "platform/rpc/server.h"

namespace lianmeng::dispatch {

// Borrows the environment, which outlives the server.
rpc::Binding make_dispatch_service(rpc::Environment& environment);

}  // namespace lianmeng::dispatch
