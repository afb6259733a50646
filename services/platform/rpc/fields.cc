#include "platform/rpc/fields.h"

#include "platform/base/reason.h"

namespace lianmeng::rpc {

Result<Fields> check_fields(const RawFields& raw, const limits::RequestLimits& limits,
                            const google::protobuf::Message& request) {
  std::vector<FieldViolation> wrong;
  if (limits::check_readable(request, &wrong)) {
    if (raw.county.empty()) wrong.push_back({"county", "须填写县编号。", "give the county's id."});
    limits.check(request, &wrong);
  }
  if (!wrong.empty()) {
    auto refusal = refuse_field(wrong.front().field, wrong.front().description_zh,
                                wrong.front().description_en);
    refusal.violations = std::move(wrong);
    return fail(to_error(refusal));
  }
  Fields fields;
  fields.county = CountyId(raw.county);
  fields.request_id = raw.request_id;
  fields.external_id = raw.external_id;
  if (raw.effective_time != nullptr) {
    fields.effective_time = Time(std::chrono::seconds(raw.effective_time->seconds())) +
                            Duration(raw.effective_time->nanos() / 1'000'000);
  }
  if (raw.read_tokens != nullptr) {
    fields.tokens.reserve(static_cast<std::size_t>(raw.read_tokens->size()));
    for (const auto& token : *raw.read_tokens) {
      auto place = parse_place(token);
      if (!place) return fail(std::move(place).error());
      fields.tokens.push_back(std::move(*place));
    }
  }
  fields.validate_only = raw.validate_only;
  return fields;
}

}  // namespace lianmeng::rpc
