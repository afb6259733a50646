#include "platform/seal/kept_key.h"

#include <fmt/format.h>

#include "platform/seal/key_id.h"

namespace lianmeng::seal {
namespace {

// Binds a wrapped key to its place, so that two records cannot be swapped.
std::string wrap_context(std::string_view key_id, std::string_view subject) {
  return fmt::format("lianmeng.keys/{}/{}", key_id, subject);
}

}  // namespace

Status check_subjects(std::span<const std::string> subjects) {
  for (const auto& subject : subjects)
    if (subject.empty() || subject.size() > kSubjectMax)
      return fail(
          ErrorKind::kInvalidArgument, "SEAL_SUBJECT_SIZE",
          fmt::format("a subject has 1 to {} bytes, this one {}", kSubjectMax, subject.size()));
  return {};
}

Status check_key_ids(std::span<const std::string> key_ids) {
  for (const auto& id : key_ids)
    if (!is_key_id(id))
      return fail(ErrorKind::kInvalidArgument, "SEAL_KEY_ID",
                  fmt::format("\"{}\" is no key id", id));
  return {};
}

Result<std::pair<std::string, KeptKey>> make_kept_key(const MasterKey& master,
                                                      const std::string& subject,
                                                      const FillRandom& random) {
  auto id = new_key_id(random);
  if (!id) return fail(id.error());
  SecretKey key;
  if (const auto filled = random(key.bytes()); !filled) return fail(filled.error());
  auto wrapped = master.wrap(key, wrap_context(*id, subject), random);
  if (!wrapped) return fail(wrapped.error());
  return std::pair(std::move(*id), KeptKey{subject, std::move(*wrapped)});
}

Result<FoundKey> open_kept_key(const MasterKey& master, std::string_view key_id,
                               const KeptKey& kept) {
  FoundKey found;
  found.state = FoundKey::State::kErased;
  if (kept.wrapped.empty()) return found;
  auto key = master.unwrap(kept.wrapped, wrap_context(key_id, kept.subject));
  if (!key) return fail(key.error());
  found.state = FoundKey::State::kLive;
  found.key = std::move(*key);
  return found;
}

}  // namespace lianmeng::seal
