// Where calls enter the runtime, as the rpc layer, tests and the simulation see it.
#pragma once

#include <string_view>

#include "platform/runtime/command.h"

namespace lianmeng::runtime {

// Threads: any; none of these blocks. A full queue answers RESOURCE_EXHAUSTED at once (inside the
// call); otherwise answers come on the loop of the county's partition.
class ServiceHost {
 public:
  virtual ~ServiceHost() = default;
  virtual void submit(std::string_view service, Command command) = 0;
  virtual void query(std::string_view service, Query query) = 0;
  virtual void watch(std::string_view service, Watch watch) = 0;
};

}  // namespace lianmeng::runtime
