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

// Nothing when the text has at most `max` characters (code points) and holds no control character
// and none that turns the direction of what follows it (bidirectional embedding, override and
// isolate): such a text shows something else than it says. With `lines`, tabs and line ends may
// stand in it. Requires valid UTF-8, which protobuf has seen to.
std::optional<WrongText> what_is_wrong(std::string_view text, std::size_t max, bool lines);

}  // namespace lianmeng::limits
