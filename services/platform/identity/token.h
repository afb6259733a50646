// What a signed token says: who acts, and until when (RFC 7519).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/identity/jose.h"
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

// What a token of ours says, and nothing else.
struct TokenClaims {
  std::string issuer;
  std::string audience;
  std::string subject;  // "person:440229-p3", as parse_actor reads it.
  std::string acting;   // Who acts on the subject's behalf (`act`); empty: itself.
  Time issued;
  Duration lifetime;
};

// A token in compact form, signed by a private key; the error is sign()'s.
Result<std::string> issue_token(const Key& key, const TokenClaims& claims);

// What the edge asks of each call. Threads: any.
class TokenCheck {
 public:
  virtual ~TokenCheck() = default;
  virtual Result<Bearer> check(std::string_view token) = 0;
};

}  // namespace lianmeng::identity
