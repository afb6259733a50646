// A folder for the decoders that read files, in memory where that is possible.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lianmeng::fuzz {

// One for the process, made at its first use and removed at its end.
const std::filesystem::path& scratch_folder();
// Writes the file anew, 0600, and returns its path.
std::filesystem::path write_scratch(const std::string& name, std::string_view bytes);
std::string read_scratch(const std::string& name);

}  // namespace lianmeng::fuzz
