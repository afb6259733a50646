#include "platform/limits/text.h"

#include <array>

namespace lianmeng::limits {
namespace {

bool is_line(std::uint32_t c) { return c == '\n' || c == '\r' || c == '\t'; }

constexpr std::uint32_t kNonJoiner = 0x200c;
constexpr std::uint32_t kJoiner = 0x200d;

// Letters of joining scripts, pictures and their modifiers; no ASCII, no mark of the page's,
// nothing of what Chinese, Japanese and Korean are written with.
bool can_join(std::uint32_t c) {
  if (c < 0x600 || (c >= 0x1100 && c < 0x1200) || (c >= 0x2000 && c < 0x2070)) return false;
  if (c >= 0x2e80 && c < 0xa4d0) return false;  // Han, kana, Yi and their punctuation.
  if (c >= 0xac00 && c < 0xd800) return false;  // Hangul.
  if (c >= 0xf900 && c < 0xfb00) return false;  // Han.
  return c == 0xfe0f || c < 0xfe00 || (c >= 0x10000 && c < 0x20000);
}

bool is_refused(std::uint32_t c, std::uint32_t before, bool lines) {
  if (c < 0x20) return !(lines && is_line(c));
  if (c < 0xa0) return c >= 0x7f;
  if (c == kJoiner || c == kNonJoiner) return !can_join(before);
  return is_invisible(c) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

// Bytes that may begin a character that is refused: all that most need be asked.
constexpr auto kSuspects = [] {
  std::array<bool, 256> suspects{};
  for (unsigned byte = 0; byte < 0x20; ++byte) suspects[byte] = true;
  for (const unsigned byte : {0x7f, 0xc2, 0xcd, 0xd8, 0xe1, 0xe2, 0xe3, 0xef, 0xf3}) {
    suspects[byte] = true;
  }
  return suspects;
}();

// The same with the byte behind it, since 。 and ， begin as some of those do.
bool is_suspect(unsigned char byte, unsigned char next) {
  switch (byte) {
    case 0xc2:
      return next < 0xa0 || next == 0xad;
    case 0xcd:
      return next == 0x8f;
    case 0xd8:
      return next == 0x9c;
    case 0xe1:
    case 0xe3:
      return next == 0x85;
    case 0xe2:
      return next == 0x80 || next == 0x81;
    case 0xef:
      return next == 0xbb || next == 0xbe || next == 0xbf;
    case 0xf3:
      return next == 0xa0;
    default:
      return true;
  }
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The character that begins at a byte.
std::uint32_t decode(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  std::uint32_t c = more == 0 ? lead : lead & (0x3fu >> more);
  for (int i = 0; i < more && ++at < text.size(); ++i) {
    c = (c << 6) | (static_cast<unsigned char>(text[at]) & 0x3fu);
  }
  return c;
}

// The one before it; 0 at the beginning.
std::uint32_t decode_before(std::string_view text, std::size_t at) {
  while (at > 0) {
    if (!is_continuation(text[--at])) return decode(text, at);
  }
  return 0;
}

}  // namespace

bool is_invisible(std::uint32_t c) {
  switch (c) {
    case 0x00ad:  // Soft hyphen.
    case 0x034f:  // Grapheme joiner.
    case 0x061c:  // Arabic letter mark.
    case 0x115f:  // Hangul fillers, as the next three.
    case 0x1160:
    case 0x3164:
    case 0xffa0:
    case 0x200b:  // Zero-width space.
    case kNonJoiner:
    case kJoiner:
    case 0x200e:  // Marks of direction, as the next one.
    case 0x200f:
    case 0xfeff:  // Byte order mark.
      return true;
    default:
      break;
  }
  return (c >= 0x2060 && c <= 0x2065) || (c >= 0x206a && c <= 0x206f) ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c < 0xe0100);
}

std::optional<WrongText> what_is_wrong(std::string_view text, std::size_t max, bool lines) {
  WrongText wrong;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_continuation(text[at])) continue;
    ++wrong.characters;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (!kSuspects[byte] || wrong.at != 0) continue;
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : '\0';
    if (!is_suspect(byte, next)) continue;
    const auto c = decode(text, at);
    if (!is_refused(c, decode_before(text, at), lines)) continue;
    wrong.at = wrong.characters;
    wrong.code_point = c;
  }
  if (wrong.characters <= max && wrong.at == 0) return std::nullopt;
  return wrong;
}

}  // namespace lianmeng::limits
