// The tables that the runtime keeps in every partition (state/table.h: ids 0x01–0x0f).
#pragma once

#include <cstdint>

namespace lianmeng::runtime::tables {

inline constexpr std::uint8_t kPositions = 0x02;  // Of this host: own tip, foreign tips. No fold.
inline constexpr std::uint8_t kCauses = 0x03;     // Last cause of each followed log.
inline constexpr std::uint8_t kRequests = 0x04;   // request_id → RequestRow.
inline constexpr std::uint8_t kExternals = 0x05;  // external_id → RequestRow.

}  // namespace lianmeng::runtime::tables
