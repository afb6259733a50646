#include "fuzz/scratch_folder.h"

#include <fstream>
#include <iterator>

#include "platform/base/assert.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::fuzz {

const std::filesystem::path& scratch_folder() {
  static const log::TempFolder folder;
  static const std::filesystem::path path = folder.path();
  return path;
}

std::filesystem::path write_scratch(const std::string& name, std::string_view bytes) {
  const auto path = scratch_folder() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  LM_ASSERT(out, "cannot write {}", path.string());
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::string read_scratch(const std::string& name) {
  std::ifstream in(scratch_folder() / name, std::ios::binary);
  LM_ASSERT(in, "cannot read {}", name);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace lianmeng::fuzz
