#include <algorithm>
#include <utility>

#include "platform/seal/key_id.h"
#include "platform/seal/key_store.h"

namespace lianmeng::seal {

Result<std::string> MemoryKeyStore::get_or_create(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  const std::string name(subject);
  if (const auto found = by_subject_.find(name); found != by_subject_.end()) return found->second;
  auto id = new_key_id(random_);
  if (!id) return id;
  SecretKey key;
  if (const auto filled = random_(key.bytes()); !filled) return fail(filled.error());
  keys_[*id] = Kept{name, std::move(key)};
  by_subject_[name] = *id;
  return id;
}

Result<FoundKey> MemoryKeyStore::get(std::string_view key_id) {
  const std::lock_guard lock(mutex_);
  FoundKey result;
  const auto found = keys_.find(std::string(key_id));
  if (found == keys_.end()) return result;
  result.state = found->second.key ? FoundKey::State::kLive : FoundKey::State::kErased;
  if (found->second.key)
    std::ranges::copy(std::as_const(*found->second.key).bytes(), result.key.bytes().begin());
  return result;
}

Status MemoryKeyStore::erase(std::span<const std::string> key_ids) {
  const std::lock_guard lock(mutex_);
  for (const auto& id : key_ids) {
    auto& kept = keys_[id];
    by_subject_.erase(kept.subject);
    kept = Kept{};
  }
  return {};
}

Result<std::vector<KeyStore::Entry>> MemoryKeyStore::list() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> result;
  for (const auto& [id, kept] : keys_) result.push_back({id, kept.subject, !kept.key});
  std::ranges::sort(result, {}, &Entry::key_id);
  return result;
}

}  // namespace lianmeng::seal
