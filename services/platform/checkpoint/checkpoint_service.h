// Gives checkpoints of what is stored here to peers (CheckpointService).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/checkpoint/kept_checkpoints.h"
#include "platform/checkpoint/meters.h"
#include "platform/rpc/server.h"

namespace grpc {
class CallbackServerContext;
}  // namespace grpc

namespace lianmeng::checkpoint {

struct CheckpointServiceConfig {
  KeptConfig kept;
  std::uint64_t bytes_per_second = 64u << 20;  // Of all streams together.
  std::map<std::string, int> fold_versions;    // Of the services in this process.
  // Whether the caller is a peer: a checkpoint holds a county's data. Empty: whoever calls.
  std::function<Status(const grpc::CallbackServerContext&)> check_peer;
  Meters meters;
};

// Lifetime: borrows store and clock, which outlive the server.
rpc::Binding make_checkpoint_service(CheckpointServiceConfig config, store::Store& store,
                                     Clock& clock);

}  // namespace lianmeng::checkpoint
