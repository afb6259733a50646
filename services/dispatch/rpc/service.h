// Dispatch's gRPC service.
#pragma once

#include "platform/rpc/server.h"
#include "platform/seal/sealer.h"

namespace lianmeng::dispatch {

// Borrows both; they outlive the server. The sealer opens what a reveal allows, nothing else.
rpc::Binding make_dispatch_service(rpc::Environment& environment, seal::Sealer& sealer);

}  // namespace lianmeng::dispatch
