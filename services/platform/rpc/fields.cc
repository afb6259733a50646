#include "platform/rpc/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/reason.h"

namespace lianmeng::rpc {
namespace {

// Of one that keeps to the years that a time may have.
Time time_of(const google::protobuf::Timestamp& time) {
  return Time(std::chrono::seconds(time.seconds())) + Duration(time.nanos() / 1'000'000);
}

void check_effective(Time effective, Time now, std::vector<FieldViolation>* wrong) {
  if (effective >= kEffectiveFirst && effective <= now + kEffectiveAhead) return;
  const auto given = to_rfc3339(effective);
  const auto first = to_rfc3339(kEffectiveFirst);
  const auto last = to_rfc3339(now);
  wrong->push_back(
      {"effective_time",
       fmt::format("发生时间应在 {} 至现在（{}）之间，收到 {}。", first, last, given),
       fmt::format("it happened between {} and now ({}); {} was given.", first, last, given)});
}

}  // namespace

Result<Fields> check_fields(const RawFields& raw, const limits::RequestLimits& limits,
                            const google::protobuf::Message& request, Time now) {
  std::vector<FieldViolation> wrong;
  if (limits::check_readable(request, &wrong)) {
    if (raw.county.empty()) wrong.push_back({"county", "须填写县编号。", "give the county's id."});
    limits.check(request, &wrong);
    const bool is_time = std::none_of(wrong.begin(), wrong.end(), [](const auto& violation) {
      return violation.field.starts_with("effective_time");
    });
    if (raw.effective_time != nullptr && is_time) {
      check_effective(time_of(*raw.effective_time), now, &wrong);
    }
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
    fields.effective_time = time_of(*raw.effective_time);
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
