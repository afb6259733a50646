// The files of a log's folder, by their names.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace lianmeng::log {

// While a segment is made ready its name ends in this; what a crash left of that is removed.
inline constexpr const char* kPreparedSuffix = ".new";

std::string log_path(const std::string& folder, std::uint64_t segment);
std::string index_path(const std::string& folder, std::uint64_t segment);

struct SegmentFiles {
  std::set<std::uint64_t> logs;
  std::set<std::uint64_t> indexes;
};

// Both throw std::filesystem::filesystem_error.
SegmentFiles list_segments(const std::string& folder);
void remove_prepared(const std::string& folder);

}  // namespace lianmeng::log
