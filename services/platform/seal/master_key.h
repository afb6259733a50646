// The key that wraps all others, from a file of 32 bytes that only its owner may read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/seal/secret.h"

namespace lianmeng::seal {

// Safe from any thread once made.
class MasterKey {
 public:
  // Refuses a file of another size, or one that group or others may read or write.
  static Result<MasterKey> load(const std::filesystem::path& path);
  // Makes the file (0600, durable) with fresh randomness; one that is there is loaded, so of
  // several processes that begin together all have the same.
  static Result<MasterKey> create(const std::filesystem::path& path, const FillRandom& random);

  // Nonce, ciphertext and tag. `context` must be the same again to unwrap.
  Result<std::string> wrap(const SecretKey& key, std::string_view context,
                           const FillRandom& random) const;
  // kDataLoss when it was wrapped by another master key, for another context, or altered.
  Result<SecretKey> unwrap(std::string_view wrapped, std::string_view context) const;

 private:
  SecretKey key_;
};

inline constexpr std::size_t kWrappedBytes = kNonceBytes + kKeyBytes + kTagBytes;

}  // namespace lianmeng::seal
