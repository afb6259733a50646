// What a text that people write may hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lianmeng::limits {

struct WrongText {
  std::size_t characters = 0;  // All of them.
  std::size_t at = 0;          // 1 for the first: where the character stands that may not; 0: none.
  std::uint32_t code_point = 0;  // Which one.
};

// Nothing when the text has at most `max` characters (code points) and none that shows something
// else than it says: no control character, none that turns the direction of what follows it
// (bidirectional mark, embedding, override and isolate), none that nobody sees (zero-width space,
// byte order mark, soft hyphen, filler, tag). The joiners U+200C and U+200D may stand behind a
// character that they can join: they make 👩‍🌾 of two pictures, and words of several
// scripts. With `lines`, tabs and line ends may stand in it. Requires valid UTF-8, which protobuf
// has seen to.
std::optional<WrongText> what_is_wrong(std::string_view text, std::size_t max, bool lines);

// Of a character that may not stand in a text: whether nobody sees it, so that it has to be told
// apart from a control character.
bool is_invisible(std::uint32_t code_point);

}  // namespace lianmeng::limits
