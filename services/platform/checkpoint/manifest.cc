#include "platform/checkpoint/manifest.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <istream>
#include <ostream>

namespace lianmeng::checkpoint {

std::optional<platform::v1::OpenCheckpointResponse> read_manifest(std::istream& in) {
  google::protobuf::io::IstreamInputStream bytes(&in);
  platform::v1::OpenCheckpointResponse opened;
  if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&opened, &bytes, nullptr) ||
      opened.checkpoint().empty()) {
    return std::nullopt;
  }
  return opened;
}

bool write_manifest(const platform::v1::OpenCheckpointResponse& opened, std::ostream& out) {
  return google::protobuf::util::SerializeDelimitedToOstream(opened, &out) && out.flush();
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != kManifest &&
         name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace lianmeng::checkpoint
