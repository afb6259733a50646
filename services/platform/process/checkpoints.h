// A pod whose store is empty takes what its peers have before it reads the log.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "platform/checkpoint/meters.h"
#include "platform/process/hosts.h"
#include "platform/runtime/fold.h"
#include "platform/store/store.h"

namespace grpc {
class ChannelCredentials;
}  // namespace grpc

namespace lianmeng::process {

struct CheckpointPlan {
  std::vector<const runtime::Fold*> folds;  // Of the services in this process.
  Hosts hosts;
  std::filesystem::path folder;  // Where files wait until they are whole.
  // Null: in the clear.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
  checkpoint::Meters meters;
};

// For each partition that is hosted here and that the store has nothing of. Blocks; what no peer
// gives is left to the log. `tell` hears how far it is, a sentence for whoever waits; `say` what an
// operator should find in the log of the process.
// Threads: any; before the store's partitions are opened.
void take_missing_checkpoints(store::Store& store, const CheckpointPlan& plan,
                              const std::function<void(std::string)>& tell,
                              const std::function<void(const std::string&)>& say,
                              const std::stop_token& stop);

}  // namespace lianmeng::process
