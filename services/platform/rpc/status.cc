#include "platform/rpc/status.h"

#include <fmt/format.h>

#include <utility>

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

// What can be said of an error of which no more is known.
struct Generic {
  std::string_view zh;
  std::string_view en;
};

Generic generic(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return {"请求的内容有误，未办理。请改正后重试。",
              "The request is not sound and nothing was done. Correct it and call again."};
    case ErrorKind::kNotFound:
      return {"所指的对象不存在，未办理。请核对后重试。",
              "What the request names does not exist. Check it and call again."};
    case ErrorKind::kAlreadyExists:
      return {"所指的对象已存在，未办理。请核对后重试。",
              "What the request would make exists already. Check it and call again."};
    case ErrorKind::kFailedPrecondition:
      return {"目前的状态不允许此操作，未办理。请联系运维。",
              "The state of things does not allow this now. Call the operator."};
    case ErrorKind::kPermissionDenied:
      return {"无权进行此操作，未办理。请联系运维。",
              "This is not allowed to the caller. Call the operator."};
    case ErrorKind::kUnauthenticated:
      return {"无法确认操作人的身份，未办理。请出示有效的令牌或证书。",
              "It is not known who calls. Show a token or certificate that is in force."};
    case ErrorKind::kOutOfRange:
      return {"请求的内容超出范围，未办理。请改正后重试。",
              "The request goes beyond what there is. Correct it and call again."};
    case ErrorKind::kUnimplemented:
      return {"服务器不支持此操作。请联系运维升级。",
              "This server does not know the call. Call the operator about an upgrade."};
    case ErrorKind::kResourceExhausted:
      return {"服务器资源不足，暂不能办理。请稍后重试；多次不成请联系运维。",
              "The server has no room for this now. Try again later, and call the operator when "
              "that does not help."};
    case ErrorKind::kUnavailable:
      return {"服务暂时不可用。请稍后重试；多次不成请联系运维。",
              "The service cannot answer now. Try again later, and call the operator when that "
              "does not help."};
    case ErrorKind::kAborted:
      return {"操作中断，可能已办理。请用同一请求号重试。",
              "The call was broken off and may have been done. Ask again with the same request "
              "id."};
    case ErrorKind::kCancelled:
      return {"调用已取消，可能已办理。请用同一请求号重试。",
              "The call was cancelled and may have been done. Ask again with the same request id."};
    case ErrorKind::kDeadlineExceeded:
      return {"已超过时限，可能已办理。请用同一请求号重试。",
              "The deadline passed; it may have been done. Ask again with the same request id."};
    case ErrorKind::kDataLoss:
      return {"服务器上的数据损坏或无法读取。请联系运维。",
              "Data of the server is damaged or cannot be read. Call the operator."};
    case ErrorKind::kInternal:
      return {"服务器内部出错。请联系运维。", "The server failed within. Call the operator."};
  }
  LM_ASSERT(false, "error kind {} has no sentence", static_cast<int>(kind));
  return {};
}

// Both texts of an error, whatever it was given.
std::pair<std::string, std::string> texts_of(const Error& error) {
  const auto or_generic = [&](const std::string& text, std::string_view instead) {
    return text.empty() ? fmt::format("{} [{}]", instead, error.reason) : text;
  };
  const auto words = generic(error.kind);
  return {or_generic(error.message_zh, words.zh), or_generic(error.message_en, words.en)};
}

void add_text(google::rpc::Status* out, const char* locale, const std::string& text) {
  google::rpc::LocalizedMessage message;
  message.set_locale(locale);
  message.set_message(text);
  out->add_details()->PackFrom(message);
}

// UNKNOWN, which no kind has, is taken for an error within.
ErrorKind kind_of(int code) {
  for (int i = 0; i < static_cast<int>(ErrorKind::kInternal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (static_cast<int>(code_of(kind)) == code) return kind;
  }
  return ErrorKind::kInternal;
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
  const auto [zh, en] = texts_of(error);
  out.set_message(cut(both_languages(zh, en)));

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
  add_text(&out, "zh-CN", zh);
  add_text(&out, "en", en);
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
  const auto kind = kind_of(status.code);
  out = to_rpc_status(make_error(kind, std::string(to_string(kind)), status.message));
  out.set_code(status.code);
  return out;
}

grpc::Status to_grpc(const Error& error) {
  const auto status = to_rpc_status(error);
  return grpc::Status(code_of(error.kind), status.message(), status.SerializeAsString());
}

grpc::Status to_grpc(const WireStatus& status) {
  const auto code = static_cast<grpc::StatusCode>(status.code);
  if (code == grpc::StatusCode::OK) return grpc::Status::OK;
  if (!status.details.empty()) return grpc::Status(code, status.message, status.details);
  const auto told = to_rpc_status(status);
  return grpc::Status(code, told.message(), told.SerializeAsString());
}

}  // namespace lianmeng::rpc
