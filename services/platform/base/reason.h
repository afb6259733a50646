// Refusals: a rule said no. Each service lists its reasons in one table; the code is API, the texts
// come from it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng {

// `zh` and `en` may name parameters in braces: "诉求{demand}已由{lead}接单。".
struct Reason {
  std::string_view code;
  ErrorKind kind;
  std::string_view zh;
  std::string_view en;
};

// A rule's no, with the parameters that its texts name. `reason` points into a static table.
struct Refusal {
  const Reason* reason = nullptr;
  std::map<std::string, std::string> params;
  std::vector<FieldViolation> violations;
};

inline Refusal refuse(const Reason& reason, std::map<std::string, std::string> params = {}) {
  return Refusal{&reason, std::move(params), {}};
}

// A field of the request is wrong (INVALID_FIELD). `field` is its path as the proto names it; the
// texts name the limit and what was given.
Refusal refuse_field(std::string field, std::string zh, std::string en);

// The reasons that every service shares: the runtime's own, the rules of fields and of permission.
extern const Reason kInvalidField;      // INVALID_FIELD
extern const Reason kPermissionDenied;  // PERMISSION_DENIED: {action}, {why}, {why_en}
extern const Reason kRequestIdReused;   // REQUEST_ID_REUSED: {request_id}
extern const Reason kRequestIdExpired;  // REQUEST_ID_EXPIRED: {request_id}
extern const Reason kExternalIdReused;  // EXTERNAL_ID_REUSED: {external_id}
extern const Reason
    kRequestRefused;  // REQUEST_REFUSED: an earlier attempt's refusal, reason unknown here
std::span<const Reason* const> shared_reasons();

// Fills in the parameters; an unknown name stays as it is.
std::string fill(std::string_view text, const std::map<std::string, std::string>& params);
Error to_error(const Refusal& refusal);

}  // namespace lianmeng
