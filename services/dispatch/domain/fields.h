// Checks of what a command was given. How long, how many and which characters is declared in the
// protos and was checked at the edge (platform/limits); here is what must be given, and what
// depends on something else.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <optional>
#include <string>
#include <string_view>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/reason.h"

namespace lianmeng::dispatch {

inline constexpr int kGroupsMax = 20;
inline constexpr int kSupportsMax = 50;

// Refused when the text is nothing but blanks.
std::optional<Refusal> check_given(std::string_view field, std::string_view text);
// Refused when the value is unspecified or unknown to this version.
template <class Enum>
std::optional<Refusal> check_enum(std::string_view field, Enum value, bool valid) {
  if (valid && static_cast<int>(value) != 0) return std::nullopt;
  return refuse_field(std::string(field), "请选择一个有效的值",
                      "give one of the values of this field");
}
std::optional<Refusal> check_figures(const google::protobuf::RepeatedPtrField<v1::Figure>& figures);
// YYYY-MM-DD.
std::optional<Refusal> check_date(std::string_view field, std::string_view date);

// The first of these that says no.
template <class... Checks>
std::optional<Refusal> first_of(Checks&&... checks) {
  std::optional<Refusal> found;
  ((found = std::forward<Checks>(checks), found.has_value()) || ...);
  return found;
}

}  // namespace lianmeng::dispatch
