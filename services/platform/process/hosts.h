// Who the pods of a service are: from the options hosts.* and the name of the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/process/config.h"
#include "platform/rpc/relay.h"
#include "platform/runtime/hosting.h"

namespace lianmeng::process {

struct Hosts {
  runtime::Hosting hosting;
  std::vector<rpc::RelayPeer> peers;  // The other pods.
};

// `prefix` names the pods ("dispatch"); `machine` is this one's name, which ends in the ordinal
// where it is a pod of a StatefulSet ("dispatch-3").
// Refused: HOSTS_PEERS, HOSTS_ORDINAL.
Result<Hosts> read_hosts(const Config& config, const std::string& prefix, std::string_view machine);

}  // namespace lianmeng::process
