// What a peer opened for us, as it is kept beside the files that have come of it, so that another
// process of ours can go on.
#pragma once

#include <iosfwd>
#include <optional>
#include <string_view>

#include "lianmeng/platform/v1/peer_checkpoints.pb.h"

namespace lianmeng::checkpoint {

inline constexpr const char* kManifest = "MANIFEST";  // Its file.

// Nothing when it is not whole: half of one would be a state that lacks files, and reads as whole.
// Its length therefore stands before it.
std::optional<platform::v1::OpenCheckpointResponse> read_manifest(std::istream& in);
// False when it could not be written.
bool write_manifest(const platform::v1::OpenCheckpointResponse& opened, std::ostream& out);

// Whether a file of that name lies in the checkpoint's folder, beside the manifest: a peer may name
// whatever it likes.
bool is_file_name(std::string_view name);

}  // namespace lianmeng::checkpoint
