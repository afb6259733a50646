#include "platform/state/read_cache.h"

#include <utility>

namespace lianmeng::state {

bool ReadCache::get(std::string_view key, std::string* value) const {
  if (const auto known = read_.find(key); known != read_.end()) {
    auto& entry = known->second;
    entry.asked_again = true;
    if (entry.value) *value = *entry.value;
    return entry.value.has_value();
  }
  const bool found = below_.get(key, value);
  if (read_.size() >= entries_max_) make_room();
  read_.emplace(std::string(key), Entry{found ? std::optional(*value) : std::nullopt});
  return found;
}

void ReadCache::make_room() const {
  absl::erase_if(read_, [](auto& row) { return !std::exchange(row.second.asked_again, false); });
  if (read_.size() >= entries_max_) read_.clear();
}

void ReadCache::forget(const Changes& changed) {
  absl::erase_if(read_, [&](const auto& row) { return changed.find(row.first) != nullptr; });
}

}  // namespace lianmeng::state
