// What the hosts have stored, compared byte by byte: with one another, and with what the log gives.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lianmeng::chaos {

struct StoredHost {
  std::string name;
  std::string service;
  std::filesystem::path store;  // Of a process that has ended.
};

// Each host's rows beside those of the first host of its service, and the first one's beside a
// fresh fold of the log of these brokers: a sentence for each difference. Throws std::runtime_error
// when a store or the log cannot be read.
std::vector<std::string> compare_replicas(const std::vector<StoredHost>& hosts,
                                          const std::string& bootstrap);

}  // namespace lianmeng::chaos
