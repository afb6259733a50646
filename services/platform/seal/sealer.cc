#include "platform/seal/sealer.h"

#include <fmt/format.h>

#include "platform/seal/cipher.h"

namespace lianmeng::seal {
namespace {

std::string aad_of(std::string_view field) { return fmt::format("lianmeng.sealed/1/{}", field); }

Error unknown(std::string_view key_id) {
  return make_error(ErrorKind::kDataLoss, "SEAL_KEY_UNKNOWN",
                    fmt::format("key {} is not in the key store: it is another store or an old "
                                "backup; restore the one that belongs to this log",
                                key_id));
}

}  // namespace

Status Sealer::prepare(std::span<const std::string> subjects) {
  const auto made = keys_.get_or_create_all(subjects);
  if (!made) return fail(made.error());
  return {};
}

Result<SealedValue> Sealer::seal(std::string_view subject, std::string_view field,
                                 std::string_view plaintext) {
  const auto key_id = keys_.get_or_create(subject);
  if (!key_id) return fail(key_id.error());
  return seal_under(*key_id, field, plaintext);
}

Result<SealedValue> Sealer::seal_under(std::string_view key_id, std::string_view field,
                                       std::string_view plaintext) {
  if (plaintext.size() > kValueMax)
    return fail(ErrorKind::kInvalidArgument, "SEAL_VALUE_SIZE",
                fmt::format("{}: a sealed value has at most {} bytes, this one {}", field,
                            kValueMax, plaintext.size()));
  const auto found = keys_.get(key_id);
  if (!found) return fail(found.error());
  if (found->state == FoundKey::State::kUnknown) return fail(unknown(key_id));
  if (found->state == FoundKey::State::kErased)
    return fail(ErrorKind::kFailedPrecondition, "SEAL_KEY_ERASED",
                fmt::format("key {} was erased: nothing can be sealed for that person", key_id));
  auto nonce = random_text(random_, kNonceBytes);
  if (!nonce) return fail(nonce.error());
  auto ciphertext = encrypt(found->key, *nonce, aad_of(field), plaintext);
  if (!ciphertext) return fail(ciphertext.error());
  return SealedValue{std::string(key_id), std::move(*nonce), std::move(*ciphertext)};
}

Result<std::optional<std::string>> Sealer::open(const SealedValue& value, std::string_view field) {
  const auto found = keys_.get(value.key_id);
  if (!found) return fail(found.error());
  if (found->state == FoundKey::State::kUnknown) return fail(unknown(value.key_id));
  if (found->state == FoundKey::State::kErased) return std::optional<std::string>{};
  auto text = decrypt(found->key, value.nonce, aad_of(field), value.ciphertext);
  if (!text) return fail(text.error());
  return std::optional<std::string>(std::move(*text));
}

}  // namespace lianmeng::seal
