// lianmeng.platform.v1.PlatformService: what a server tells about itself.
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

struct ServerInfo {
  std::string version;
  std::vector<std::string> not_ready_reasons;
  std::vector<ServiceInfo> services;
};

// `info` is called from gRPC's threads, for every GetInfo. Ping is outside all that is done for
// other calls: it is the empty call that the others are measured by.
Binding make_platform_service(std::function<ServerInfo()> info);

}  // namespace lianmeng::rpc
