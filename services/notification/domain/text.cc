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

bool is_key(std::string_view text) {
  if (text.empty() || text.size() > kKeyMax || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace lianmeng::notification
