// What is asked of text before it becomes part of an event.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lianmeng::notification {

// Characters, not bytes.
std::size_t characters(std::string_view utf8);
// At most so many characters; what is cut ends with "…".
std::string shortened(std::string_view utf8, std::size_t characters_max);

// 1–64 of a–z, 0–9, '.', '-' and '_', beginning with a letter.
bool is_key(std::string_view text);

}  // namespace lianmeng::notification
