// Who calls: tokens, which anybody may send, and the keys that they are checked by.
#include <string>

#include "fuzz/target.h"
#include "platform/base/ids.h"
#include "platform/identity/token.h"

namespace lianmeng::fuzz {
namespace {

// Of keys that signed these two tokens and are gone.
constexpr const char* kKeys =
    R"({"keys":[{"alg":"RS256","e":"AQAB","kid":"XoxkjDGVz7nPwQKBwcAiVy0-pBLR0qCAypxNF9)"
    R"(hWL5Y","kty":"RSA","n":"zVfHjxBnKB2I9Bo57aQifKZ3LHnhJ6GC_YNF9HbdN5pQf9nq0RvTsurz)"
    R"(MNsm-vWNAlZX_lsjKvA594gjOODZ_BQAMGUWtT_AG3q8ZeV9fMfLBmuH-5yie96ybWlpcHtlfIly9yz8)"
    R"(sh-QBzfXAe1UaWoV1QKCQEZunPf2GK1eiMPiV0d9zJHz1Q32hosiOnG_qHIUUg9Q-bKspwzgmV9B3Fcr)"
    R"(XJfvDvQW7nWpp61CGcRRLVXxpaK7-5D4NxVk-TiT519Ol9tWym8kCAJMgX_cOUjK-iNaLDC9DqVrp98J)"
    R"(ae3_652V1rF1h5oijPgnCHmri249zgjLKHksw1ZG7KIBXQ","use":"sig"},{"alg":"ES256","crv)"
    R"(":"P-256","kid":"5b7xzg1jgX41AXkvWbB20ovD9EeHdpHD5YlnjVEbCe8","kty":"EC","use":")"
    R"(sig","x":"uxKS1eq9kyGuz1BLlyFqZr7OoYXljIFGm8-zEi7SHKY","y":"nB00gbsni2RWJULpJHhO)"
    R"(1PgBUzPkBhU4TM37feU3oWI"}]})";
constexpr const char* kRsToken =
    R"(eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IlhveGtqREdWejduUHdRS0J3Y0FpVnkwLXBC)"
    R"(TFIwcUNBeXB4TkY5aFdMNVkifQ.eyJhY3QiOnsic3ViIjoiY291bnR5LXN5c3RlbTp0YXgifSwiYXVkI)"
    R"(joibGlhbm1lbmciLCJleHAiOjQxMDI0NDQ4MDAsImlzcyI6Imh0dHBzOi8vaWQudGVzdCIsInN1YiI6I)"
    R"(nBlcnNvbjo2MTA1MjQtcDMifQ.WBLb2Gl7KT4zlm0h0cSSzRMjOmEQR1QELl7kmjB0L_LiBcq0CGYJrt)"
    R"(zdPazYmMZzZzblnA7YPrPfZMAARuD9E_BM-bEATdYAqYeGKtMSsRVjHEsxlAXd0kNu-HBmpnhE78g6Ao)"
    R"(NeoQPyazsK_4wj6J4hD6cjSIDIZNg5lllUOV1o1UEMdM65uDjGWZ1QPajEDDv4FR2UKJOJIP7W6M2cSX)"
    R"(aPIxAKnGIRAt-mlrVyugf6tFPizg5D_O40w8BjB52D-rEcvIezjEOGfJHjHM24MS783BNe8zZfbMCumb)"
    R"(RGahvhXmKkM2rklaI6AIOX9tKkpMOrQ_QAHlkWp2Xb5huBRA)";
constexpr const char* kEsToken =
    R"(eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjViN3h6ZzFqZ1g0MUFYa3ZXYkIyMG92RDlF)"
    R"(ZUhkcEhENVlsbmpWRWJDZTgifQ.eyJhY3QiOnsic3ViIjoiY291bnR5LXN5c3RlbTp0YXgifSwiYXVkI)"
    R"(joibGlhbm1lbmciLCJleHAiOjQxMDI0NDQ4MDAsImlzcyI6Imh0dHBzOi8vaWQudGVzdCIsInN1YiI6I)"
    R"(nBlcnNvbjo2MTA1MjQtcDMifQ.pmwfsuEYW7uV4ULU8Rx3io1YZFPlKQmI9jTXr738Vb4Rt9lx8h_aQX)"
    R"(RAxaIeH4ygdip_tgBVJGzDo1JoFtO50w)";

}  // namespace

// Whatever a token is: an error with its sentences, or who is in one that these keys signed.
FUZZ_TARGET(token, {kRsToken, kEsToken}) {
  static const auto keys = identity::KeySet::parse(kKeys);
  static const identity::TokenRules rules{
      .issuer = "https://id.test", .audience = "lianmeng", .operators = {}};
  const auto bearer = identity::verify_token(rules, *keys, std::string(bytes),
                                             *parse_rfc3339("2026-11-25T00:00:00.000Z"));
  if (bearer) {
    CHECKED(to_string(bearer->actor) == "county-system:tax;for=610524-p3");
  } else {
    CHECKED(!bearer.error().message_zh.empty() && !bearer.error().message_en.empty());
  }
}

FUZZ_TARGET(key_set, {kKeys}) {
  const auto set = identity::KeySet::parse(bytes);
  if (!set) return;
  CHECKED(!set->keys().empty());
  for (const auto& key : set->keys()) {
    CHECKED(!key.is_private());
    CHECKED(identity::Key::parse(key.to_json(false))->id() == key.id());
    (void)key.open(kEsToken);
  }
}

}  // namespace lianmeng::fuzz
