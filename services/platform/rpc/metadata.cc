#include "platform/rpc/metadata.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "platform/base/reason.h"
#include "platform/base/trace.h"
#include "platform/identity/reasons.h"
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

Result<Actor> read_actor(std::string_view text) {
  auto actor = parse_actor(text);
  // Timers and policies act as the system; no caller does.
  if (!actor || actor->kind == Actor::Kind::kSystem) {
    return fail(
        to_error(refuse(kActorMalformed, {{"given", std::string(text.substr(0, kEchoMax))}})));
  }
  return actor;
}

// "Bearer abc" is "abc"; the scheme's case does not count (RFC 9110, 11.1).
std::string_view read_bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(authorization[i])) != kScheme[i]) return {};
  }
  return authorization.substr(kScheme.size());
}

// Who the token says it is.
Status read_token(const RawMetadata& raw, identity::TokenCheck& tokens, Caller& caller) {
  const auto token = read_bearer(raw.authorization);
  if (token.empty()) return fail(to_error(refuse(identity::kTokenMissing)));
  auto bearer = tokens.check(token);
  if (!bearer) return fail(std::move(bearer).error());
  caller.actor = std::move(bearer->actor);
  caller.until = bearer->until;
  if (raw.actor.empty()) return {};
  auto named = read_actor(raw.actor);
  if (!named) return fail(std::move(named).error());
  if (caller.actor.on_behalf_of.empty()) caller.actor.on_behalf_of = named->on_behalf_of;
  if (*named != caller.actor) {
    return fail(to_error(refuse(
        kActorNotOfToken, {{"given", to_string(*named)}, {"actor", to_string(caller.actor)}})));
  }
  return {};
}

}  // namespace

Result<Caller> read_metadata(const RawMetadata& raw, const std::optional<Actor>& stand_in,
                             Random& random, identity::TokenCheck* tokens) {
  Caller caller;
  if (tokens != nullptr) {
    if (auto status = read_token(raw, *tokens, caller); !status) {
      return fail(std::move(status).error());
    }
  } else if (!raw.actor.empty()) {
    auto actor = read_actor(raw.actor);
    if (!actor) return fail(std::move(actor).error());
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
