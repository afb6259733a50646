// Files that hold a secret.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng {

// Fails with kFailedPrecondition and `reason` unless the file there, which holds `what` ("the
// master key"), is private for a process of ours. A file that cannot be looked at is left to
// whoever reads it. Threads: any.
Status check_private(const std::filesystem::path& path, std::string_view what,
                     const std::string& reason);

// Whether a file of `owner` with these permissions (st_mode) is private for a process of `self`:
// nobody but the owner may do anything with it. A process that is not root may be given a file of
// root's by its group, for reading: so Kubernetes mounts secrets for it (fsGroup), and PostgreSQL
// takes its ssl_key_file.
bool is_private(mode_t mode, uid_t owner, uid_t self);

}  // namespace lianmeng
