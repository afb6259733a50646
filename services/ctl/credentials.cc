#include "ctl/credentials.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "ctl/text.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

Result<std::string> read_file(const char* flag, const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  if (!in || in.bad()) {
    const std::string why = std::strerror(errno);
    return fail(usage_error(fmt::format("--{}：读不了 {}（{}）", flag, path, why),
                            fmt::format("--{}: cannot read {} ({})", flag, path, why)));
  }
  return bytes.str();
}

bool is_this_machine(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in_addr v4{};
  in6_addr v6{};
  return host == "localhost" ||
         (inet_pton(AF_INET, host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127) ||
         (inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6));
}

}  // namespace

Result<std::shared_ptr<grpc::ChannelCredentials>> open_channel_credentials(
    const Credentials& credentials) {
  if (credentials.cert_file.empty() != credentials.key_file.empty()) {
    return fail(usage_error("--cert-file 与 --key-file 要一起给出",
                            "--cert-file and --key-file belong together"));
  }
  if (credentials.ca_file.empty()) {
    if (!credentials.cert_file.empty()) {
      return fail(usage_error("--cert-file 只用于 TLS；请用 --ca-file 指明由谁为服务器作证",
                              "--cert-file is for TLS; say with --ca-file who vouches for the "
                              "server"));
    }
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  if (credentials.ca_file != "system") {
    auto roots = read_file("ca-file", credentials.ca_file);
    if (!roots) return fail(std::move(roots).error());
    options.pem_root_certs = std::move(*roots);
  }
  if (!credentials.cert_file.empty()) {
    auto certificate = read_file("cert-file", credentials.cert_file);
    if (!certificate) return fail(std::move(certificate).error());
    auto key = read_file("key-file", credentials.key_file);
    if (!key) return fail(std::move(key).error());
    options.pem_cert_chain = std::move(*certificate);
    options.pem_private_key = std::move(*key);
  }
  return grpc::SslCredentials(options);
}

Result<std::string> read_token(const Credentials& credentials, const std::string& address) {
  if (credentials.token_file.empty()) return std::string();
  if (credentials.ca_file.empty() && !is_this_machine(address)) {
    return fail(usage_error(
        fmt::format("令牌不能明文发往 {}；请用 --ca-file 启用 TLS", address),
        fmt::format("a token is not sent to {} in the clear; --ca-file turns TLS on", address)));
  }
  auto token = read_file("token-file", credentials.token_file);
  if (!token) return fail(std::move(token).error());
  const auto text = std::string(trim(*token));
  // gRPC ends the process on metadata that it may not send.
  const bool sound =
      !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return c > 32 && c < 127; });
  if (!sound) {
    return fail(
        usage_error(fmt::format("--token-file：{} 中不是令牌", credentials.token_file),
                    fmt::format("--token-file: {} holds no token", credentials.token_file)));
  }
  return text;
}

}  // namespace lianmeng::ctl
