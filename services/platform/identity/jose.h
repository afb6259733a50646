// Keys and signatures of JSON Web Tokens (RFC 7515, 7517, 7518): the two algorithms that are taken.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/error.h"

namespace lianmeng::identity {

enum class Algorithm { kRs256, kEs256 };

// "RS256", "ES256".
std::string_view to_string(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view text);

// A JWK: RSA of at least 2048 bits, whose algorithm is RS256, or EC on P-256, whose is ES256. The
// key says which algorithm its signatures are of; no token does. Immutable: copies share it, and
// any thread may use them.
class Key {
 public:
  // Error KEY_MALFORMED, or KEY_UNFIT for one that is sound and of another kind.
  static Result<Key> parse(const std::string& jwk);
  // A new pair, named by its thumbprint (RFC 7638).
  static Result<Key> make(Algorithm algorithm);

  const std::string& id() const;  // `kid`; may be empty.
  Algorithm algorithm() const;
  bool is_private() const;
  // As a JWK, with the private part or without.
  std::string to_json(bool with_private) const;

  // The payload of a token in compact form whose signature is this key's; nothing otherwise.
  std::optional<std::string> open(const std::string& token) const;
  // A token in compact form. Of a private key.
  Result<std::string> sign(const std::string& payload) const;

 private:
  struct Impl;
  explicit Key(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace lianmeng::identity
