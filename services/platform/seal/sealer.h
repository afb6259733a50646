// Seals a person's values before `decide` and opens them at the edge of an answer.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/seal/key_store.h"

namespace lianmeng::seal {

// What is shown in place of a value whose key was erased.
inline constexpr std::string_view kErasedZh = "已删除";
inline constexpr std::string_view kErasedEn = "erased";

// As an event keeps it: the proto's SealedValue has the same three fields.
struct SealedValue {
  std::string key_id;
  std::string nonce;       // 96 random bits, new for each value.
  std::string ciphertext;  // With the tag.
  bool operator==(const SealedValue&) const = default;
};

// AES-256-GCM under the person's key, with the field's name authenticated, so that a sealed phone
// number cannot be passed off as an address. Sealing the same text twice gives different values:
// never compare or hash them.
// Its errors are for callers: in both languages, with the store's reason and without its text,
// which names paths and topics and goes to `tell`, for operators. Threads: any. Lifetime: borrows
// the store. Limits: values up to 64 KiB.
class Sealer {
 public:
  static constexpr std::size_t kValueMax = 64 * 1024;
  // What an operator must see to; the same one is told again only after another, or after success.
  using Tell = std::function<void(const std::string& text)>;

  Sealer(KeyStore& keys, FillRandom random, Tell tell = {})
      : keys_(keys), random_(std::move(random)), tell_(std::move(tell)) {}

  // Makes the keys of these subjects with one sync, or few, so that sealing for each finds its own.
  Status prepare(std::span<const std::string> subjects);
  // Under the subject's key, which is made when there is none. For a person who has no id yet the
  // subject is the request that registers (the same again on a retry); later values of that person
  // go under the key id that the first ones name, by seal_under.
  Result<SealedValue> seal(std::string_view subject, std::string_view field,
                           std::string_view plaintext);
  // Refused: SEAL_KEY_ERASED, SEAL_KEY_UNKNOWN.
  Result<SealedValue> seal_under(std::string_view key_id, std::string_view field,
                                 std::string_view plaintext);
  // The text; nothing when the key was erased (show kErasedZh). Errors: SEAL_BROKEN (altered, or of
  // another field), SEAL_KEY_UNKNOWN (the key store is not the one it was sealed with).
  Result<std::optional<std::string>> open(const SealedValue& value, std::string_view field);

 private:
  enum class Doing { kSealing, kOpening };
  // What a caller is told of it.
  tl::unexpected<Error> refuse(Doing doing, const Error& error);
  void worked();

  KeyStore& keys_;
  const FillRandom random_;
  const Tell tell_;
  std::mutex mutex_;
  std::string told_;                // Guarded by mutex_; empty when all works.
  std::atomic<bool> ails_ = false;  // Whether told_ holds anything.
};

}  // namespace lianmeng::seal
