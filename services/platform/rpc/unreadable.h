// Included by what gRPC's plugin generates (cmake/lianmeng.cmake), so that every user of a message
// reads it in the same way: a *request* whose bytes cannot be read is marked as such
// (limits/unreadable.h) and reaches the handler, which refuses it in words. gRPC itself (1.51,
// server_callback_handlers.h) would answer UNIMPLEMENTED with no text at all.
#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

#include "platform/limits/unreadable.h"

namespace grpc {

// Chosen over gRPC's own, whose arguments are the same, because it is the more constrained one.
template <class T>
  requires std::derived_from<T, google::protobuf::Message>
class SerializationTraits<
    T, typename std::enable_if<std::is_base_of<grpc::protobuf::MessageLite, T>::value>::type> {
 public:
  static Status Serialize(const grpc::protobuf::MessageLite& message, ByteBuffer* buffer,
                          bool* own_buffer) {
    return GenericSerialize<ProtoBufferWriter, T>(message, buffer, own_buffer);
  }

  static Status Deserialize(ByteBuffer* buffer, grpc::protobuf::MessageLite* message) {
    if (buffer == nullptr) return Status(StatusCode::INTERNAL, "No payload");
    ProtoBufferReader reader(buffer);
    if (!reader.status().ok()) return reader.status();
    const bool read = message->ParseFromZeroCopyStream(&reader);
    if (!read && !T::descriptor()->name().ends_with("Request")) {
      return Status(StatusCode::INTERNAL, message->InitializationErrorString());
    }
    if (!read) {
      std::string bytes;
      std::vector<Slice> slices;
      if (buffer->Dump(&slices).ok()) {
        for (const auto& slice : slices) {
          bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        }
      }
      lianmeng::limits::mark_unreadable(static_cast<T*>(message), bytes);
    }
    buffer->Clear();
    return Status::OK;
  }
};

}  // namespace grpc
