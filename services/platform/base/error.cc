#include "platform/base/error.h"

#include <array>

#include "platform/base/assert.h"

namespace lianmeng {
namespace {

struct KindRow {
  ErrorKind kind;
  ErrorClass error_class;
  std::string_view name;
};

constexpr std::array kKinds{
    KindRow{ErrorKind::kInvalidArgument, ErrorClass::kRejected, "INVALID_ARGUMENT"},
    KindRow{ErrorKind::kNotFound, ErrorClass::kRejected, "NOT_FOUND"},
    KindRow{ErrorKind::kAlreadyExists, ErrorClass::kRejected, "ALREADY_EXISTS"},
    KindRow{ErrorKind::kFailedPrecondition, ErrorClass::kRejected, "FAILED_PRECONDITION"},
    KindRow{ErrorKind::kPermissionDenied, ErrorClass::kRejected, "PERMISSION_DENIED"},
    KindRow{ErrorKind::kUnauthenticated, ErrorClass::kRejected, "UNAUTHENTICATED"},
    KindRow{ErrorKind::kOutOfRange, ErrorClass::kRejected, "OUT_OF_RANGE"},
    KindRow{ErrorKind::kUnimplemented, ErrorClass::kRejected, "UNIMPLEMENTED"},
    KindRow{ErrorKind::kResourceExhausted, ErrorClass::kRetriable, "RESOURCE_EXHAUSTED"},
    KindRow{ErrorKind::kUnavailable, ErrorClass::kRetriable, "UNAVAILABLE"},
    KindRow{ErrorKind::kAborted, ErrorClass::kAbort, "ABORTED"},
    KindRow{ErrorKind::kCancelled, ErrorClass::kAbort, "CANCELLED"},
    KindRow{ErrorKind::kDeadlineExceeded, ErrorClass::kAbort, "DEADLINE_EXCEEDED"},
    KindRow{ErrorKind::kDataLoss, ErrorClass::kFatal, "DATA_LOSS"},
    KindRow{ErrorKind::kInternal, ErrorClass::kFatal, "INTERNAL"},
};

const KindRow& row_of(ErrorKind kind) {
  for (const auto& row : kKinds) {
    if (row.kind == kind) return row;
  }
  LM_ASSERT(false, "error kind {} has no row", static_cast<int>(kind));
  return kKinds.front();
}

}  // namespace

ErrorClass error_class(ErrorKind kind) { return row_of(kind).error_class; }
std::string_view to_string(ErrorKind kind) { return row_of(kind).name; }

Error make_error(ErrorKind kind, std::string reason, std::string message_en) {
  Error error;
  error.kind = kind;
  error.reason = std::move(reason);
  error.message_en = std::move(message_en);
  return error;
}

}  // namespace lianmeng
