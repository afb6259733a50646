#include "platform/base/private_file.h"

#include <fmt/format.h>

namespace lianmeng {

Status check_private(const std::filesystem::path& path, std::filesystem::perms permissions,
                     std::string_view what, const std::string& reason) {
  using std::filesystem::perms;
  if ((permissions & (perms::group_all | perms::others_all)) == perms::none) return {};
  return fail(ErrorKind::kFailedPrecondition, reason,
              fmt::format("{}: {} may be read by others (mode {:04o}); run chmod 600 on it, and "
                          "replace it if anybody did",
                          path.string(), what, static_cast<unsigned>(permissions)));
}

}  // namespace lianmeng
