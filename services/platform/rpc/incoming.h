// A call's metadata, read off its context.
#pragma once

#include <grpcpp/server_context.h>

#include <optional>

#include "platform/rpc/metadata.h"
#include "platform/rpc/server.h"

namespace lianmeng::rpc {

// As long as the call.
RawMetadata raw_metadata(const grpc::CallbackServerContext& context);

// Who calls, believed as the environment believes callers.
Result<Caller> read_caller(const Environment& environment,
                           const grpc::CallbackServerContext& context,
                           const std::optional<Actor>& stand_in);

}  // namespace lianmeng::rpc
