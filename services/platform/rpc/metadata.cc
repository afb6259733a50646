#include "platform/rpc/metadata.h"

#include <algorithm>
#include <charconv>

#include "platform/base/reason.h"
#include "platform/base/trace.h"
#include "platform/rpc/reasons.h"

namespace lianmeng::rpc {
namespace {

// What goes back to the caller of what it sent.
constexpr std::size_t kEchoMax = 100;

Result<std::int64_t> read_number(std::string_view name, std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end || number < 0) {
    return fail(
        to_error(refuse(kMetadataMalformed, {{"name", std::string(name)},
                                             {"given", std::string(text.substr(0, kEchoMax))}})));
  }
  return number;
}

}  // namespace

Result<Caller> read_metadata(const RawMetadata& raw, const std::optional<Actor>& stand_in,
                             Random& random) {
  Caller caller;
  if (!raw.actor.empty()) {
    auto actor = parse_actor(raw.actor);
    // Timers and policies act as the system; no caller does.
    if (!actor || actor->kind == Actor::Kind::kSystem) {
      return fail(to_error(
          refuse(kActorMalformed, {{"given", std::string(raw.actor.substr(0, kEchoMax))}})));
    }
    caller.actor = std::move(*actor);
  } else if (stand_in) {
    caller.actor = *stand_in;
  } else {
    return fail(to_error(refuse(kActorMissing)));
  }
  if (!raw.attempt.empty()) {
    const auto attempt = read_number(kAttemptKey, raw.attempt);
    if (!attempt) return fail(attempt.error());
    caller.repeat = *attempt > 1;
  }
  if (!raw.staleness.empty()) {
    const auto staleness = read_number(kStalenessKey, raw.staleness);
    if (!staleness) return fail(staleness.error());
    caller.staleness = Duration(*staleness);
  }
  if (!raw.hops.empty()) {
    const auto hops = read_number(kHopsKey, raw.hops);
    if (!hops) return fail(hops.error());
    caller.hops = static_cast<int>(std::min<std::int64_t>(*hops, kHopsMax));
  }
  caller.traceparent = child_traceparent(raw.traceparent, random);
  return caller;
}

}  // namespace lianmeng::rpc
