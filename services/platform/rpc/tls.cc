#include "platform/rpc/tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_context.h>

#include <algorithm>

namespace lianmeng::rpc {
namespace {

// gRPC's C++ has no credentials that ask for the certificate at each connection; its core has. What
// C++ offers (FileWatcherCertificateProvider, 1.51) takes a certificate and a key that do not fit,
// and then refuses each connection until they do.
class AskedCredentials final : public grpc::ServerCredentials {
 public:
  explicit AskedCredentials(Certificates& certificates) : certificates_(certificates) {}

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    const auto& config = certificates_.config();
    const auto request = config.ca_file.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                         : config.require_client_certificate
                             ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                             : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
    auto* const credentials = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(request, fetch, this));
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  static grpc_ssl_certificate_config_reload_status fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<AskedCredentials*>(self)->fetch(config);
  }
  grpc_ssl_certificate_config_reload_status fetch(grpc_ssl_server_certificate_config** config) {
    auto set = certificates_.current();
    const std::lock_guard lock(mutex_);
    if (set == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{set->key.c_str(), set->certificate.c_str()};
    // gRPC 1.51 asserts that there are authorities, also where it asks callers for no certificate
    // and so uses none.
    const auto& authorities = set->authorities.empty() ? set->certificate : set->authorities;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    given_ = std::move(set);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  Certificates& certificates_;
  std::mutex mutex_;
  std::shared_ptr<const CertificateSet> given_;  // Guarded by mutex_.
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> server_credentials(Certificates& certificates) {
  return std::make_shared<AskedCredentials>(certificates);
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsConfig& config) {
  const auto look = std::chrono::duration_cast<std::chrono::seconds>(config.look).count();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          config.key_file.string(), config.certificate_file.string(), config.ca_file.string(),
          static_cast<unsigned>(std::max<std::int64_t>(1, look))));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

std::vector<std::string> certificate_names(const grpc::CallbackServerContext& context) {
  std::vector<std::string> names;
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return names;
  for (const auto* kind : {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_IP_PROPERTY_NAME}) {
    for (const auto& name : auth->FindPropertyValues(kind)) {
      names.emplace_back(name.data(), name.size());
    }
  }
  return names;
}

}  // namespace lianmeng::rpc
