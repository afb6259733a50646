#include "platform/seal/cipher.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "platform/base/assert.h"

namespace lianmeng::seal {
namespace {

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

const std::uint8_t* data_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* data_of(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

}  // namespace

Error openssl_error(std::string_view what) {
  std::string text = fmt::format("{} failed in OpenSSL", what);
  std::array<char, 256> line{};
  for (auto code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    ERR_error_string_n(code, line.data(), line.size());
    text += fmt::format("; {}", line.data());
  }
  return make_error(ErrorKind::kInternal, "SEAL_CRYPTO_FAILED", std::move(text));
}

Result<std::string> encrypt(const SecretKey& key, std::string_view nonce, std::string_view aad,
                            std::string_view plaintext) {
  LM_ASSERT(nonce.size() == kNonceBytes);
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string sealed(plaintext.size() + kTagBytes, '\0');
  int size = 0;
  const bool done =
      context &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes().data(),
                         data_of(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, data_of(aad),
                        static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), data_of(sealed), &size, data_of(plaintext),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), data_of(sealed) + plaintext.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          data_of(sealed) + plaintext.size()) == 1;
  if (!done) return fail(openssl_error("sealing"));
  return sealed;
}

Result<std::string> decrypt(const SecretKey& key, std::string_view nonce, std::string_view aad,
                            std::string_view sealed) {
  const auto spoilt = [] {
    return fail(ErrorKind::kDataLoss, "SEAL_BROKEN",
                "a sealed value does not open: it was altered, or belongs to another key or field");
  };
  if (nonce.size() != kNonceBytes || sealed.size() < kTagBytes) return spoilt();
  const auto body = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(body.size()));
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string plaintext(body.size(), '\0');
  std::array<std::uint8_t, 1> nothing{};
  int size = 0;
  const bool ready =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes().data(),
                         data_of(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, data_of(aad),
                        static_cast<int>(aad.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), data_of(plaintext), &size, data_of(body),
                        static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, data_of(tag)) == 1;
  if (!ready) {
    wipe(plaintext);
    return fail(openssl_error("opening a sealed value"));
  }
  if (EVP_DecryptFinal_ex(context.get(), nothing.data(), &size) != 1) {
    // Not authentic: what was decrypted so far must not be seen.
    wipe(plaintext);
    ERR_clear_error();
    return spoilt();
  }
  return plaintext;
}

Result<std::string> digest(std::string_view bytes, std::size_t size) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr) != 1)
    return fail(openssl_error("a checksum"));
  LM_ASSERT(size <= length);
  return std::string(reinterpret_cast<const char*>(hash.data()), size);
}

Result<std::string> random_text(const FillRandom& random, std::size_t size) {
  std::string text(size, '\0');
  if (const auto filled = random({data_of(text), size}); !filled) return fail(filled.error());
  return text;
}

}  // namespace lianmeng::seal
