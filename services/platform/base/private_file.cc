#include "platform/base/private_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lianmeng {

Status check_private(const std::filesystem::path& path, std::string_view what,
                     const std::string& reason) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  if (is_private(file.st_mode, file.st_uid, ::geteuid())) return {};
  return fail(ErrorKind::kFailedPrecondition, reason,
              fmt::format("{}: {} may be read by others (mode {:04o}); run chmod 600 on it, and "
                          "replace it if anybody did",
                          path.string(), what, file.st_mode & 07777));
}

bool is_private(mode_t mode, uid_t owner, uid_t self) {
  const bool is_mounted = owner == 0 && self != 0;
  const mode_t for_group = is_mounted ? S_IWGRP | S_IXGRP : S_IRWXG;
  return (mode & (for_group | S_IRWXO)) == 0;
}

}  // namespace lianmeng
