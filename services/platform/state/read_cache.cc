#include "platform/state/read_cache.h"

namespace lianmeng::state {

bool ReadCache::get(std::string_view key, std::string* value) const {
  if (const auto known = found_.find(key); known != found_.end()) {
    *value = known->second;
    return true;
  }
  if (!below_.get(key, value)) return false;
  if (found_.size() >= entries_max_) found_.clear();
  found_.emplace(key, *value);
  return true;
}

void ReadCache::forget(const Layer::Changes& changed) {
  if (found_.empty()) return;
  for (const auto& [key, value] : changed) found_.erase(key);
}

}  // namespace lianmeng::state
