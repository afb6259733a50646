#include "platform/identity/reasons.h"

#include <array>

namespace lianmeng::identity {

const Reason kTokenMissing{
    "TOKEN_MISSING", ErrorKind::kUnauthenticated,
    "调用未携带令牌。请在调用元数据中写明 authorization: Bearer <令牌>。",
    "The call carries no token. Put one into the metadata, as authorization: Bearer <token>."};
const Reason kTokenMalformed{"TOKEN_MALFORMED", ErrorKind::kUnauthenticated,
                             "令牌无法识别：{why}。请重新获取令牌。",
                             "The token cannot be read: {why_en}. Get a new one."};
const Reason kTokenAlgorithm{
    "TOKEN_ALGORITHM", ErrorKind::kUnauthenticated,
    "令牌的签名算法是“{given}”，只接受 RS256 和 ES256。请让签发方改用其中之一。",
    "The token's algorithm is \"{given}\"; only RS256 and ES256 are taken. Have its issuer use one "
    "of them."};
const Reason kTokenKeyUnknown{
    "TOKEN_KEY_UNKNOWN", ErrorKind::kUnauthenticated,
    "签发令牌的密钥“{key}”不在公布的密钥之列。请重新获取令牌。",
    "The token is signed by the key \"{key}\", which is none of those published. Get a new one."};
const Reason kTokenSignature{"TOKEN_SIGNATURE", ErrorKind::kUnauthenticated,
                             "令牌的签名与密钥“{key}”不符。请重新获取令牌。",
                             "The token's signature is not that of the key \"{key}\". Get a new "
                             "one."};
const Reason kTokenExpired{"TOKEN_EXPIRED", ErrorKind::kUnauthenticated,
                           "令牌已于 {time} 过期。请重新获取令牌。",
                           "The token expired at {time}. Get a new one."};
const Reason kTokenNotYetValid{
    "TOKEN_NOT_YET_VALID", ErrorKind::kUnauthenticated,
    "令牌自 {time} 起才有效。请稍后再试，或校准签发方的时钟。",
    "The token is not valid before {time}. Call again then, or set its issuer's clock right."};
const Reason kTokenIssuer{
    "TOKEN_ISSUER", ErrorKind::kUnauthenticated,
    "令牌由“{given}”签发，本系统只接受“{wanted}”签发的令牌。请到后者处获取。",
    "The token was issued by \"{given}\"; only those of \"{wanted}\" are taken. Get one there."};
const Reason kTokenAudience{
    "TOKEN_AUDIENCE", ErrorKind::kUnauthenticated,
    "令牌是签给“{given}”的，不是给“{wanted}”的。请为后者获取令牌。",
    "The token is meant for \"{given}\", not for \"{wanted}\". Get one for the latter."};
const Reason kTokenSubject{
    "TOKEN_SUBJECT", ErrorKind::kUnauthenticated,
    "令牌的主体“{given}”不是操作人。签发方应写 person:<编号>、county-system:<编号> 或 "
    "operator:<名称>。",
    "The token's subject \"{given}\" names no actor. Its issuer is to write person:<id>, "
    "county-system:<id> or operator:<name>."};
const Reason kTokenOperator{
    "TOKEN_OPERATOR", ErrorKind::kUnauthenticated,
    "“{given}”不在配置的运营方（tokens.operators）之列。请换用其他身份，或由运营方加入配置。",
    "\"{given}\" is none of the operators configured (tokens.operators). Act as somebody else, or "
    "have it added."};
const Reason kTokenKeysUnread{
    "TOKEN_KEYS_UNREAD", ErrorKind::kUnavailable, "正在读取验证令牌的密钥。请稍后重试。",
    "The keys that tokens are checked by are being read. Call again in a moment."};

std::span<const Reason* const> reasons() {
  static constexpr std::array<const Reason*, 12> kAll{
      &kTokenMissing,   &kTokenMalformed, &kTokenAlgorithm,   &kTokenKeyUnknown,
      &kTokenSignature, &kTokenExpired,   &kTokenNotYetValid, &kTokenIssuer,
      &kTokenAudience,  &kTokenSubject,   &kTokenOperator,    &kTokenKeysUnread};
  return kAll;
}

}  // namespace lianmeng::identity
