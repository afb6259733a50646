#include "platform/base/trace.h"

namespace lianmeng {

bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-")) return false;
  bool trace_zero = true;
  bool span_zero = true;
  for (std::size_t i = 3; i < text.size(); ++i) {
    if (i == 35 || i == 52) {
      if (text[i] != '-') return false;
      continue;
    }
    const char c = text[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    if (c != '0' && i < 35) trace_zero = false;
    if (c != '0' && i > 35 && i < 52) span_zero = false;
  }
  return !trace_zero && !span_zero;
}

std::string_view trace_id_of(std::string_view traceparent) {
  return is_traceparent(traceparent) ? traceparent.substr(3, 32) : std::string_view{};
}

std::string child_traceparent(std::string_view parent, Random& random) {
  const bool known = is_traceparent(parent);
  const auto trace = known ? std::string(parent.substr(3, 32)) : random_record_id(random);
  const auto flags = known ? parent.substr(53, 2) : std::string_view("01");
  std::string child = "00-";
  child += trace;
  child += '-';
  child += random_record_id(random).substr(0, 16);
  child += '-';
  child += flags;
  return child;
}

}  // namespace lianmeng
