// TLS of the server and between pods: certificates from files, followed as they change.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace grpc {
class ChannelCredentials;
class ServerContextBase;
class ServerCredentials;
}  // namespace grpc

namespace lianmeng::rpc {

// All files are PEM. Whoever renews them writes beside and renames, certificate and key in one
// folder that is renamed or linked anew; until both fit, the ones before stay in force.
struct TlsConfig {
  std::filesystem::path certificate_file = {};  // The server's, with what leads to its authority.
  std::filesystem::path key_file = {};
  // Whose certificates of callers are taken, and who vouches for the other pods.
  std::filesystem::path ca_file = {};
  bool require_client_certificate = false;
  int look_s = 1;  // How often the files are looked at.

  bool on() const { return !certificate_file.empty(); }
};

// What is in force: told at the start, and whenever it changed.
struct CertificateFacts {
  std::vector<std::string> names;  // Of the server.
  Time expires;
};

// Errors TLS_INCOMPLETE, TLS_UNREADABLE, TLS_KEY_OTHER (the key is not the certificate's),
// TLS_EXPIRED: a sentence with the file in it. gRPC itself would only refuse each connection.
Result<CertificateFacts> check_tls(const TlsConfig& config, Time now);

// Of a config that check_tls found good.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsConfig& config);
// For calls to other pods: trusts ca_file, and shows this pod's certificate.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsConfig& config);

// The names in the certificate that a caller showed and that ca_file vouches for; none without.
std::vector<std::string> certificate_names(const grpc::ServerContextBase& context);

}  // namespace lianmeng::rpc
