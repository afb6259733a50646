// CRC32C (Castagnoli, RFC 3720), in hardware where the processor has it.
#pragma once

#include <cstdint>
#include <string_view>

namespace lianmeng::log {

std::uint32_t crc32c(std::string_view bytes);
// The table version, which every processor can run; the same results.
std::uint32_t crc32c_portable(std::string_view bytes);

}  // namespace lianmeng::log
