// A key as a store keeps it: wrapped, and bound to its id and its subject. What the stores in a
// file and on a topic share. Inside platform/seal only.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "platform/base/error.h"
#include "platform/seal/key_store.h"
#include "platform/seal/master_key.h"

namespace lianmeng::seal {

inline constexpr std::size_t kSubjectMax = 200;

struct KeptKey {
  std::string subject;
  std::string wrapped;  // Empty when erased.
};
using KeptKeys = std::unordered_map<std::string, KeptKey>;  // By key id.

// SEAL_SUBJECT_SIZE.
Status check_subjects(std::span<const std::string> subjects);
// SEAL_KEY_ID.
Status check_key_ids(std::span<const std::string> key_ids);

// A new key for a subject, under a new id.
Result<std::pair<std::string, KeptKey>> make_kept_key(const MasterKey& master,
                                                      const std::string& subject,
                                                      const FillRandom& random);
// What get() answers; SEAL_BROKEN when the key was wrapped by another master key, or for another
// id or subject.
Result<FoundKey> open_kept_key(const MasterKey& master, std::string_view key_id,
                               const KeptKey& kept);

}  // namespace lianmeng::seal
