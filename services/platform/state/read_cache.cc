#include "platform/state/read_cache.h"

#include <iterator>
#include <utility>

namespace lianmeng::state {

bool ReadCache::get(std::string_view key, std::string* value) const {
  if (const auto known = found_.find(key); known != found_.end()) {
    known->second.asked_again = true;
    *value = known->second.value;
    return true;
  }
  if (!below_.get(key, value)) return false;
  if (found_.size() >= entries_max_) make_room();
  found_.emplace(key, Entry{*value});
  return true;
}

void ReadCache::make_room() const {
  for (auto at = found_.begin(); at != found_.end();) {
    at = std::exchange(at->second.asked_again, false) ? std::next(at) : found_.erase(at);
  }
  if (found_.size() >= entries_max_) found_.clear();
}

void ReadCache::forget(const Layer::Changes& changed) {
  if (found_.empty()) return;
  for (const auto& [key, value] : changed) found_.erase(key);
}

}  // namespace lianmeng::state
