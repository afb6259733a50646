// Membership's gRPC service.
#pragma once

#include "platform/rpc/server.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {

// Borrows both; they outlive the server.
rpc::Binding make_membership_service(rpc::Environment& environment, seal::Sealer& sealer);

}  // namespace lianmeng::membership
