#include "dispatch/domain/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "dispatch/domain/working_time/calendar.h"

namespace lianmeng::dispatch {
namespace {

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return '0' <= c && c <= '9'; });
  };
  if (text.size() > 20) return false;
  if (point == text.npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

std::optional<Refusal> check_number(const std::string& field, std::string_view text, bool needed) {
  if (text.empty() && !needed) return std::nullopt;
  if (is_decimal(text)) return std::nullopt;
  return refuse_field(field, fmt::format("须为十进制数（至多20位），收到“{}”", text),
                      fmt::format("a decimal number of at most 20 characters, got '{}'", text));
}

}  // namespace

std::optional<int> length_of(std::string_view text) {
  int count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80           ? 1
                             : (lead >> 5) == 0x06 ? 2
                             : (lead >> 4) == 0x0e ? 3
                             : (lead >> 3) == 0x1e ? 4
                                                   : 0;
    if (size == 0 || at + size > text.size()) return std::nullopt;
    for (std::size_t i = 1; i < size; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) >> 6) != 0x02) return std::nullopt;
    }
    at += size;
  }
  return count;
}

std::optional<Refusal> check_text(std::string_view field, std::string_view text, int min, int max) {
  const auto length = length_of(text);
  const bool blank = text.find_first_not_of(" \t\r\n") == text.npos;
  if (length && *length <= max && (*length >= min) && (min == 0 || !blank)) return std::nullopt;
  if (!length) {
    return refuse_field(std::string(field), "不是有效的UTF-8文字", "not valid UTF-8 text");
  }
  if (min > 0 && blank) {
    return refuse_field(std::string(field), fmt::format("须填写，至多{}字", max),
                        fmt::format("needed, at most {} characters", max));
  }
  return refuse_field(std::string(field), fmt::format("须为{}至{}字，收到{}字", min, max, *length),
                      fmt::format("{} to {} characters, got {}", min, max, *length));
}

std::optional<Refusal> check_figures(
    const google::protobuf::RepeatedPtrField<v1::Figure>& figures) {
  if (figures.size() > kFiguresMax) {
    return refuse_field("figures", fmt::format("至多{}项，收到{}项", kFiguresMax, figures.size()),
                        fmt::format("at most {} figures, got {}", kFiguresMax, figures.size()));
  }
  for (int i = 0; i < figures.size(); ++i) {
    const auto& figure = figures[i];
    const auto field = [&](std::string_view name) {
      return fmt::format("figures[{}].{}", i, name);
    };
    auto no = first_of(check_text(field("metric"), figure.metric(), 1, kNameMax),
                       check_number(field("value"), figure.value(), true),
                       check_number(field("value_to"), figure.value_to(), false),
                       check_text(field("unit"), figure.unit(), 0, 20),
                       check_enum(field("qualifier"), figure.qualifier(),
                                  v1::Qualifier_IsValid(figure.qualifier())),
                       check_text(field("period"), figure.period(), 0, kNameMax),
                       check_text(field("phrase"), figure.phrase(), 0, kNameMax),
                       check_text(field("source"), figure.source(), 0, 200));
    if (no) return no;
  }
  return std::nullopt;
}

std::optional<Refusal> check_date(std::string_view field, std::string_view date) {
  if (parse_local_day(date)) return std::nullopt;
  return refuse_field(std::string(field), fmt::format("须为日期（年-月-日），收到“{}”", date),
                      fmt::format("a date YYYY-MM-DD, got '{}'", date));
}

}  // namespace lianmeng::dispatch
