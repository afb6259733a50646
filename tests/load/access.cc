#include "load/access.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "platform/base/time.h"
#include "platform/identity/jose.h"
#include "platform/identity/token.h"

namespace lianmeng::load {
namespace {

constexpr Duration kLifetime{24 * 3'600'000};

[[noreturn]] void give_up(const std::string& path, const Error& error) {
  throw std::runtime_error(fmt::format("{}: {}", path, error.message_en));
}

}  // namespace

struct Tokens::Signer {
  std::string path;
  identity::Key key;
  std::string issuer;
  std::string audience;
};

Tokens::Tokens(const Access& access)
    : signer_([&] {
        auto key = identity::Key::parse(read_file(access.token_key));
        if (!key) give_up(access.token_key, key.error());
        return new Signer{access.token_key, std::move(*key), access.issuer, access.audience};
      }()) {}

Tokens::~Tokens() = default;

const std::string& Tokens::of(const std::string& actor) {
  const auto subject = actor.substr(0, actor.find(';'));
  auto& bearer = signed_[subject];
  if (!bearer.empty()) return bearer;
  const auto token = identity::issue_token(signer_->key, {.issuer = signer_->issuer,
                                                          .audience = signer_->audience,
                                                          .subject = subject,
                                                          .acting = {},
                                                          .issued = SystemClock().now(),
                                                          .lifetime = kLifetime});
  if (!token) give_up(signer_->path, token.error());
  bearer = "Bearer " + *token;
  return bearer;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read", path));
  return bytes;
}

}  // namespace lianmeng::load
