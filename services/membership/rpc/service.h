// Membership's gRPC service.
#pragma once

#include "membership/erasure/eraser.h"
#include "platform/rpc/server.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {

// Borrows all; they outlive the server.
rpc::Binding make_membership_service(rpc::Environment& environment, seal::Sealer& sealer,
                                     Eraser& eraser);

}  // namespace lianmeng::membership
