// One write of a fold as a number. It goes into the log as part of a digest of the state, so it is
// the same in every process, on every machine and in every version.
#pragma once

#include <cstdint>
#include <string_view>

namespace lianmeng::state {

std::uint64_t hash_of_put(std::string_view key, std::string_view value);
std::uint64_t hash_of_erase(std::string_view key);

}  // namespace lianmeng::state
