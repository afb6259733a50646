// Options of a program: one table of name, member, help and limits, over a struct of plain values.
//
//   struct StandaloneConfig {
//     std::filesystem::path log_path = "data/log";
//     int grpc_port = 50051;
//   };
//   Options<StandaloneConfig> standalone_options() {
//     Options<StandaloneConfig> options;
//     options.bind("log.path", &StandaloneConfig::log_path, {"日志目录", "Folder of the log"});
//     options.bind("rpc.port", &StandaloneConfig::grpc_port, {"gRPC 端口", "Port of gRPC"},
//                  {.min = 1, .max = 65535});
//     return options;
//   }
//
// A member's own initial value is the default.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/time.h"

namespace lianmeng::config {

// A size in bytes; written as 67108864 or "64MiB".
struct ByteSize {
  std::uint64_t bytes = 0;
  auto operator<=>(const ByteSize&) const = default;
};

struct Help {
  std::string_view zh;
  std::string_view en;
};

// Durations are limited in milliseconds, sizes in bytes, texts and paths by their length in bytes,
// lists by their count.
struct Limits {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> one_of = {};  // Of a text; empty: any.
  bool may_be_empty = false;             // Of a path; bind() sets it where the default is empty.
};

// A value as it was given: by TOML with its type, by environment and command line as text.
struct Text {
  std::string text;
};
using Given = std::variant<Text, bool, std::int64_t, double, std::string, std::vector<std::string>>;

// Why a value cannot be; the caller puts the option's name in front.
struct Wrong {
  std::string zh;
  std::string en;
};

namespace internal {

std::optional<Wrong> read(const Given& given, const Limits& limits, bool& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, std::int64_t& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, double& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, std::string& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, std::filesystem::path& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, Duration& value);
std::optional<Wrong> read(const Given& given, const Limits& limits, ByteSize& value);
std::optional<Wrong> read(const Given& given, const Limits& limits,
                          std::vector<std::string>& value);

template <std::integral T>
std::optional<Wrong> read(const Given& given, Limits limits, T& value) {
  static_assert(sizeof(T) < sizeof(std::int64_t) || std::is_signed_v<T>,
                "an integer option fits in 63 bits; sizes are ByteSize");
  limits.min = std::max(limits.min, static_cast<std::int64_t>(std::numeric_limits<T>::min()));
  limits.max = std::min(limits.max, static_cast<std::int64_t>(std::numeric_limits<T>::max()));
  std::int64_t wide = 0;
  if (auto wrong = read(given, limits, wide)) return wrong;
  value = static_cast<T>(wide);
  return std::nullopt;
}

// As TOML.
std::string show(bool value);
std::string show(std::int64_t value);
std::string show(double value);
std::string show(const std::string& value);
std::string show(const std::filesystem::path& value);
std::string show(Duration value);
std::string show(ByteSize value);
std::string show(const std::vector<std::string>& value);
template <std::integral T>
std::string show(T value) {
  return show(static_cast<std::int64_t>(value));
}

}  // namespace internal

// One option, with the struct's type erased.
struct Option {
  std::string name;  // "section.key"
  Help help;
  Limits limits;
  std::string default_value;  // As TOML.
  std::function<std::optional<Wrong>(void* target, const Given&)> set;
  std::function<std::string(void* target)> show;  // As TOML.

  // LIANMENG_SECTION_KEY
  std::string environment_name() const;
};

// "section.key" of lower-case letters, digits and underscores.
bool is_option_name(std::string_view name);

template <class C>
class Options {
 public:
  // `member` is a pointer to member, or a function from C& to a reference for what lies deeper.
  template <class Member>
  Options& bind(std::string name, Member member, Help help, Limits limits = {}) {
    LM_ASSERT(is_option_name(name), "{}", name);
    C defaults{};
    const auto& value = std::invoke(member, defaults);
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::filesystem::path>) {
      limits.may_be_empty = value.empty();
    }
    Option option;
    option.default_value = internal::show(value);
    option.set = [member, limits](void* target, const Given& given) {
      return internal::read(given, limits, std::invoke(member, *static_cast<C*>(target)));
    };
    option.show = [member](void* target) {
      return internal::show(std::invoke(member, *static_cast<C*>(target)));
    };
    option.name = std::move(name);
    option.help = help;
    option.limits = std::move(limits);
    for (const auto& other : list_)
      LM_ASSERT(other.environment_name() != option.environment_name(), "{} is bound twice",
                option.name);
    list_.push_back(std::move(option));
    return *this;
  }

  const std::vector<Option>& list() const { return list_; }

 private:
  std::vector<Option> list_;
};

}  // namespace lianmeng::config
