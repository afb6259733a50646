#include "platform/rpc/status.h"

#include <fmt/format.h>

#include "google/rpc/error_details.pb.h"
#include "platform/base/assert.h"

namespace lianmeng::rpc {
namespace {

constexpr std::string_view kDomain = "lianmeng";
// How long a caller waits at least before it sends the same again.
constexpr int kRetryDelayMs = 200;

// Metadata is HTTP/2 headers, which clients bound to 8 KiB in all: a text beyond this is cut there
// and stands whole in the details.
constexpr std::size_t kMessageBytesMax = 1024;

std::string cut(std::string text) {
  if (text.size() <= kMessageBytesMax) return text;
  std::size_t end = kMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text += "…";
  return text;
}

void add_text(google::rpc::Status* out, const char* locale, const std::string& text) {
  if (text.empty()) return;
  google::rpc::LocalizedMessage message;
  message.set_locale(locale);
  message.set_message(text);
  out->add_details()->PackFrom(message);
}

}  // namespace

grpc::StatusCode code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorKind::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorKind::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorKind::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorKind::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorKind::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case ErrorKind::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case ErrorKind::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorKind::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case ErrorKind::kAborted:
      return grpc::StatusCode::ABORTED;
    case ErrorKind::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case ErrorKind::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorKind::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    case ErrorKind::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  LM_ASSERT(false, "error kind {} has no gRPC code", static_cast<int>(kind));
  return grpc::StatusCode::INTERNAL;
}

std::string both_languages(std::string_view zh, std::string_view en) {
  if (zh.empty()) return std::string(en);
  if (en.empty()) return std::string(zh);
  return fmt::format("{} / {}", zh, en);
}

google::rpc::Status to_rpc_status(const Error& error) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(code_of(error.kind)));
  out.set_message(cut(both_languages(error.message_zh, error.message_en)));

  google::rpc::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(std::string(kDomain));
  for (const auto& [name, value] : error.metadata) (*info.mutable_metadata())[name] = value;
  out.add_details()->PackFrom(info);

  if (!error.violations.empty()) {
    google::rpc::BadRequest bad;
    for (const auto& violation : error.violations) {
      auto* field = bad.add_field_violations();
      field->set_field(violation.field);
      field->set_description(both_languages(violation.description_zh, violation.description_en));
    }
    out.add_details()->PackFrom(bad);
  }
  add_text(&out, "zh-CN", error.message_zh);
  add_text(&out, "en", error.message_en);
  if (error.error_class() == ErrorClass::kRetriable) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(kRetryDelayMs * 1'000'000);
    out.add_details()->PackFrom(retry);
  }
  return out;
}

google::rpc::Status to_rpc_status(const WireStatus& status) {
  google::rpc::Status out;
  if (!status.details.empty() && out.ParseFromString(status.details)) return out;
  out.Clear();
  out.set_code(status.code);
  out.set_message(status.message);
  return out;
}

grpc::Status to_grpc(const Error& error) {
  const auto status = to_rpc_status(error);
  return grpc::Status(code_of(error.kind), status.message(), status.SerializeAsString());
}

}  // namespace lianmeng::rpc
