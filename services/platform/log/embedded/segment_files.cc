#include "platform/log/embedded/segment_files.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace lianmeng::log {
namespace {

constexpr std::string_view kNameBegin = "segment-";

}  // namespace

std::string log_path(const std::string& folder, std::uint64_t segment) {
  return fmt::format("{}/segment-{:012}.log", folder, segment);
}
std::string index_path(const std::string& folder, std::uint64_t segment) {
  return fmt::format("{}/segment-{:012}.idx", folder, segment);
}

SegmentFiles list_segments(const std::string& folder) {
  SegmentFiles found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kNameBegin)) continue;
    std::uint64_t segment = 0;
    const auto* begin = name.data() + kNameBegin.size();
    const auto [end, error] = std::from_chars(begin, name.data() + name.size(), segment);
    const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
    if (error != std::errc() || segment == 0) continue;
    if (rest == ".log") found.logs.insert(segment);
    if (rest == ".idx") found.indexes.insert(segment);
  }
  return found;
}

void remove_prepared(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kNameBegin) && name.ends_with(kPreparedSuffix)) {
      std::filesystem::remove(entry.path());
    }
  }
}

}  // namespace lianmeng::log
