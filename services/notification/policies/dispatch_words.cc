#include "notification/policies/dispatch_words.h"

#include <algorithm>
#include <cctype>

#include "platform/base/assert.h"

namespace lianmeng::notification {
namespace {

// The value's name without its enum's prefix, in lower case.
std::string short_name(std::string_view value, std::string_view prefix) {
  LM_ASSERT(value.starts_with(prefix), "{} does not begin with {}", value, prefix);
  std::string name(value.substr(prefix.size()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

constexpr Word kResults[] = {
    {"solved", "已解决", "solved"},           {"partly_solved", "部分解决", "solved in part"},
    {"explained", "解释说明", "explained"},   {"planned", "列入计划", "planned"},
    {"impossible", "无法解决", "impossible"},
};

}  // namespace

std::string name_of(dispatch_v1::DemandKind kind) {
  if (kind == dispatch_v1::DEMAND_KIND_UNSPECIFIED) return {};
  return short_name(dispatch_v1::DemandKind_Name(kind), "DEMAND_KIND_");
}

std::string name_of(dispatch_v1::Urgency urgency) {
  if (urgency == dispatch_v1::URGENCY_UNSPECIFIED) return "ordinary";
  return short_name(dispatch_v1::Urgency_Name(urgency), "URGENCY_");
}

std::string name_of(dispatch_v1::ResultKind kind) {
  if (kind == dispatch_v1::RESULT_KIND_UNSPECIFIED) return {};
  return short_name(dispatch_v1::ResultKind_Name(kind), "RESULT_KIND_");
}

Word words_of(dispatch_v1::ClockKind kind) {
  switch (kind) {
    case dispatch_v1::CLOCK_KIND_ROUTE:
      return {"route", "派单时限", "limit for the routing"};
    case dispatch_v1::CLOCK_KIND_TAKE:
      return {"take", "接单时限", "limit for the take"};
    case dispatch_v1::CLOCK_KIND_CONTACT:
      return {"contact", "联系时限", "limit for the contact"};
    case dispatch_v1::CLOCK_KIND_RESULT:
      return {"result", "办理时限", "limit for the result"};
    case dispatch_v1::CLOCK_KIND_AUDIT:
      return {"audit", "审核时限", "limit for the audit"};
    case dispatch_v1::CLOCK_KIND_RATE:
      return {"rate", "评价时限", "limit for the rating"};
    default:
      return {"", "时限", "limit"};
  }
}

Word words_of(dispatch_v1::RoutingMode mode) {
  if (mode == dispatch_v1::ROUTING_MODE_OPEN) return {"open", "抢单", "open to the first"};
  return {"assigned", "指派", "assigned"};
}

Word words_of(dispatch_v1::SolvedAnswer answer) {
  switch (answer) {
    case dispatch_v1::SOLVED_ANSWER_YES:
      return {"yes", "已解决", "yes"};
    case dispatch_v1::SOLVED_ANSWER_PARTLY:
      return {"partly", "部分解决", "in part"};
    case dispatch_v1::SOLVED_ANSWER_NO:
      return {"no", "未解决", "no"};
    default:
      return {"", "", ""};
  }
}

Word words_of_result(std::string_view name) {
  const auto* found = find_word(kResults, name);
  return found == nullptr ? Word{} : *found;
}

}  // namespace lianmeng::notification
