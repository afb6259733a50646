// A process of one service or of several: log, store, runtime, ops port and gRPC server around the
// services that it is made of. What a main() is:
//
//   int main(int argc, char** argv) {
//     std::vector<std::unique_ptr<process::Part>> parts;
//     parts.push_back(dispatch::make_dispatch_part());
//     return process::run("lianmeng-dispatch", LIANMENG_VERSION, std::move(parts), argc, argv);
//   }
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/process/config.h"
#include "platform/rpc/server.h"
#include "platform/runtime/runtime.h"

namespace lianmeng::process {

// One service as a process hosts it. Threads: from one, in the order below.
class Part {
 public:
  virtual ~Part() = default;

  virtual const runtime::Fold& fold() const = 0;
  // Whether it seals or opens personal values, and so has the options seal.*.
  virtual bool seals() const { return false; }
  // Opens what it keeps beside log and store; an error keeps the process from starting.
  virtual Status open(const Config&) { return {}; }
  // The runtime has started: what answers the service's calls. Borrows both.
  virtual rpc::Binding start(runtime::Runtime& runtime, rpc::Environment& environment) = 0;
  // Every call is answered, and the runtime still runs.
  virtual void stop() {}
};

// Runs until SIGTERM, SIGINT or PlatformService.Stop; the exit code. What keeps it from starting is
// one sentence on standard error.
int run(std::string_view program, std::string_view version,
        std::vector<std::unique_ptr<Part>> parts, int argc, const char* const* argv);

}  // namespace lianmeng::process
