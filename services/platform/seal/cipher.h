// AES-256-GCM over byte strings. Inside platform/seal only.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/seal/secret.h"

namespace lianmeng::seal {

// `what` failed inside OpenSSL: its queued errors in one.
Error openssl_error(std::string_view what);

// Ciphertext followed by the tag. `nonce` has kNonceBytes and is never used twice with one key.
Result<std::string> encrypt(const SecretKey& key, std::string_view nonce, std::string_view aad,
                            std::string_view plaintext);
// The plaintext; kDataLoss when key, nonce, aad or a bit of the ciphertext is another.
Result<std::string> decrypt(const SecretKey& key, std::string_view nonce, std::string_view aad,
                            std::string_view sealed);

// The first bytes of SHA-256, as a checksum.
Result<std::string> digest(std::string_view bytes, std::size_t size);

Result<std::string> random_text(const FillRandom& random, std::size_t size);

}  // namespace lianmeng::seal
