// Which pods of a service host which partitions. Static: it follows from the ordinal, the number of
// pods and the replicas, so every pod knows it of every other (design: any host may serve).
#pragma once

#include <string>
#include <vector>

namespace lianmeng::runtime {

struct Hosting {
  std::string prefix = "local";  // Of the pods' names: "dispatch-3".
  int ordinal = 0;               // Which of them we are.
  int pods = 1;
  int replicas = 1;  // More than there are pods: every pod.

  // The ordinals of the pods that host a partition, the first host first.
  std::vector<int> hosts_of(int partition) const;
  // ce_host of a pod.
  std::string name_of(int pod) const;
  std::string name() const { return name_of(ordinal); }
};

}  // namespace lianmeng::runtime
