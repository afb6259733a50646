#include "ctl/local/token_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "ctl/caller.h"
#include "ctl/local/report.h"
#include "ctl/times.h"
#include "ctl/values.h"
#include "platform/base/ids.h"
#include "platform/identity/jose.h"
#include "platform/identity/key_set.h"
#include "platform/identity/token.h"

namespace lianmeng::ctl {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

tl::unexpected<Error> not_written(const fs::path& path) {
  return fail(ErrorKind::kFailedPrecondition, "FILE_NOT_WRITTEN",
              fmt::format("{} cannot be written ({}). Name another file.", path.string(),
                          std::strerror(errno)));
}

// A new file that its owner alone reads; one that is there is left alone.
Status write_secret(const fs::path& path, const std::string& bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return not_written(path);
  const auto written = ::write(file, bytes.data(), bytes.size());
  if (::close(file) != 0 || written != static_cast<ssize_t>(bytes.size())) return not_written(path);
  return {};
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Adds the public key to the set in `path`, so that a server follows: the old one is taken out by
// hand, once its last token has expired.
Status publish(const fs::path& path, const identity::Key& key) {
  json set{{"keys", json::array()}};
  if (const auto there = read_file(path)) {
    if (const auto parsed = identity::KeySet::parse(*there); !parsed) {
      return fail(ErrorKind::kFailedPrecondition, parsed.error().reason,
                  fmt::format("{} is no set of keys: {}. Name another file.", path.string(),
                              parsed.error().message_en));
    }
    set = json::parse(*there);
  }
  set["keys"].push_back(json::parse(key.to_json(false)));
  const auto beside = path.string() + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << set.dump(2) << "\n";
    if (!out.flush()) return not_written(beside);
  }
  std::error_code error;
  fs::rename(beside, path, error);
  if (error) return not_written(path);
  return {};
}

int make_key(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto file = flag_or(parsed, "key", "");
  const auto keys = flag_or(parsed, "keys", "");
  const auto algorithm = identity::parse_algorithm(flag_or(parsed, "alg", "ES256"));
  if (file.empty() || keys.empty() || !algorithm) {
    return report_local(
        usage_error("请用 --key 指明新密钥文件，用 --keys 指明公钥文件；--alg 为 ES256 或 RS256",
                    "name the new key's file with --key and the public keys' with --keys; --alg is "
                    "ES256 or RS256"),
        options, environment);
  }
  const auto key = identity::Key::make(*algorithm);
  if (!key) return report_local(key.error(), options, environment);
  if (auto status = write_secret(file, key->to_json(true) + "\n"); !status) {
    return report_local(status.error(), options, environment);
  }
  if (auto status = publish(keys, *key); !status) {
    return report_local(status.error(), options, environment);
  }
  Facts facts;
  facts.add("kid", key->id());
  facts.add("key", file);
  facts.add("keys", keys);
  facts.print(options, environment);
  return kExitOk;
}

int issue(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto missing = [&](std::string_view name) {
    return report_local(usage_error(fmt::format("token issue 需要 --{}", name),
                                    fmt::format("token issue needs --{}", name)),
                        options, environment);
  };
  for (const auto* name : {"key", "sub", "issuer", "audience"}) {
    if (flag_or(parsed, name, "").empty()) return missing(name);
  }
  const auto file = flag_or(parsed, "key", "");
  const auto text = read_file(file);
  const auto key = text ? identity::Key::parse(*text)
                        : Result<identity::Key>(fail(ErrorKind::kInvalidArgument, "KEY_MALFORMED",
                                                     "it cannot be read"));
  if (!key || !key->is_private()) {
    return report_local(
        make_error(ErrorKind::kInvalidArgument, "KEY_MALFORMED",
                   fmt::format("{} is no private key: {}. `lianmengctl token key` makes one.", file,
                               key ? "it is public" : key.error().message_en)),
        options, environment);
  }
  const auto lifetime = parse_duration(flag_or(parsed, "lifetime", "8h"));
  if (!lifetime) return report_local(lifetime.error(), options, environment);
  auto subject = full_actor(flag_or(parsed, "sub", ""));
  if (!subject) return report_local(subject.error(), options, environment);
  identity::TokenClaims claims{.issuer = flag_or(parsed, "issuer", ""),
                               .audience = flag_or(parsed, "audience", ""),
                               .subject = *subject,
                               .acting = {},
                               .issued = environment.clock.now(),
                               .lifetime = *lifetime};
  if (const auto act = flag_or(parsed, "act", ""); !act.empty()) {
    auto acting = full_actor(act);
    if (!acting) return report_local(acting.error(), options, environment);
    claims.acting = *acting;
  }
  const auto token = identity::issue_token(*key, claims);
  if (!token) return report_local(token.error(), options, environment);
  environment.out << *token << "\n";
  return kExitOk;
}

}  // namespace

int run_token(const Parsed& parsed, const Options& options, const Environment& environment) {
  const auto& verb = parsed.positional.front();
  if (verb == "key") return make_key(parsed, options, environment);
  if (verb == "issue") return issue(parsed, options, environment);
  return report_local(usage_error("token 之后应为 key 或 issue", "token takes key or issue"),
                      options, environment);
}

}  // namespace lianmeng::ctl
