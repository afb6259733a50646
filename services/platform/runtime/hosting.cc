#include "platform/runtime/hosting.h"

#include <fmt/format.h>

#include <algorithm>

namespace lianmeng::runtime {

std::vector<int> Hosting::hosts_of(int partition) const {
  std::vector<int> hosts;
  for (int i = 0; i < std::min(replicas, pods); ++i) hosts.push_back((partition + i) % pods);
  return hosts;
}

std::string Hosting::name_of(int pod) const { return fmt::format("{}-{}", prefix, pod); }

}  // namespace lianmeng::runtime
