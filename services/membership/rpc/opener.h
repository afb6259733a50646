// Personal values in plain text, for one answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "lianmeng/membership/v1/membership_service.pb.h"
#include "platform/base/error.h"
#include "platform/seal/sealer.h"

namespace lianmeng::membership {

// Reads and shows personal values.
class Opener {
 public:
  Opener(seal::Sealer& sealer, v1::Person* person) : sealer_(sealer), person_(person) {}

  // The text; 已删除 when its person or its key was erased; empty when there is none. Who was
  // erased has no ciphertext left in the state, whether or not the key is gone yet.
  Result<std::string> open(const v1::SealedValue& value, std::string_view field) {
    if (value.key_id().empty()) return std::string();
    if (value.ciphertext().empty()) return erased();
    auto text = sealer_.open({value.key_id(), value.nonce(), value.ciphertext()}, field);
    if (!text) return fail(text.error());
    if (*text) return std::move(**text);
    return erased();
  }
  // Whether the last one was erased: then it is shown as it is.
  bool take_erased() { return std::exchange(erased_, false); }

 private:
  std::string erased() {
    person_->set_erased(true);
    erased_ = true;
    return std::string(seal::kErasedZh);
  }

  seal::Sealer& sealer_;
  v1::Person* person_;
  bool erased_ = false;
};

}  // namespace lianmeng::membership
