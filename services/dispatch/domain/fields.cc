#include "dispatch/domain/fields.h"

#include <fmt/format.h>

#include "dispatch/domain/working_time/calendar.h"

namespace lianmeng::dispatch {
namespace {

// The form was checked at the edge, where it is declared.
std::optional<Refusal> check_number(const std::string& field, std::string_view text) {
  if (!text.empty()) return std::nullopt;
  return refuse_field(field, "须填写数值", "give a number");
}

}  // namespace

std::optional<Refusal> check_given(std::string_view field, std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") != text.npos) return std::nullopt;
  return refuse_field(std::string(field), "须填写", "it must be given");
}

std::optional<Refusal> check_figures(
    const google::protobuf::RepeatedPtrField<v1::Figure>& figures) {
  for (int i = 0; i < figures.size(); ++i) {
    const auto& figure = figures[i];
    const auto field = [&](std::string_view name) {
      return fmt::format("figures[{}].{}", i, name);
    };
    auto no = first_of(check_given(field("metric"), figure.metric()),
                       check_number(field("value"), figure.value()),
                       check_enum(field("qualifier"), figure.qualifier(),
                                  v1::Qualifier_IsValid(figure.qualifier())));
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
