#include "platform/seal/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "platform/seal/cipher.h"

namespace lianmeng::seal {

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

FillRandom system_random() {
  return [](std::span<std::uint8_t> bytes) -> Status {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
      return fail(openssl_error("random bytes"));
    return {};
  };
}

}  // namespace lianmeng::seal
