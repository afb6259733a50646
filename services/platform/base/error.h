// Errors of the whole platform: one type, one table of kinds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace lianmeng {

// What a caller can do about an error.
enum class ErrorClass {
  kRejected,   // The request is wrong or a rule says no: repeating it changes nothing.
  kRetriable,  // Nothing is wrong with the request: try the same again later.
  kAbort,  // This attempt is over (cancelled, out of time, lost a race): its fate may be unknown.
  kFatal,  // Data or program are damaged: somebody must look.
};

// The kinds of errors. rpc/status.cc maps each one to its gRPC code; error_class() to its class.
enum class ErrorKind {
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kFailedPrecondition,
  kPermissionDenied,
  kUnauthenticated,
  kOutOfRange,
  kUnimplemented,
  kResourceExhausted,
  kUnavailable,
  kAborted,
  kCancelled,
  kDeadlineExceeded,
  kDataLoss,
  kInternal,
};

ErrorClass error_class(ErrorKind kind);
std::string_view to_string(ErrorKind kind);

// One field of a request that is wrong. `field` is its path as the proto names it.
struct FieldViolation {
  std::string field;
  std::string description_zh;
  std::string description_en;
};

// `reason` is UPPER_SNAKE_CASE and API; the texts are for people and say what happened, to what,
// and what to do.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string reason;
  std::string message_zh;
  std::string message_en;
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> violations;

  ErrorClass error_class() const { return lianmeng::error_class(kind); }
};

// English only, for operators; rpc/status.h adds Chinese by kind where it reaches a caller.
Error make_error(ErrorKind kind, std::string reason, std::string message_en);

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(ErrorKind kind, std::string reason, std::string message_en) {
  return fail(make_error(kind, std::move(reason), std::move(message_en)));
}

}  // namespace lianmeng
