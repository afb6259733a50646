#include "ctl/endpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/text.h"
#include "ctl/values.h"

namespace lianmeng::ctl {

Result<Endpoints> Endpoints::parse(std::string_view text) {
  Endpoints endpoints;
  for (const auto& part : split(std::string(text), ',')) {
    const auto equals = part.find('=');
    const auto service = equals == std::string::npos ? "" : trim(part.substr(0, equals));
    const auto address = trim(equals == std::string::npos ? part : part.substr(equals + 1));
    if (address.empty() || (equals != std::string::npos && service.empty())) {
      return fail(usage_error(
          fmt::format("--address：“{}”不是地址；请写 host:port，或 dispatch=host:port,…", text),
          fmt::format("--address: \"{}\" is no address; write host:port, or dispatch=host:port,…",
                      text)));
    }
    (service.empty() ? endpoints.others_ : endpoints.named_[service]).push_back(address);
    if (std::ranges::find(endpoints.all_, address) == endpoints.all_.end()) {
      endpoints.all_.push_back(address);
    }
  }
  return endpoints;
}

const std::vector<std::string>& Endpoints::of(std::string_view service) const {
  const auto found = named_.find(service);
  if (found != named_.end()) return found->second;
  return others_.empty() ? all_ : others_;
}

std::string service_of(std::string_view full_name) {
  constexpr std::string_view kPackage = "lianmeng.";
  if (!full_name.starts_with(kPackage)) return {};
  full_name.remove_prefix(kPackage.size());
  return std::string(full_name.substr(0, full_name.find('.')));
}

}  // namespace lianmeng::ctl
