#include "platform/process/hosts.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace lianmeng::process {
namespace {

constexpr std::string_view kOrdinal = "{ordinal}";

tl::unexpected<Error> wrong(const char* reason, std::string text) {
  return fail(ErrorKind::kInvalidArgument, reason, std::move(text));
}

// "dispatch-3" → 3
std::optional<int> ordinal_of(std::string_view machine) {
  const auto dash = machine.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto digits = machine.substr(dash + 1);
  int ordinal = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, ordinal);
  if (error != std::errc{} || at != end || ordinal < 0) return std::nullopt;
  return ordinal;
}

// One address a pod, or one with {ordinal} for all of them.
Result<std::vector<std::string>> addresses_of(const Config& config) {
  auto addresses = config.hosts_peers;
  const bool is_pattern =
      addresses.size() == 1 && addresses.front().find(kOrdinal) != std::string::npos;
  if (is_pattern) {
    if (config.hosts_count < 1) {
      return wrong("HOSTS_PEERS",
                   fmt::format("hosts.peers is the pattern {}, and hosts.count does not say of how "
                               "many pods; set it.",
                               addresses.front()));
    }
    const auto pattern = addresses.front();
    const auto at = pattern.find(kOrdinal);
    addresses.clear();
    for (int i = 0; i < config.hosts_count; ++i) {
      addresses.push_back(pattern.substr(0, at) + std::to_string(i) +
                          pattern.substr(at + kOrdinal.size()));
    }
  } else if (config.hosts_count > 0 &&
             config.hosts_count != static_cast<std::int64_t>(addresses.size())) {
    return wrong(
        "HOSTS_PEERS",
        fmt::format("hosts.count is {} and hosts.peers has {} addresses; name one for each "
                    "pod, or one with {{ordinal}} in it.",
                    config.hosts_count, addresses.size()));
  }
  return addresses;
}

}  // namespace

Result<Hosts> read_hosts(const Config& config, const std::string& prefix,
                         std::string_view machine) {
  Hosts hosts;
  hosts.hosting.prefix = prefix;
  const auto addresses = addresses_of(config);
  if (!addresses) return fail(addresses.error());
  if (addresses->size() <= 1) return hosts;

  hosts.hosting.pods = static_cast<int>(addresses->size());
  hosts.hosting.replicas = static_cast<int>(config.hosts_replicas);
  const auto ordinal = config.hosts_ordinal >= 0
                           ? std::optional(static_cast<int>(config.hosts_ordinal))
                           : ordinal_of(machine);
  if (!ordinal) {
    return wrong("HOSTS_ORDINAL",
                 fmt::format("hosts.peers names {} pods, and neither hosts.ordinal nor the name of "
                             "this machine ({}) says which of them this is; set hosts.ordinal.",
                             hosts.hosting.pods, machine));
  }
  if (*ordinal >= hosts.hosting.pods) {
    return wrong("HOSTS_ORDINAL",
                 fmt::format("this is pod {} and hosts.peers names {}, numbered from 0; set "
                             "hosts.ordinal or hosts.peers right.",
                             *ordinal, hosts.hosting.pods));
  }
  hosts.hosting.ordinal = *ordinal;
  for (int i = 0; i < hosts.hosting.pods; ++i) {
    if (i == *ordinal) continue;
    hosts.peers.push_back({hosts.hosting.name_of(i), (*addresses)[static_cast<std::size_t>(i)]});
  }
  return hosts;
}

}  // namespace lianmeng::process
