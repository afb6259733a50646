// The keys whose tokens are taken: a JWK set (RFC 7517).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/identity/jose.h"

namespace lianmeng::identity {

inline constexpr std::size_t kKeySetBytesMax = 256 * 1024;
inline constexpr std::size_t kKeysMax = 64;

// Immutable.
class KeySet {
 public:
  KeySet() = default;

  // {"keys": […]}. Keys of kinds that are not taken, and those for encryption, are passed over, as
  // RFC 7517 has it. Errors, for the operator: KEYS_MALFORMED; KEYS_PRIVATE, since a private key
  // has no business where tokens are checked; KEYS_NONE, when no key is left.
  static Result<KeySet> parse(std::string_view text);

  // The key of that name; a token without a name may be of the only key there is for its algorithm.
  const Key* find(std::string_view id, Algorithm algorithm) const;
  std::span<const Key> keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
};

}  // namespace lianmeng::identity
