#include "platform/rpc/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/random.h"
#include "platform/base/reason.h"

namespace lianmeng::rpc {
namespace {

// The years 1 to 9999, as google.protobuf.Timestamp has them.
constexpr std::int64_t kSecondsMin = -62135596800;
constexpr std::int64_t kSecondsMax = 253402300799;

bool is_county(std::string_view text) {
  return !text.empty() && text.size() <= kCountyLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-';
         });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// Enough of what was given to find it again.
std::string echo(std::string_view text) {
  constexpr std::size_t kMax = 60;
  std::size_t end = std::min(text.size(), kMax);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end)) + (end < text.size() ? "…" : "");
}

}  // namespace

Result<Fields> check_fields(const RawFields& raw) {
  Fields fields;
  std::vector<FieldViolation> wrong;
  const auto refuse = [&](std::string field, std::string zh, std::string en) {
    wrong.push_back({std::move(field), std::move(zh), std::move(en)});
  };

  if (is_county(raw.county)) {
    fields.county = CountyId(raw.county);
  } else {
    refuse("county",
           fmt::format("县编号应为 1 至 {} 位字母、数字或连字符，现为“{}”。", kCountyLengthMax,
                       echo(raw.county)),
           fmt::format("a county id is 1 to {} letters, digits or hyphens; \"{}\" was given.",
                       kCountyLengthMax, echo(raw.county)));
  }
  if (!raw.request_id.empty()) {
    if (uuid_v7_time(raw.request_id)) {
      fields.request_id = raw.request_id;
    } else {
      refuse("request_id", fmt::format("请求号应为 UUIDv7，现为“{}”。", echo(raw.request_id)),
             fmt::format("a request id is a UUID of version 7; \"{}\" was given.",
                         echo(raw.request_id)));
    }
  }
  if (raw.external_id.size() > kExternalIdLengthMax || has_control(raw.external_id)) {
    refuse("external_id",
           fmt::format("外部编号至多 {} 字节且不含控制字符，现为 {} 字节。", kExternalIdLengthMax,
                       raw.external_id.size()),
           fmt::format("an external id has at most {} bytes and no control characters; {} bytes "
                       "were given.",
                       kExternalIdLengthMax, raw.external_id.size()));
  } else {
    fields.external_id = raw.external_id;
  }
  if (raw.effective_time != nullptr) {
    const auto seconds = raw.effective_time->seconds();
    const auto nanos = raw.effective_time->nanos();
    if (seconds < kSecondsMin || seconds > kSecondsMax || nanos < 0 || nanos > 999'999'999) {
      refuse("effective_time", fmt::format("时间超出范围：{} 秒 {} 纳秒。", seconds, nanos),
             fmt::format("not a time between the years 1 and 9999: {} s, {} ns.", seconds, nanos));
    } else {
      fields.effective_time = Time(std::chrono::seconds(seconds)) + Duration(nanos / 1'000'000);
    }
  }
  if (raw.read_tokens != nullptr) {
    if (raw.read_tokens->size() > static_cast<int>(kReadTokensMax)) {
      refuse(
          "read_tokens",
          fmt::format("至多 {} 个读取令牌，现为 {} 个。", kReadTokensMax, raw.read_tokens->size()),
          fmt::format("at most {} read tokens; {} were given.", kReadTokensMax,
                      raw.read_tokens->size()));
    } else {
      for (int i = 0; i < raw.read_tokens->size(); ++i) {
        auto place = parse_place(raw.read_tokens->Get(i));
        if (place) {
          fields.tokens.push_back(std::move(*place));
        } else {
          refuse(fmt::format("read_tokens[{}]", i),
                 fmt::format("“{}”不是读取令牌，应形如 dispatch/7/901。",
                             echo(raw.read_tokens->Get(i))),
                 fmt::format("\"{}\" is no read token, which looks like dispatch/7/901.",
                             echo(raw.read_tokens->Get(i))));
        }
      }
    }
  }
  if (!wrong.empty()) {
    auto refusal = refuse_field(wrong.front().field, wrong.front().description_zh,
                                wrong.front().description_en);
    refusal.violations = std::move(wrong);
    return fail(to_error(refusal));
  }
  fields.validate_only = raw.validate_only;
  return fields;
}

}  // namespace lianmeng::rpc
