// Why a token is not taken.
#pragma once

#include <span>

#include "platform/base/reason.h"

namespace lianmeng::identity {

extern const Reason kTokenMissing;      // TOKEN_MISSING
extern const Reason kTokenMalformed;    // TOKEN_MALFORMED: {why}, {why_en}
extern const Reason kTokenAlgorithm;    // TOKEN_ALGORITHM: {given}
extern const Reason kTokenKeyUnknown;   // TOKEN_KEY_UNKNOWN: {key}
extern const Reason kTokenSignature;    // TOKEN_SIGNATURE: {key}
extern const Reason kTokenExpired;      // TOKEN_EXPIRED: {time}
extern const Reason kTokenNotYetValid;  // TOKEN_NOT_YET_VALID: {time}
extern const Reason kTokenIssuer;       // TOKEN_ISSUER: {given}, {wanted}
extern const Reason kTokenAudience;     // TOKEN_AUDIENCE: {given}, {wanted}
extern const Reason kTokenSubject;      // TOKEN_SUBJECT: {given}
extern const Reason kTokenOperator;     // TOKEN_OPERATOR: {given}
extern const Reason kTokenKeysUnread;   // TOKEN_KEYS_UNREAD

std::span<const Reason* const> reasons();

}  // namespace lianmeng::identity
