#include "platform/rpc/certificates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "platform/base/private_file.h"
#include "platform/base/released_by.h"

namespace lianmeng::rpc {
namespace {

using Bytes = std::unique_ptr<BIO, ReleasedBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, ReleasedBy<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, ReleasedBy<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, ReleasedBy<GENERAL_NAMES_free>>;

tl::unexpected<Error> refused(std::string reason, std::string text) {
  ERR_clear_error();
  return fail(ErrorKind::kFailedPrecondition, std::move(reason), std::move(text));
}

// Never asks at the terminal.
int no_password(char*, int, int, void*) { return 0; }

Result<std::string> read_file(const char* option, const std::filesystem::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  if (!in || in.bad()) {
    return refused("TLS_UNREADABLE",
                   fmt::format("{} {} cannot be read: {}. Put it there, or name another one.",
                               option, path.string(), std::strerror(errno)));
  }
  return bytes.str();
}

// The first of its kind in a PEM file, by one of OpenSSL's functions.
template <class Handle, class Read>
Result<Handle> parse(const char* option, const std::filesystem::path& path,
                     const std::string& bytes, const char* what, const Read& read) {
  const Bytes in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
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

// gRPC itself would take what does not fit and then refuse each connection (1.51, also with its own
// watcher of files).
Result<CertificateSet> read_set(const TlsConfig& config, Time now) {
  constexpr const char* kCertificate = "tls.certificate_file";
  constexpr const char* kKey = "tls.key_file";
  constexpr const char* kAuthorities = "tls.ca_file";
  const auto read_certificate = [](auto... arguments) { return PEM_read_bio_X509(arguments...); };
  const auto read_key = [](auto... arguments) { return PEM_read_bio_PrivateKey(arguments...); };
  CertificateSet set;
  auto bytes = read_file(kCertificate, config.certificate_file);
  if (!bytes) return fail(std::move(bytes).error());
  const auto certificate = parse<Certificate>(kCertificate, config.certificate_file, *bytes,
                                              "certificate", read_certificate);
  if (!certificate) return fail(certificate.error());
  set.certificate = std::move(*bytes);
  bytes = read_file(kKey, config.key_file);
  if (!bytes) return fail(std::move(bytes).error());
  const auto key = parse<PrivateKey>(kKey, config.key_file, *bytes, "private key", read_key);
  if (!key) return fail(key.error());
  if (const auto status =
          check_private(config.key_file, "the key (tls.key_file)", "TLS_KEY_EXPOSED");
      !status) {
    return fail(status.error());
  }
  set.key = std::move(*bytes);
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return refused("TLS_KEY_OTHER",
                   fmt::format("tls.key_file {} is not the key of the certificate {}. Put the two "
                               "there that belong together.",
                               config.key_file.string(), config.certificate_file.string()));
  }
  if (!config.ca_file.empty()) {
    bytes = read_file(kAuthorities, config.ca_file);
    if (!bytes) return fail(std::move(bytes).error());
    const auto authority =
        parse<Certificate>(kAuthorities, config.ca_file, *bytes, "certificate", read_certificate);
    if (!authority) return fail(authority.error());
    set.authorities = std::move(*bytes);
  }
  set.names = names_of(certificate->get());
  set.expires = to_time(X509_get0_notAfter(certificate->get()));
  if (now >= set.expires) {
    return refused("TLS_EXPIRED",
                   fmt::format("the certificate {} expired at {}. Put a new one "
                               "there.",
                               config.certificate_file.string(), to_rfc3339(set.expires)));
  }
  return set;
}

}  // namespace

Result<std::shared_ptr<Certificates>> Certificates::open(TlsConfig config, Clock& clock,
                                                         Tell tell) {
  if (config.certificate_file.empty() || config.key_file.empty()) {
    return refused("TLS_INCOMPLETE",
                   "tls.certificate_file and tls.key_file belong together: name both.");
  }
  if (config.require_client_certificate && config.ca_file.empty()) {
    return refused("TLS_INCOMPLETE",
                   "tls.require_client_certificate needs tls.ca_file, which says whose "
                   "certificates are taken.");
  }
  auto set = read_set(config, clock.now());
  if (!set) return fail(std::move(set).error());
  std::shared_ptr<Certificates> out(new Certificates(std::move(config), clock, std::move(tell)));
  out->current_ = std::make_shared<const CertificateSet>(std::move(*set));
  out->looked_ = clock.steady();
  return out;
}

std::shared_ptr<const CertificateSet> Certificates::current() {
  const std::lock_guard lock(mutex_);
  if (clock_.steady() - looked_ >= config_.look) look_locked();
  return current_;
}

void Certificates::look_now() {
  const std::lock_guard lock(mutex_);
  look_locked();
}

void Certificates::look_locked() {
  looked_ = clock_.steady();
  auto set = read_set(config_, clock_.now());
  if (!set) {
    if (set.error().message_en == told_) return;
    told_ = set.error().message_en;
    tell_(true, fmt::format("{} The certificate read before stays in force, until {}.", told_,
                            to_rfc3339(current_->expires)));
    return;
  }
  told_.clear();
  if (set->certificate == current_->certificate && set->key == current_->key &&
      set->authorities == current_->authorities) {
    return;
  }
  current_ = std::make_shared<const CertificateSet>(std::move(*set));
  tell_(false, fmt::format("the certificate of {} is in force, until {}",
                           fmt::join(current_->names, ", "), to_rfc3339(current_->expires)));
}

}  // namespace lianmeng::rpc
