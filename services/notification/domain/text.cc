#include "notification/domain/text.h"

#include <algorithm>

namespace lianmeng::notification {
namespace {

constexpr std::size_t kKeyMax = 64;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char byte) { return !is_continuation(byte); }));
}

std::string shortened(std::string_view utf8, std::size_t characters_max) {
  if (characters(utf8) <= characters_max) return std::string(utf8);
  std::size_t at = 0;
  for (std::size_t kept = 0; at < utf8.size(); ++at) {
    if (!is_continuation(utf8[at]) && ++kept == characters_max) break;
  }
  return std::string(utf8.substr(0, at)).append("…");
}

std::string masked(std::string_view utf8) {
  std::string out;
  std::size_t at = 0;
  while (at < utf8.size()) {
    if (!is_digit(utf8[at])) {
      out.push_back(utf8[at++]);
      continue;
    }
    std::size_t end = at;
    while (end < utf8.size() && is_digit(utf8[end])) ++end;
    std::size_t length = end - at;
    if (length == 17 && end < utf8.size() && (utf8[end] == 'X' || utf8[end] == 'x')) ++length;
    const auto number = utf8.substr(at, length);
    if (length == 11 && number[0] == '1' && number[1] >= '3') {
      out.append(number.substr(0, 3)).append("****").append(number.substr(7));
    } else if (length >= 16 && length <= 19) {
      out.append(length - 4, '*').append(number.substr(length - 4));
    } else {
      out.append(number);
    }
    at += length;
  }
  return out;
}

bool is_key(std::string_view text) {
  if (text.empty() || text.size() > kKeyMax || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace lianmeng::notification
