// Errors on their way out: the one table from ErrorKind to gRPC, with google.rpc details.
#pragma once

#include <grpcpp/support/status.h>

#include "google/rpc/status.pb.h"
#include "platform/base/error.h"
#include "platform/rpc/wire_status.h"

namespace lianmeng::rpc {

grpc::StatusCode code_of(ErrorKind kind);

// "zh / en", or the one that there is.
std::string both_languages(std::string_view zh, std::string_view en);

// The details, in this order, those that apply: ErrorInfo (reason, domain "lianmeng", metadata),
// BadRequest (the fields), LocalizedMessage zh-CN and en, RetryInfo (for what is retriable). An
// error that lacks one of the languages gets a sentence by its kind, which names the reason.
google::rpc::Status to_rpc_status(const Error& error);
// Of another host: its details when it gave some; without them it is gRPC that speaks, in English,
// and the sentences by kind stand with its code.
google::rpc::Status to_rpc_status(const WireStatus& status);

// The same in `grpc-status-details-bin`.
grpc::Status to_grpc(const Error& error);
grpc::Status to_grpc(const WireStatus& status);

}  // namespace lianmeng::rpc
