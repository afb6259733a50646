// Where calls enter the runtime, as the rpc layer, tests and the simulation see it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/runtime/command.h"

namespace lianmeng::runtime {

// Where the calls of a county go whose partition this process does not serve now.
struct Elsewhere {
  std::vector<std::string> hosts;  // Its other hosts, the first one first.
  bool hosted_here = false;  // Here too, but not now: it is still reading, cut off, or has failed.
};

// Threads: any; none of these blocks. A full queue answers RESOURCE_EXHAUSTED at once (inside the
// call); otherwise answers come on the loop of the county's partition.
class ServiceHost {
 public:
  virtual ~ServiceHost() = default;
  virtual void submit(std::string_view service, Command command) = 0;
  // Commands of one county, in an order that holds.
  virtual void submit_all(std::string_view service, std::vector<Command> commands) = 0;
  virtual void query(std::string_view service, Query query) = 0;
  virtual void watch(std::string_view service, Watch watch) = 0;
  // Null: here. Lives as long as the host.
  virtual const Elsewhere* elsewhere(std::string_view, const CountyId&) const { return nullptr; }
};

}  // namespace lianmeng::runtime
