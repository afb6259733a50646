#include "platform/rpc/incoming.h"

namespace lianmeng::rpc {

RawMetadata raw_metadata(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto find = [&](std::string_view key) -> std::string_view {
    const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
    if (found == metadata.end()) return {};
    return {found->second.data(), found->second.size()};
  };
  return {.actor = find(kActorKey),
          .attempt = find(kAttemptKey),
          .staleness = find(kStalenessKey),
          .traceparent = find(kTraceparentKey),
          .hops = find(kHopsKey),
          .authorization = find(kAuthorizationKey)};
}

Result<Caller> read_caller(const Environment& environment,
                           const grpc::CallbackServerContext& context,
                           const std::optional<Actor>& stand_in) {
  static thread_local SystemRandom random;
  auto caller = read_metadata(raw_metadata(context), stand_in, random, environment.trust.tokens);
  // Only a pod hands calls on: whoever else says so would have a standby decide what is not its
  // own.
  if (caller && caller->hops > 0 && !environment.check_peer(context)) caller->hops = 0;
  return caller;
}

}  // namespace lianmeng::rpc
