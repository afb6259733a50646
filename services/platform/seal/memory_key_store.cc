#include <algorithm>
#include <utility>

#include "platform/seal/key_id.h"
#include "platform/seal/key_store.h"

namespace lianmeng::seal {

Result<std::string> KeyStore::get_or_create(std::string_view subject) {
  const std::string name(subject);
  auto ids = get_or_create_all(std::span(&name, 1));
  if (!ids) return fail(ids.error());
  return std::move(ids->front());
}

Result<std::vector<std::string>> MemoryKeyStore::get_or_create_all(
    std::span<const std::string> subjects) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& subject : subjects) {
    if (!by_subject_.contains(subject)) {
      const auto id = new_key_id(random_);
      if (!id) return fail(id.error());
      SecretKey key;
      if (const auto filled = random_(key.bytes()); !filled) return fail(filled.error());
      keys_[*id] = Kept{subject, std::move(key)};
      by_subject_[subject] = *id;
    }
    ids.push_back(by_subject_.at(subject));
  }
  return ids;
}

Result<std::optional<std::string>> MemoryKeyStore::find(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  const auto found = by_subject_.find(std::string(subject));
  if (found == by_subject_.end()) return std::optional<std::string>();
  return std::optional(found->second);
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
