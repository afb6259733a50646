#include "platform/rpc/tls.h"

#include <fmt/format.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_context.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

namespace lianmeng::rpc {
namespace {

template <auto Release>
struct Deleter {
  template <class T>
  void operator()(T* handle) const {
    Release(handle);
  }
};
using Bytes = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

tl::unexpected<Error> refused(std::string reason, std::string text) {
  ERR_clear_error();
  return fail(ErrorKind::kFailedPrecondition, std::move(reason), std::move(text));
}

// Never asks at the terminal.
int no_password(char*, int, int, void*) { return 0; }

// What is in a PEM file, read by one of OpenSSL's functions.
template <class Handle, class Read>
Result<Handle> read_pem(const std::string& option, const std::filesystem::path& path,
                        const char* what, const Read& read) {
  errno = 0;
  const Bytes in(BIO_new_file(path.c_str(), "r"));
  if (in == nullptr) {
    return refused("TLS_UNREADABLE", fmt::format("{} {} cannot be read: {}. Put it there, or name "
                                                 "another one.",
                                                 option, path.string(), std::strerror(errno)));
  }
  Handle handle(read(in.get(), nullptr, no_password, nullptr));
  if (handle == nullptr) {
    return refused("TLS_UNREADABLE",
                   fmt::format("{} {} holds no {} in PEM without a password. Put one there.",
                               option, path.string(), what));
  }
  return handle;
}

Time to_time(const ASN1_TIME* from) {
  std::tm parts{};
  ASN1_TIME_to_tm(from, &parts);
  return Time(std::chrono::seconds(timegm(&parts)));
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> out;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return out;
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> follow(const TlsConfig& config) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      config.key_file.string(), config.certificate_file.string(), config.ca_file.string(),
      static_cast<unsigned>(config.look_s));
}

}  // namespace

Result<CertificateFacts> check_tls(const TlsConfig& config, Time now) {
  if (config.certificate_file.empty() || config.key_file.empty()) {
    return refused("TLS_INCOMPLETE",
                   "tls.certificate_file and tls.key_file belong together: name both.");
  }
  if (config.require_client_certificate && config.ca_file.empty()) {
    return refused("TLS_INCOMPLETE",
                   "tls.require_client_certificate needs tls.ca_file, which says whose "
                   "certificates are taken.");
  }
  const auto certificate =
      read_pem<Certificate>("tls.certificate_file", config.certificate_file, "certificate",
                            [](auto... arguments) { return PEM_read_bio_X509(arguments...); });
  if (!certificate) return fail(certificate.error());
  const auto key =
      read_pem<PrivateKey>("tls.key_file", config.key_file, "private key",
                           [](auto... arguments) { return PEM_read_bio_PrivateKey(arguments...); });
  if (!key) return fail(key.error());
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return refused("TLS_KEY_OTHER",
                   fmt::format("tls.key_file {} is not the key of the certificate "
                               "{}. Put the two there that belong together.",
                               config.key_file.string(), config.certificate_file.string()));
  }
  if (!config.ca_file.empty()) {
    const auto authority =
        read_pem<Certificate>("tls.ca_file", config.ca_file, "certificate",
                              [](auto... arguments) { return PEM_read_bio_X509(arguments...); });
    if (!authority) return fail(authority.error());
  }
  const auto expires = to_time(X509_get0_notAfter(certificate->get()));
  if (now >= expires) {
    return refused("TLS_EXPIRED",
                   fmt::format("the certificate {} expired at {}. Put a new one "
                               "there.",
                               config.certificate_file.string(), to_rfc3339(expires)));
  }
  return CertificateFacts{names_of(certificate->get()), expires};
}

std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsConfig& config) {
  grpc::experimental::TlsServerCredentialsOptions options(follow(config));
  options.watch_identity_key_cert_pairs();
  if (!config.ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(config.require_client_certificate
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsConfig& config) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(follow(config));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

std::vector<std::string> certificate_names(const grpc::ServerContextBase& context) {
  std::vector<std::string> names;
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return names;
  for (const auto& name : auth->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
    names.emplace_back(name.data(), name.size());
  }
  return names;
}

}  // namespace lianmeng::rpc
