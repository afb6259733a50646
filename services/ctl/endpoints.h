// Where the servers are: one for all services, or each service at addresses of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"

namespace lianmeng::ctl {

class Endpoints {
 public:
  // "host:port", or "dispatch=host:port,dispatch=host:port,membership=host:port,host:port": what
  // has no name is for the services that are not named. Usage error when a part is empty.
  static Result<Endpoints> parse(std::string_view text);

  // Where that service ("dispatch") is called, the first first; all of them when it is named
  // nowhere.
  const std::vector<std::string>& of(std::string_view service) const;
  // Every address once.
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> named_;
  std::vector<std::string> others_;
  std::vector<std::string> all_;
};

// "dispatch" of "lianmeng.dispatch.v1.DispatchService"; empty of another's.
std::string service_of(std::string_view full_name);

}  // namespace lianmeng::ctl
