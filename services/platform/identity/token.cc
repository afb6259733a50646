#include "platform/identity/token.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "platform/identity/reasons.h"

namespace lianmeng::identity {
namespace {

using nlohmann::json;

// What goes back to the caller of what it sent.
constexpr std::size_t kEchoMax = 100;
// The year 9999: the last that can be written.
constexpr double kSecondsMax = 253'402'300'799.0;

tl::unexpected<Error> refused(const Reason& reason,
                              std::map<std::string, std::string> params = {}) {
  return fail(to_error(refuse(reason, std::move(params))));
}

tl::unexpected<Error> malformed(std::string zh, std::string en) {
  return refused(kTokenMalformed, {{"why", std::move(zh)}, {"why_en", std::move(en)}});
}

// Cut between characters, so that the error can be told at all.
std::string echo(std::string text) {
  if (text.size() <= kEchoMax) return text;
  auto end = kEchoMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

std::optional<std::string> text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// A NumericDate: seconds, which may have a fraction.
std::optional<Time> time_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kSecondsMax)) return std::nullopt;
  return Time(Duration(static_cast<std::int64_t>(seconds * 1000)));
}

struct Head {
  Algorithm algorithm;
  std::string key;
};

Result<Head> read_head(std::string_view token) {
  if (token.size() > kTokenBytesMax) {
    return malformed(fmt::format("超过 {} 字节", kTokenBytesMax),
                     fmt::format("it has more than {} bytes", kTokenBytesMax));
  }
  if (std::ranges::count(token, '.') != 2) {
    return malformed("不是三段的 JWT", "it is no JWT of three parts");
  }
  std::string decoded;
  json head;
  if (absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.find('.')), &decoded)) {
    head = json::parse(decoded, nullptr, false);
  }
  if (!head.is_object()) return malformed("头部不是 JSON", "its header is no JSON");
  const auto name = text_of(head, "alg").value_or("");
  const auto algorithm = parse_algorithm(name);
  if (!algorithm) return refused(kTokenAlgorithm, {{"given", echo(name)}});
  // RFC 7515, 4.1.11: what is critical must be understood, and nothing of it is.
  if (head.contains("crit")) {
    return malformed("头部含有 crit 扩展", "its header has critical extensions");
  }
  return Head{*algorithm, text_of(head, "kid").value_or("")};
}

std::optional<std::vector<std::string>> audiences_of(const json& claims) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return std::vector<std::string>{};
  if (found->is_string()) return std::vector{found->get<std::string>()};
  if (!found->is_array()) return std::nullopt;
  std::vector<std::string> audiences;
  for (const auto& each : *found) {
    if (!each.is_string()) return std::nullopt;
    audiences.push_back(each.get<std::string>());
  }
  return audiences;
}

// `sub` is who acts; with `act` it is the person on whose behalf `act.sub` does (RFC 8693, 4.1).
Result<Actor> actor_of(const TokenRules& rules, const json& claims) {
  const auto subject = text_of(claims, "sub").value_or("");
  const auto is_plain = [](const Result<Actor>& actor) {
    return actor && actor->on_behalf_of.empty() && actor->kind != Actor::Kind::kSystem;
  };
  auto actor = parse_actor(subject);
  if (!is_plain(actor)) return refused(kTokenSubject, {{"given", echo(subject)}});
  if (const auto act = claims.find("act"); act != claims.end()) {
    const auto name = act->is_object() ? text_of(*act, "sub").value_or("") : "";
    auto acting = parse_actor(name);
    if (!is_plain(acting)) return refused(kTokenSubject, {{"given", echo("act: " + name)}});
    // Nobody acts for a system or for the operator, and one hand is enough.
    if (!actor->is_person() || act->contains("act")) {
      return refused(kTokenSubject, {{"given", echo(subject + ", act: " + name)}});
    }
    acting->on_behalf_of = actor->id;
    actor = std::move(acting);
  }
  if (actor->kind == Actor::Kind::kOperator &&
      std::ranges::find(rules.operators, actor->id) == rules.operators.end()) {
    return refused(kTokenOperator, {{"given", echo(actor->id)}});
  }
  return actor;
}

}  // namespace

Result<Bearer> verify_token(const TokenRules& rules, const KeySet& keys, const std::string& token,
                            Time now) {
  const auto head = read_head(token);
  if (!head) return fail(head.error());
  const auto* key = keys.find(head->key, head->algorithm);
  if (key == nullptr) return refused(kTokenKeyUnknown, {{"key", echo(head->key)}});
  const auto payload = key->open(token);
  if (!payload) return refused(kTokenSignature, {{"key", echo(key->id())}});
  const auto claims = json::parse(*payload, nullptr, false);
  if (!claims.is_object()) return malformed("内容不是 JSON", "its claims are no JSON");

  const auto issuer = text_of(claims, "iss").value_or("");
  if (issuer != rules.issuer) {
    return refused(kTokenIssuer, {{"given", echo(issuer)}, {"wanted", rules.issuer}});
  }
  const auto audiences = audiences_of(claims);
  if (!audiences) return malformed("aud 不是文字", "its aud is no text");
  if (std::ranges::find(*audiences, rules.audience) == audiences->end()) {
    return refused(kTokenAudience, {{"given", echo(fmt::format("{}", fmt::join(*audiences, ", ")))},
                                    {"wanted", rules.audience}});
  }
  const auto expires = time_of(claims, "exp");
  if (!expires) return malformed("没有到期时间 exp", "it has no time exp at which it expires");
  if (now >= *expires + rules.leeway) {
    return refused(kTokenExpired, {{"time", to_rfc3339(*expires)}});
  }
  for (const auto* name : {"nbf", "iat"}) {
    if (!claims.contains(name)) continue;
    const auto from = time_of(claims, name);
    if (!from) {
      return malformed(fmt::format("{} 不是时间", name), fmt::format("its {} is no time", name));
    }
    if (now + rules.leeway < *from) {
      return refused(kTokenNotYetValid, {{"time", to_rfc3339(*from)}});
    }
  }
  auto actor = actor_of(rules, claims);
  if (!actor) return fail(std::move(actor).error());
  return Bearer{std::move(*actor), *expires + rules.leeway};
}

Result<std::string> issue_token(const Key& key, const TokenClaims& claims) {
  const auto seconds = [](auto time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
  };
  const auto issued = seconds(claims.issued.time_since_epoch());
  json out{{"iss", claims.issuer},
           {"aud", claims.audience},
           {"sub", claims.subject},
           {"iat", issued},
           {"exp", issued + seconds(claims.lifetime)}};
  if (!claims.acting.empty()) out["act"] = {{"sub", claims.acting}};
  return key.sign(out.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace lianmeng::identity
