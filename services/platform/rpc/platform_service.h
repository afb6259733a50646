// lianmeng.platform.v1.PlatformService: what a server tells about itself and what its operator may
// ask of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/rpc/server.h"

namespace lianmeng::rpc {

struct PartitionInfo {
  int partition = 0;
  std::string state;
  std::uint64_t sequence = 0;
  std::string error;
};

struct ServiceInfo {
  std::string name;
  std::vector<PartitionInfo> partitions;
};

enum class ServerState { kServing, kDraining, kDrained, kStopping };

struct ServerInfo {
  std::string version;
  std::vector<std::string> not_ready_reasons;
  std::vector<ServiceInfo> services;
  ServerState state = ServerState::kServing;
  std::uint64_t waiting = 0;
  std::uint64_t unflushed = 0;
};

// What the process does when it is asked; each is called from gRPC's threads.
struct PlatformHooks {
  std::function<ServerInfo()> info;
  std::function<void(bool on)> drain;
  std::function<void()> stop;
};

// Ping is outside all that is done for other calls: it is the empty call that the others are
// measured by. Where callers prove who they are, GetInfo is told to them and to the other pods.
// Lifetime: borrows the environment.
Binding make_platform_service(const Environment& environment, PlatformHooks hooks);

}  // namespace lianmeng::rpc
