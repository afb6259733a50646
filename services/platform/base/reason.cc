#include "platform/base/reason.h"

#include <array>

#include "platform/base/assert.h"

namespace lianmeng {

const Reason kInvalidField{"INVALID_FIELD", ErrorKind::kInvalidArgument,
                           "字段 {field} 填写有误：{zh}", "Field {field} is wrong: {en}"};
const Reason kPermissionDenied{"PERMISSION_DENIED", ErrorKind::kPermissionDenied,
                               "您无权{action}：{why}", "You may not do this: {why_en}"};
const Reason kRequestIdReused{
    "REQUEST_ID_REUSED", ErrorKind::kAlreadyExists,
    "请求号 {request_id} 已用于另一内容。请换一个新的请求号再提交。",
    "Request id {request_id} was used for another payload. Use a new request id."};
const Reason kRequestIdExpired{
    "REQUEST_ID_EXPIRED", ErrorKind::kFailedPrecondition,
    "请求号 {request_id} "
    "的时间不在有效范围内（6天前至1小时后）。请核对本机时间并换一个新的请求号。",
    "Request id {request_id} is older than 6 days or more than an hour ahead. Check your clock and "
    "use a new UUIDv7."};
const Reason kExternalIdReused{
    "EXTERNAL_ID_REUSED", ErrorKind::kAlreadyExists,
    "外部编号 {external_id} 已登记为另一内容。请核对来源，或改用新的编号。",
    "External id {external_id} was used for another payload. Check the source or use another id."};
const Reason kRequestRefused{"REQUEST_REFUSED", ErrorKind::kFailedPrecondition,
                             "此请求先前已被拒绝（{reason}）。请核对后用新的请求号再提交。",
                             "An earlier attempt of this request was refused ({reason}). Check it "
                             "and send it with a new request id."};

std::span<const Reason* const> shared_reasons() {
  static constexpr std::array<const Reason*, 6> kAll{&kInvalidField,     &kPermissionDenied,
                                                     &kRequestIdReused,  &kRequestIdExpired,
                                                     &kExternalIdReused, &kRequestRefused};
  return kAll;
}

Refusal refuse_field(std::string field, std::string zh, std::string en) {
  Refusal refusal{&kInvalidField, {{"field", field}, {"zh", zh}, {"en", en}}, {}};
  refusal.violations.push_back({std::move(field), std::move(zh), std::move(en)});
  return refusal;
}

std::string fill(std::string_view text, const std::map<std::string, std::string>& params) {
  std::string out;
  out.reserve(text.size() + 32);
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find('{', at);
    const auto close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) break;
    out.append(text.substr(at, open - at));
    const auto found = params.find(std::string(text.substr(open + 1, close - open - 1)));
    out.append(found != params.end() ? std::string_view(found->second)
                                     : text.substr(open, close - open + 1));
    at = close + 1;
  }
  out.append(text.substr(at));
  return out;
}

Error to_error(const Refusal& refusal) {
  LM_ASSERT(refusal.reason != nullptr);
  Error error;
  error.kind = refusal.reason->kind;
  error.reason = std::string(refusal.reason->code);
  error.message_zh = fill(refusal.reason->zh, refusal.params);
  error.message_en = fill(refusal.reason->en, refusal.params);
  error.metadata = refusal.params;
  error.violations = refusal.violations;
  return error;
}

}  // namespace lianmeng
