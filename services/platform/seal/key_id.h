// Ids of keys: 128 random bits in hex. Inside platform/seal only.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "platform/seal/secret.h"

namespace lianmeng::seal {

inline constexpr std::size_t kKeyIdSize = 32;

inline Result<std::string> new_key_id(const FillRandom& random) {
  std::array<std::uint8_t, kKeyIdSize / 2> bytes{};
  if (const auto filled = random(bytes); !filled) return fail(filled.error());
  std::string id;
  for (const auto byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

inline bool is_key_id(std::string_view text) {
  return text.size() == kKeyIdSize &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace lianmeng::seal
