// Gives checkpoints of what is stored here to peers (CheckpointService).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/checkpoint/kept_checkpoints.h"
#include "platform/rpc/server.h"

namespace lianmeng::checkpoint {

struct CheckpointServiceConfig {
  KeptConfig kept;
  std::uint64_t bytes_per_second = 64u << 20;  // Of all streams together.
  std::map<std::string, int> fold_versions;    // Of the services in this process.
};

// Lifetime: borrows store and clock, which outlive the server.
rpc::Binding make_checkpoint_service(CheckpointServiceConfig config, store::Store& store,
                                     Clock& clock);

}  // namespace lianmeng::checkpoint
