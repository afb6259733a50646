#include "platform/limits/text.h"

namespace lianmeng::limits {
namespace {

bool is_line(std::uint32_t c) { return c == '\n' || c == '\r' || c == '\t'; }

bool is_refused(std::uint32_t c, bool lines) {
  if (c < 0x20) return !(lines && is_line(c));
  if (c < 0xa0) return c >= 0x7f;
  return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

// Whether a byte may begin a character that is refused: all that most texts need be asked.
// U+0080 to U+00BF begin with C2, U+2000 to U+2FFF with E2.
bool is_suspect(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f || byte == 0xc2 || byte == 0xe2;
}

std::uint32_t decode(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  std::uint32_t c = more == 0 ? lead : lead & (0x3fu >> more);
  ++at;
  for (int i = 0; i < more && at < text.size(); ++i, ++at) {
    c = (c << 6) | (static_cast<unsigned char>(text[at]) & 0x3fu);
  }
  return c;
}

}  // namespace

std::optional<WrongText> what_is_wrong(std::string_view text, std::size_t max, bool lines) {
  // Two sums over the bytes, which the compiler turns into vector code.
  std::size_t characters = 0;
  std::size_t suspects = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    characters += (byte & 0xc0) != 0x80;
    suspects += is_suspect(byte);
  }
  WrongText wrong{characters, 0, 0};
  if (suspects > 0) {
    std::size_t place = 1;
    for (std::size_t at = 0; at < text.size(); ++place) {
      const auto c = decode(text, at);
      if (!is_refused(c, lines)) continue;
      wrong.at = place;
      wrong.code_point = c;
      break;
    }
  }
  if (characters <= max && wrong.at == 0) return std::nullopt;
  return wrong;
}

}  // namespace lianmeng::limits
