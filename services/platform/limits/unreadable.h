// A request whose bytes are none. gRPC would answer UNIMPLEMENTED without a word; here it is handed
// on empty, with a mark that says why, and refused in words like any other wrong request.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/wire_format_lite.h>

#include <string>
#include <string_view>

namespace lianmeng::limits {

// The number of the unknown field that is the mark. It holds the path of the text that is no UTF-8,
// or nothing when something else is wrong.
inline constexpr int kUnreadableField = 536'870'911;

// The path of the first text that is no UTF-8: "post.duties". Empty when there is none as far as
// the bytes can be read.
inline std::string broken_text(std::string_view bytes, const google::protobuf::Descriptor& type,
                               int depth = 0) {
  using google::protobuf::FieldDescriptor;
  using google::protobuf::internal::WireFormatLite;
  constexpr int kDepthMax = 20;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  while (const auto tag = in.ReadTag()) {
    const auto* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr ||
        WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return {};
      continue;
    }
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return {};
    const auto at = static_cast<std::size_t>(in.CurrentPosition());
    if (size > bytes.size() - at) return {};
    const auto value = bytes.substr(at, size);
    if (field->type() == FieldDescriptor::TYPE_STRING &&
        !google::protobuf::internal::IsStructurallyValidUTF8(value.data(),
                                                             static_cast<int>(size))) {
      return field->name();
    }
    if (field->type() == FieldDescriptor::TYPE_MESSAGE && depth < kDepthMax) {
      const auto inner = broken_text(value, *field->message_type(), depth + 1);
      if (!inner.empty()) return field->name() + "." + inner;
    }
    if (!in.Skip(static_cast<int>(size))) return {};
  }
  return {};
}

inline void mark_unreadable(google::protobuf::Message* request, std::string_view bytes) {
  request->Clear();
  request->GetReflection()->MutableUnknownFields(request)->AddLengthDelimited(
      kUnreadableField, broken_text(bytes, *request->GetDescriptor()));
}

}  // namespace lianmeng::limits
