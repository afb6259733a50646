// Files that hold a secret.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng {

// Fails with kFailedPrecondition and `reason` unless a file with these permissions, which holds
// `what` ("the master key"), is its owner's alone.
Status check_private(const std::filesystem::path& path, std::filesystem::perms permissions,
                     std::string_view what, const std::string& reason);

}  // namespace lianmeng
