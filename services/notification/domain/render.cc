#include "notification/domain/render.h"

#include <fmt/format.h>

#include "notification/domain/vocabulary.h"
#include "platform/base/reason.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

constexpr std::string_view kNothingZh = "无";
constexpr std::string_view kNothingEn = "none";

using Values = std::map<std::string, std::string>;

struct Parts {
  int year;
  unsigned month;
  unsigned day;
  long hour;
  long minute;
};

Parts in_shanghai(Time time) {
  const auto local = time + std::chrono::hours(8);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count()};
}

std::string zh_of(const v1::VariableValue& value) {
  switch (value.value_case()) {
    case v1::VariableValue::kText:
      return value.text();
    case v1::VariableValue::kTime:
      return time_zh(state::from_proto(value.time()));
    case v1::VariableValue::kNumber:
      return std::to_string(value.number());
    case v1::VariableValue::kWords:
      return value.words().zh();
    case v1::VariableValue::VALUE_NOT_SET:
      break;
  }
  return {};
}

std::string en_of(const v1::VariableValue& value) {
  if (value.value_case() == v1::VariableValue::kTime) {
    return time_en(state::from_proto(value.time()));
  }
  if (value.value_case() == v1::VariableValue::kWords && !value.words().en().empty()) {
    return value.words().en();
  }
  return zh_of(value);
}

Rendered render(const v1::TemplateSpec& spec, const Values& zh, const Values& en) {
  Rendered rendered;
  rendered.title = fill(spec.title_zh(), zh);
  rendered.text = fill(spec.text_zh(), zh);
  rendered.title_en = spec.title_en().empty() ? rendered.title : fill(spec.title_en(), en);
  rendered.text_en = spec.text_en().empty() ? rendered.text : fill(spec.text_en(), en);
  return rendered;
}

}  // namespace

std::optional<std::vector<std::string>> variables_in(std::string_view text) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while ((at = text.find_first_of("{}", at)) != std::string_view::npos) {
    if (text[at] == '}') return std::nullopt;
    const auto close = text.find_first_of("{}", at + 1);
    if (close == std::string_view::npos || text[close] == '{') return std::nullopt;
    names.emplace_back(text.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  return names;
}

Rendered render(const v1::TemplateSpec& spec, const VariableValues& values) {
  Values zh;
  Values en;
  for (const auto* variable : variables_of(spec.trigger())) {
    zh[std::string(variable->name)] = kNothingZh;
    en[std::string(variable->name)] = kNothingEn;
  }
  for (const auto& value : values) {
    auto text = zh_of(value);
    if (text.empty()) continue;
    zh[value.name()] = std::move(text);
    en[value.name()] = en_of(value);
  }
  return render(spec, zh, en);
}

Rendered render_example(const v1::TemplateSpec& spec,
                        const std::map<std::string, std::string>& given) {
  Values zh;
  Values en;
  for (const auto* variable : variables_of(spec.trigger())) {
    zh[std::string(variable->name)] = variable->example_zh;
    en[std::string(variable->name)] = variable->example_en;
  }
  for (const auto& [name, text] : given) {
    zh[name] = text;
    en[name] = text;
  }
  return render(spec, zh, en);
}

std::string time_zh(Time time) {
  const auto at = in_shanghai(time);
  return fmt::format("{}年{}月{}日 {:02}:{:02}", at.year, at.month, at.day, at.hour, at.minute);
}

std::string time_en(Time time) {
  const auto at = in_shanghai(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", at.year, at.month, at.day, at.hour,
                     at.minute);
}

}  // namespace lianmeng::notification
