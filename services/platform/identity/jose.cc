#include "platform/identity/jose.h"

#include <absl/strings/escaping.h>
#include <cjose/cjose.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "platform/base/assert.h"
#include "platform/base/released_by.h"

namespace lianmeng::identity {
namespace {

using nlohmann::json;

constexpr std::size_t kRsaBitsMin = 2048;
constexpr std::size_t kRsaBitsMax = 8192;  // A larger one is a way to keep a server busy.

using Jwk = std::unique_ptr<cjose_jwk_t, ReleasedBy<cjose_jwk_release>>;
using Jws = std::unique_ptr<cjose_jws_t, ReleasedBy<cjose_jws_release>>;
using Header = std::unique_ptr<cjose_header_t, ReleasedBy<cjose_header_release>>;
using Text = std::unique_ptr<char, ReleasedBy<std::free>>;

// cjose's own words are for its developers; the code says enough.
Error key_error(std::string_view reason, std::string text) {
  return make_error(ErrorKind::kInvalidArgument, std::string(reason), std::move(text));
}

// Without padding, as RFC 7515 has it. libcjose 0.6.2 ends the process on some of what is not
// (base64.c: an assertion; found by the fuzz target key_set), so nothing else reaches it.
bool is_base64url(std::string_view text) {
  return text.size() % 4 != 1 && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

bool are_numbers_sound(const json& jwk) {
  for (const auto* name : {"n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y", "k"}) {
    const auto found = jwk.find(name);
    if (found == jwk.end()) continue;
    if (!found->is_string() || !is_base64url(found->get_ref<const std::string&>())) return false;
  }
  return true;
}

bool are_parts_sound(std::string_view token) {
  for (int part = 0; part < 3; ++part) {
    const auto dot = token.find('.');
    if ((part < 2) == (dot == std::string_view::npos)) return false;
    if (!is_base64url(token.substr(0, dot))) return false;
    token.remove_prefix(std::min(token.size(), dot == token.npos ? dot : dot + 1));
  }
  return true;
}

std::string export_json(const cjose_jwk_t* jwk, bool with_private) {
  cjose_err error;
  const Text text(cjose_jwk_to_json(jwk, with_private, &error));
  LM_ASSERT(text != nullptr, "a key cannot be written: {}", error.message);
  return text.get();
}

// The members that the key is made of, in their order and nothing else.
std::string thumbprint(const cjose_jwk_t* jwk) {
  const auto whole = json::parse(export_json(jwk, false));
  json part;
  for (const auto* name : {"crv", "e", "kty", "n", "x", "y"}) {
    if (whole.contains(name)) part[name] = whole[name];
  }
  const auto text = part.dump();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

// Odd, at least 3 and of 64 bits at most. OpenSSL verifies with any, and by an exponent of 1
// everybody signs.
bool is_exponent_sound(const json& jwk) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(jwk.value("e", ""), &bytes)) return false;
  bytes.erase(0, std::min(bytes.size(), bytes.find_first_not_of('\0')));
  if (bytes.empty() || bytes.size() > 8) return false;
  const auto last = static_cast<unsigned char>(bytes.back());
  return last % 2 == 1 && (bytes.size() > 1 || last >= 3);
}

std::optional<Algorithm> algorithm_of(const cjose_jwk_t* jwk, const json& parsed) {
  cjose_err error;
  switch (cjose_jwk_get_kty(jwk, &error)) {
    case CJOSE_JWK_KTY_RSA: {
      const auto bits = cjose_jwk_get_keysize(jwk, &error);
      if (bits < kRsaBitsMin || bits > kRsaBitsMax || !is_exponent_sound(parsed)) {
        return std::nullopt;
      }
      return Algorithm::kRs256;
    }
    case CJOSE_JWK_KTY_EC:
      if (cjose_jwk_EC_get_curve(jwk, &error) != CJOSE_JWK_EC_P_256) return std::nullopt;
      return Algorithm::kEs256;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  return algorithm == Algorithm::kRs256 ? "RS256" : "ES256";
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
  if (text == "RS256") return Algorithm::kRs256;
  if (text == "ES256") return Algorithm::kEs256;
  return std::nullopt;
}

struct Key::Impl {
  Jwk jwk;
  std::string id;
  Algorithm algorithm = Algorithm::kRs256;
  bool is_private = false;
};

Result<Key> Key::parse(const std::string& text) {
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return fail(key_error("KEY_MALFORMED", "it is no JSON object"));
  if (!are_numbers_sound(parsed)) {
    return fail(key_error("KEY_MALFORMED", "a number of it is not base64url"));
  }
  cjose_err error;
  auto impl = std::make_shared<Impl>();
  impl->jwk.reset(cjose_jwk_import(text.data(), text.size(), &error));
  if (impl->jwk == nullptr) {
    return fail(key_error("KEY_MALFORMED", "it is no JWK of RSA or EC with all of its members"));
  }
  const auto algorithm = algorithm_of(impl->jwk.get(), parsed);
  if (!algorithm) {
    return fail(key_error("KEY_UNFIT",
                          "it is neither RSA of 2048 to 8192 bits with an odd exponent from 3 on "
                          "(RS256) nor EC on P-256 (ES256)"));
  }
  impl->algorithm = *algorithm;
  impl->is_private = parsed.contains("d");
  if (const auto* id = cjose_jwk_get_kid(impl->jwk.get(), &error)) impl->id = id;
  return Key(std::move(impl));
}

Result<Key> Key::make(Algorithm algorithm) {
  cjose_err error;
  auto impl = std::make_shared<Impl>();
  impl->jwk.reset(algorithm == Algorithm::kRs256
                      ? cjose_jwk_create_RSA_random(kRsaBitsMin, nullptr, 0, &error)
                      : cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
  if (impl->jwk == nullptr) {
    return fail(ErrorKind::kInternal, "KEY_NOT_MADE", "OpenSSL made no key");
  }
  impl->id = thumbprint(impl->jwk.get());
  if (!cjose_jwk_set_kid(impl->jwk.get(), impl->id.data(), impl->id.size(), &error)) {
    return fail(ErrorKind::kInternal, "KEY_NOT_MADE", "the new key could not be named");
  }
  impl->algorithm = algorithm;
  impl->is_private = true;
  return Key(std::move(impl));
}

const std::string& Key::id() const { return impl_->id; }
Algorithm Key::algorithm() const { return impl_->algorithm; }
bool Key::is_private() const { return impl_->is_private; }

std::string Key::to_json(bool with_private) const {
  auto out = json::parse(export_json(impl_->jwk.get(), with_private));
  out["alg"] = to_string(impl_->algorithm);
  out["use"] = "sig";
  return out.dump();
}

std::optional<std::string> Key::open(const std::string& token) const {
  if (!are_parts_sound(token)) return std::nullopt;
  cjose_err error;
  const Jws jws(cjose_jws_import(token.data(), token.size(), &error));
  if (jws == nullptr) return std::nullopt;
  // cjose takes the algorithm from the token; which one may be, this key says.
  const auto* algorithm =
      cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, &error);
  if (algorithm == nullptr || algorithm != to_string(impl_->algorithm)) return std::nullopt;
  if (!cjose_jws_verify(jws.get(), impl_->jwk.get(), &error)) return std::nullopt;
  std::uint8_t* payload = nullptr;
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &error)) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(payload), size);
}

Result<std::string> Key::sign(const std::string& payload) const {
  cjose_err error;
  const Header header(cjose_header_new(&error));
  const std::string algorithm(to_string(impl_->algorithm));
  if (header == nullptr ||
      !cjose_header_set(header.get(), CJOSE_HDR_ALG, algorithm.c_str(), &error) ||
      !cjose_header_set(header.get(), "typ", "JWT", &error) ||
      (!impl_->id.empty() &&
       !cjose_header_set(header.get(), CJOSE_HDR_KID, impl_->id.c_str(), &error))) {
    return fail(ErrorKind::kInternal, "TOKEN_NOT_SIGNED", "the token's header was not made");
  }
  const Jws jws(cjose_jws_sign(impl_->jwk.get(), header.get(),
                               reinterpret_cast<const std::uint8_t*>(payload.data()),
                               payload.size(), &error));
  const char* token = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws.get(), &token, &error)) {
    return fail(ErrorKind::kInvalidArgument, "TOKEN_NOT_SIGNED",
                "the key cannot sign; it must be private");
  }
  return std::string(token);
}

}  // namespace lianmeng::identity
