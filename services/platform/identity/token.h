// What a signed token says: who acts, and until when (RFC 7519).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/identity/key_set.h"

namespace lianmeng::identity {

inline constexpr std::size_t kTokenBytesMax = 8 * 1024;

struct TokenRules {
  std::string issuer;                  // `iss` is this.
  std::string audience;                // `aud` is this, or has it.
  Duration leeway{60'000};             // How far its issuer's clock may be from ours.
  std::vector<std::string> operators;  // Whom a token may name as operator:<name>.
};

struct Bearer {
  Actor actor;
  Time until;  // The token is taken up to here, leeway included.
};

// The bearer of a token in compact form (README: which claims say what). Pure. Each refusal has its
// reason (reasons.h); what a token says is only looked at once its signature is found good.
Result<Bearer> verify_token(const TokenRules& rules, const KeySet& keys, const std::string& token,
                            Time now);

// What the edge asks of each call. Threads: any.
class TokenCheck {
 public:
  virtual ~TokenCheck() = default;
  virtual Result<Bearer> check(std::string_view token) = 0;
};

}  // namespace lianmeng::identity
