// Who calls, for how long, and how often: what a call says beside its message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/identity/token.h"

namespace lianmeng::rpc {

// The names in the metadata. Others are passed over.
inline constexpr std::string_view kActorKey = "lianmeng-actor";         // As parse_actor reads it.
inline constexpr std::string_view kAuthorizationKey = "authorization";  // "Bearer <token>".
inline constexpr std::string_view kAttemptKey = "lianmeng-attempt";     // 1, 2, …
inline constexpr std::string_view kStalenessKey =
    "lianmeng-staleness";                                           // Milliseconds a read may lag.
inline constexpr std::string_view kTraceparentKey = "traceparent";  // W3C Trace Context.
inline constexpr std::string_view kHopsKey = "lianmeng-hops";       // Pods that handed it on.

// With a refusal of a call that came from another pod: whether that one may ask elsewhere.
inline constexpr std::string_view kFateKey = "lianmeng-fate";
inline constexpr std::string_view kFateNotTaken = "not-taken";  // It was not decided here.
inline constexpr std::string_view kFateUnknown = "unknown";     // It may have been.

// A call that came through so many pods goes no further.
inline constexpr int kHopsMax = 2;

// As they came; empty where there was none.
struct RawMetadata {
  std::string_view actor = {};
  std::string_view attempt = {};
  std::string_view staleness = {};
  std::string_view traceparent = {};
  std::string_view hops = {};
  std::string_view authorization = {};
};

struct Caller {
  Actor actor;
  std::optional<Time> until;  // When its token ends, where one is asked for.
  bool repeat = false;        // Not the first attempt.
  std::optional<Duration> staleness;
  int hops = 0;             // At most kHopsMax.
  std::string traceparent;  // Always well formed: a child of the caller's, or a new trace.
};

// `stand_in` acts where the call names no actor. The system is nobody's to name. With `tokens` the
// token alone says who acts: the call must carry one, nobody stands in, and an actor named beside
// it must be the same, though it may say on whose behalf where the token does not.
Result<Caller> read_metadata(const RawMetadata& raw, const std::optional<Actor>& stand_in,
                             Random& random, identity::TokenCheck* tokens = nullptr);

}  // namespace lianmeng::rpc
