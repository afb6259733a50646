// The rows of several stores of one fold, compared byte by byte.
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

// What the stores of hosts of one service hold differently from the first one's; at most so many
// sentences. Throws std::runtime_error when one cannot be read.
std::vector<std::string> differing_rows(const std::vector<StoredHost>& hosts);

}  // namespace lianmeng::chaos
