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

// What only the request is wrong with: the caller's own business.
Error rejected(ErrorKind kind, std::string reason, std::string zh, std::string en) {
  auto error = make_error(kind, std::move(reason), std::move(en));
  error.message_zh = std::move(zh);
  return error;
}

}  // namespace

Status Sealer::prepare(std::span<const std::string> subjects) {
  const auto made = keys_.get_or_create_all(subjects);
  if (!made) return refuse(Doing::kSealing, made.error());
  worked();
  return {};
}

Result<SealedValue> Sealer::seal(std::string_view subject, std::string_view field,
                                 std::string_view plaintext) {
  const auto key_id = keys_.get_or_create(subject);
  if (!key_id) return refuse(Doing::kSealing, key_id.error());
  return seal_under(*key_id, field, plaintext);
}

Result<SealedValue> Sealer::seal_under(std::string_view key_id, std::string_view field,
                                       std::string_view plaintext) {
  if (plaintext.size() > kValueMax)
    return fail(
        rejected(ErrorKind::kInvalidArgument, "SEAL_VALUE_SIZE",
                 fmt::format("{} 过长（{} 字节，最多 {} 字节）。请精简后重试。", field,
                             plaintext.size(), kValueMax),
                 fmt::format("{}: a sealed value has at most {} bytes, this one {}. Shorten it.",
                             field, kValueMax, plaintext.size())));
  const auto found = keys_.get(key_id);
  if (!found) return refuse(Doing::kSealing, found.error());
  if (found->state == FoundKey::State::kUnknown) return refuse(Doing::kSealing, unknown(key_id));
  if (found->state == FoundKey::State::kErased)
    return fail(rejected(ErrorKind::kFailedPrecondition, "SEAL_KEY_ERASED",
                         "此人的信息已删除，不能再保存新的内容。请核对人员后重试。",
                         "This person's values were erased and none can be sealed for them any "
                         "more. Check whom you mean."));
  auto nonce = random_text(random_, kNonceBytes);
  if (!nonce) return refuse(Doing::kSealing, nonce.error());
  auto ciphertext = encrypt(found->key, *nonce, aad_of(field), plaintext);
  if (!ciphertext) return refuse(Doing::kSealing, ciphertext.error());
  worked();
  return SealedValue{std::string(key_id), std::move(*nonce), std::move(*ciphertext)};
}

Result<std::optional<std::string>> Sealer::open(const SealedValue& value, std::string_view field) {
  const auto found = keys_.get(value.key_id);
  if (!found) return refuse(Doing::kOpening, found.error());
  if (found->state == FoundKey::State::kUnknown) {
    return refuse(Doing::kOpening, unknown(value.key_id));
  }
  if (found->state == FoundKey::State::kErased) return std::optional<std::string>{};
  auto text = decrypt(found->key, value.nonce, aad_of(field), value.ciphertext);
  if (!text) {
    auto error = text.error();
    error.message_en = fmt::format("{} under key {}: {}", field, value.key_id, error.message_en);
    return refuse(Doing::kOpening, error);
  }
  worked();
  return std::optional<std::string>(std::move(*text));
}

tl::unexpected<Error> Sealer::refuse(Doing doing, const Error& error) {
  if (tell_) {
    const auto text =
        fmt::format("values of persons cannot be {}: {} [{}]",
                    doing == Doing::kSealing ? "sealed" : "opened", error.message_en, error.reason);
    const std::lock_guard lock(mutex_);
    if (text != told_) tell_(text);
    told_ = text;
    ails_ = true;
  }
  const bool passing = error.error_class() != ErrorClass::kFatal;
  auto out = make_error(error.kind, error.reason, {});
  if (doing == Doing::kSealing) {
    out.message_zh = passing ? "密钥库暂时无法使用，个人信息未能加密保存，未办理。请稍后重试；多次"
                               "不成请联系运维。"
                             : "密钥库已损坏或不相符，个人信息未能加密保存，未办理。请联系运维恢复"
                               "密钥库。";
    out.message_en = passing ? "The key store cannot be used now, so the personal values could not "
                               "be sealed and nothing was done. Try again later, and call the "
                               "operator when that does not help."
                             : "The key store is damaged or another one, so the personal values "
                               "could not be sealed and nothing was done. Call the operator to "
                               "restore it.";
  } else {
    out.message_zh = passing ? "密钥库暂时无法使用，个人信息无法显示。请稍后重试；多次不成请联系"
                               "运维。"
                             : "个人信息或其密钥已损坏或不相符，无法显示。请联系运维恢复密钥库或"
                               "数据。";
    out.message_en = passing ? "The key store cannot be used now, so the personal values cannot be "
                               "shown. Try again later, and call the operator when that does not "
                               "help."
                             : "A personal value or its key is damaged or another one, so it "
                               "cannot be shown. Call the operator to restore the key store or "
                               "the data.";
  }
  return fail(std::move(out));
}

void Sealer::worked() {
  if (!ails_) return;
  const std::lock_guard lock(mutex_);
  ails_ = false;
  told_.clear();
}

}  // namespace lianmeng::seal
