#include "platform/config/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace lianmeng::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};
// Largest first, so that showing picks the roundest.
constexpr std::array kDurationUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                    Unit{"min", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array kSizeUnits{Unit{"TiB", 1LL << 40}, Unit{"GiB", 1LL << 30},
                                Unit{"MiB", 1LL << 20}, Unit{"KiB", 1LL << 10}, Unit{"B", 1}};

std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += '\\', result += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      result += c;
  }
  return result + '"';
}

std::string describe(const Given& given) {
  struct Describe {
    std::string operator()(const Text& text) const { return toml_text(text.text); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const { return toml_text(value); }
    std::string operator()(const std::vector<std::string>& value) const {
      return internal::show(value);
    }
  };
  return std::visit(Describe{}, given);
}

Wrong not_a(std::string_view zh, std::string_view en, const Given& given) {
  return {fmt::format("应为{}，收到 {}", zh, describe(given)),
          fmt::format("must be {}, got {}", en, describe(given))};
}

// The text of a TOML string, or of a source that knows texts only.
const std::string* text_of(const Given& given) {
  if (const auto* text = std::get_if<Text>(&given)) return &text->text;
  return std::get_if<std::string>(&given);
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || text.empty()) return std::nullopt;
  return number;
}

template <class Show>
std::optional<Wrong> outside(std::int64_t value, const Limits& limits, const Show& show,
                             std::string_view what_zh = "", std::string_view what_en = "") {
  if (value >= limits.min && value <= limits.max) return std::nullopt;
  const bool from = limits.min != std::numeric_limits<std::int64_t>::min();
  const bool to = limits.max != std::numeric_limits<std::int64_t>::max();
  Wrong wrong;
  if (from && to) {
    wrong.zh = fmt::format("应在 {} 至 {} 之间", show(limits.min), show(limits.max));
    wrong.en = fmt::format("must be from {} to {}", show(limits.min), show(limits.max));
  } else if (from) {
    wrong.zh = fmt::format("应不小于 {}", show(limits.min));
    wrong.en = fmt::format("must be at least {}", show(limits.min));
  } else {
    wrong.zh = fmt::format("应不大于 {}", show(limits.max));
    wrong.en = fmt::format("must be at most {}", show(limits.max));
  }
  wrong.zh = fmt::format("{}{}，收到 {}", what_zh, wrong.zh, show(value));
  wrong.en = fmt::format("{}{}, got {}", what_en, wrong.en, show(value));
  return wrong;
}

template <class Units>
std::optional<std::int64_t> with_unit(std::string_view text, const Units& units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = number_of<std::int64_t>(text.substr(0, digits));
  auto name = text.substr(digits);
  if (name.starts_with(' ')) name.remove_prefix(1);
  for (const auto& unit : units)
    if (number && name == unit.name &&
        *number <= std::numeric_limits<std::int64_t>::max() / unit.size)
      return *number * unit.size;
  return std::nullopt;
}

template <class Units>
std::string in_unit(std::int64_t value, const Units& units) {
  for (const auto& unit : units)
    if (value != 0 && value % unit.size == 0)
      return fmt::format("{}{}", value / unit.size, unit.name);
  return fmt::format("{}{}", value, units.back().name);
}

std::string plain(std::int64_t value) { return std::to_string(value); }
std::string as_duration(std::int64_t value) { return in_unit(value, kDurationUnits); }
std::string as_size(std::int64_t value) { return in_unit(value, kSizeUnits); }

std::int64_t length(std::size_t size) { return static_cast<std::int64_t>(size); }

}  // namespace

namespace internal {

std::optional<Wrong> read(const Given& given, const Limits&, bool& value) {
  if (const auto* known = std::get_if<bool>(&given)) {
    value = *known;
    return std::nullopt;
  }
  const auto* text = std::get_if<Text>(&given);
  if (!text || (text->text != "true" && text->text != "false"))
    return not_a("true 或 false", "true or false", given);
  value = text->text == "true";
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, std::int64_t& value) {
  std::optional<std::int64_t> number;
  if (const auto* known = std::get_if<std::int64_t>(&given)) number = *known;
  if (const auto* text = std::get_if<Text>(&given)) number = number_of<std::int64_t>(text->text);
  if (!number) return not_a("整数", "an integer", given);
  if (auto wrong = outside(*number, limits, plain)) return wrong;
  value = *number;
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, double& value) {
  std::optional<double> number;
  if (const auto* known = std::get_if<double>(&given)) number = *known;
  if (const auto* whole = std::get_if<std::int64_t>(&given)) number = static_cast<double>(*whole);
  if (const auto* text = std::get_if<Text>(&given)) number = number_of<double>(text->text);
  if (!number || !std::isfinite(*number)) return not_a("数字", "a number", given);
  if (*number < static_cast<double>(limits.min) || *number > static_cast<double>(limits.max))
    return not_a(fmt::format("{} 至 {} 之间的数字", limits.min, limits.max),
                 fmt::format("a number from {} to {}", limits.min, limits.max), given);
  value = *number;
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, std::string& value) {
  const auto* text = text_of(given);
  if (!text) return not_a("文字（加引号）", "a text in quotes", given);
  if (!limits.one_of.empty() &&
      std::find(limits.one_of.begin(), limits.one_of.end(), *text) == limits.one_of.end()) {
    const auto known = fmt::format("{}", fmt::join(limits.one_of, ", "));
    return not_a("其中之一：" + known, "one of " + known, given);
  }
  if (auto wrong = outside(length(text->size()), limits, plain, "字节数", "its length in bytes "))
    return wrong;
  value = *text;
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, std::filesystem::path& value) {
  std::string text;
  if (auto wrong = read(given, limits, text)) return wrong;
  if (text.empty() && !limits.may_be_empty) return not_a("路径", "a path", given);
  value = text;
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, Duration& value) {
  const auto* text = text_of(given);
  const auto amount = text ? with_unit(*text, kDurationUnits) : std::nullopt;
  if (!amount)
    return not_a("带单位的时长，如 \"250ms\" \"10s\" \"5min\" \"2h\" \"7d\"",
                 "a time with its unit, as \"250ms\" \"10s\" \"5min\" \"2h\" \"7d\"", given);
  if (auto wrong = outside(*amount, limits, as_duration)) return wrong;
  value = Duration{*amount};
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits, ByteSize& value) {
  std::optional<std::int64_t> amount;
  if (const auto* number = std::get_if<std::int64_t>(&given)) amount = *number;
  if (const auto* text = text_of(given)) {
    amount = number_of<std::int64_t>(*text);
    if (!amount) amount = with_unit(*text, kSizeUnits);
  }
  if (!amount || *amount < 0)
    return not_a("字节数，如 1048576 或 \"64MiB\"", "a size, as 1048576 or \"64MiB\"", given);
  if (auto wrong = outside(*amount, limits, as_size)) return wrong;
  value.bytes = static_cast<std::uint64_t>(*amount);
  return std::nullopt;
}

std::optional<Wrong> read(const Given& given, const Limits& limits,
                          std::vector<std::string>& value) {
  std::vector<std::string> list;
  if (const auto* known = std::get_if<std::vector<std::string>>(&given)) {
    list = *known;
  } else if (const auto* text = std::get_if<Text>(&given)) {
    for (std::size_t from = 0; from < text->text.size();) {
      const auto comma = std::min(text->text.find(',', from), text->text.size());
      list.push_back(text->text.substr(from, comma - from));
      from = comma + 1;
    }
  } else {
    return not_a("文字的列表", "a list of texts", given);
  }
  if (auto wrong = outside(length(list.size()), limits, plain, "项数", "their count "))
    return wrong;
  value = std::move(list);
  return std::nullopt;
}

std::string show(bool value) { return value ? "true" : "false"; }
std::string show(std::int64_t value) { return std::to_string(value); }
std::string show(double value) {
  auto text = fmt::format("{}", value);
  // TOML tells a float from an integer by its point or exponent.
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}
std::string show(const std::string& value) { return toml_text(value); }
std::string show(const std::filesystem::path& value) { return toml_text(value.string()); }
std::string show(Duration value) { return toml_text(as_duration(value.count())); }
std::string show(ByteSize value) {
  return toml_text(as_size(static_cast<std::int64_t>(value.bytes)));
}
std::string show(const std::vector<std::string>& value) {
  std::string text = "[";
  for (const auto& item : value) text += (text.size() > 1 ? ", " : "") + toml_text(item);
  return text + "]";
}

}  // namespace internal

std::string Option::environment_name() const {
  std::string result = "LIANMENG_" + name;
  for (auto& c : result) c = c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return result;
}

bool is_option_name(std::string_view name) {
  const auto dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") ==
             std::string_view::npos &&
         name.find("..") == std::string_view::npos && name.back() != '.';
}

}  // namespace lianmeng::config
