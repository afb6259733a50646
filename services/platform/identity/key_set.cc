#include "platform/identity/key_set.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lianmeng::identity {
namespace {

using nlohmann::json;

Error malformed(std::string text) {
  return make_error(ErrorKind::kInvalidArgument, "KEYS_MALFORMED", std::move(text));
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Whether a key says of itself that it is not for the signatures that are taken here.
bool is_for_others(const json& key) {
  const auto use = text_of(key, "use");
  const auto algorithm = text_of(key, "alg");
  return (!use.empty() && use != "sig") || (!algorithm.empty() && !parse_algorithm(algorithm));
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view text) {
  if (text.size() > kKeySetBytesMax) {
    return fail(malformed(
        fmt::format("it has {} bytes; at most {} are read", text.size(), kKeySetBytesMax)));
  }
  const auto whole = json::parse(text, nullptr, false);
  if (!whole.is_object() || !whole.contains("keys") || !whole["keys"].is_array()) {
    return fail(malformed("it is no JSON object with a list \"keys\""));
  }
  if (whole["keys"].size() > kKeysMax) {
    return fail(malformed(
        fmt::format("it has {} keys; at most {} are read", whole["keys"].size(), kKeysMax)));
  }
  KeySet set;
  for (std::size_t i = 0; i < whole["keys"].size(); ++i) {
    const auto& each = whole["keys"][i];
    if (!each.is_object()) return fail(malformed(fmt::format("keys[{}] is no object", i)));
    const auto kind = text_of(each, "kty");
    if ((kind != "RSA" && kind != "EC") || is_for_others(each)) continue;
    if (kind == "EC" && text_of(each, "crv") != "P-256") continue;
    if (each.contains("d")) {
      return fail(ErrorKind::kInvalidArgument, "KEYS_PRIVATE",
                  fmt::format("keys[{}] is a private key. Publish public keys only, and replace "
                              "that one: whoever read it can sign as anybody",
                              i));
    }
    auto key = Key::parse(each.dump());
    if (!key && key.error().reason == "KEY_UNFIT") continue;
    if (!key) return fail(malformed(fmt::format("keys[{}]: {}", i, key.error().message_en)));
    if (text_of(each, "alg").empty() || text_of(each, "alg") == to_string(key->algorithm())) {
      set.keys_.push_back(std::move(*key));
    }
  }
  if (set.keys_.empty()) {
    return fail(ErrorKind::kInvalidArgument, "KEYS_NONE",
                "it has no key for RS256 (RSA of 2048 to 8192 bits) or ES256 (EC on P-256)");
  }
  return set;
}

const Key* KeySet::find(std::string_view id, Algorithm algorithm) const {
  const Key* only = nullptr;
  for (const auto& key : keys_) {
    if (key.algorithm() != algorithm) continue;
    if (!id.empty() && key.id() == id) return &key;
    if (id.empty() && only != nullptr) return nullptr;
    if (id.empty()) only = &key;
  }
  return only;
}

}  // namespace lianmeng::identity
