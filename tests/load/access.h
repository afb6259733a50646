// How servers are spoken with that ask for TLS and tokens. gRPC's own types stay in client.cc.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace lianmeng::load {

struct Access {
  std::string ca_file;    // PEM: who vouches for the servers; empty: in the clear.
  std::string token_key;  // A private key as `lianmengctl token key` makes it; empty: no tokens.
  std::string issuer;     // What its tokens say of themselves: `iss`…
  std::string audience;   // …and `aud`.
};

// The tokens of everybody in whose name there are calls, a hundred people and more: each is signed
// once, when it is first asked for, and is good for a day.
// Threads: one.
class Tokens {
 public:
  // Throws std::runtime_error when the key cannot be used.
  explicit Tokens(const Access& access);
  ~Tokens();

  // "Bearer …" of `actor` ("person:440229-p3", and on whose behalf, which a token need not say).
  const std::string& of(const std::string& actor);

 private:
  struct Signer;
  const std::unique_ptr<Signer> signer_;
  std::map<std::string, std::string> signed_;
};

// Throws std::runtime_error.
std::string read_file(const std::string& path);

}  // namespace lianmeng::load
