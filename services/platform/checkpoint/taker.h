// Takes a partition's state from a peer that has it, so that only the tail of the log is left to
// fold.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/store/store.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace lianmeng::checkpoint {

struct Peer {
  std::string name;  // "dispatch-1"
  std::shared_ptr<grpc::Channel> channel;
  // One stream lasts so long at most, and then goes on from where it is; one that brought nothing
  // in all that time was of a peer that only seems to live, and the next one is asked.
  std::chrono::milliseconds stream_max{30'000};
};

struct Wanted {
  std::string service;
  int partition = 0;
  int fold_version = 0;
};

struct Progress {
  std::string peer;
  std::uint64_t bytes = 0;  // So far, of
  std::uint64_t bytes_all = 0;
};

// Asks the peers in turn until the store has what one of them had. Files that came stay in `folder`
// when it is interrupted, also by the end of the process, and the next call goes on from there when
// the peer still keeps that checkpoint. Blocks; `stop` ends it between two pieces.
// Errors: CHECKPOINT_MISSING when no peer has one, else the last peer's trouble. Either way the
// partition has no rows, and the log may be folded anew.
// Threads: any, for different partitions at the same time.
Status take_checkpoint(store::Store& store, const Wanted& wanted, const std::vector<Peer>& peers,
                       const std::filesystem::path& folder,
                       const std::function<void(const Progress&)>& on_progress,
                       const std::stop_token& stop);

}  // namespace lianmeng::checkpoint
