// LEB128 numbers and texts with their length before them, as records lie in memory and journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lianmeng::log {

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

// Takes one off the front of `rest`; false when the bytes do not fit, `rest` is then anywhere.
inline bool take_varint(std::string_view& rest, std::uint64_t* out) {
  *out = 0;
  for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    *out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

// `out` points into what `rest` points into.
inline bool take_text(std::string_view& rest, std::string_view* out) {
  std::uint64_t size;
  if (!take_varint(rest, &size) || size > rest.size()) return false;
  *out = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

}  // namespace lianmeng::log
