// Tokens as tests need them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/time.h"
#include "platform/identity/jose.h"

namespace lianmeng::identity {

inline std::int64_t seconds_of(Time time) { return time.time_since_epoch().count() / 1000; }

// Of "https://id.test" for "lianmeng", good for an hour.
inline nlohmann::json test_claims(const std::string& subject, Time now) {
  return {{"iss", "https://id.test"},
          {"aud", "lianmeng"},
          {"sub", subject},
          {"iat", seconds_of(now)},
          {"exp", seconds_of(now) + 3600}};
}

inline std::string sign(const Key& key, const nlohmann::json& claims) {
  auto token = key.sign(claims.dump());
  LM_ASSERT(token, "{}", token.error().message_en);
  return *token;
}

inline Key make_key(Algorithm algorithm) {
  auto key = Key::make(algorithm);
  LM_ASSERT(key, "{}", key.error().message_en);
  return *key;
}

inline std::string key_set_of(const std::vector<Key>& keys) {
  nlohmann::json out{{"keys", nlohmann::json::array()}};
  for (const auto& key : keys) out["keys"].push_back(nlohmann::json::parse(key.to_json(false)));
  return out.dump();
}

}  // namespace lianmeng::identity
