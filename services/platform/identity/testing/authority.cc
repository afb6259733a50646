#include "platform/identity/testing/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>

#include "platform/base/assert.h"
#include "platform/base/released_by.h"

namespace lianmeng::identity {
namespace {

using Certificate = std::unique_ptr<X509, ReleasedBy<X509_free>>;
using KeyPair = std::unique_ptr<EVP_PKEY, ReleasedBy<EVP_PKEY_free>>;
using Bytes = std::unique_ptr<BIO, ReleasedBy<BIO_free_all>>;

template <class Write>
std::string to_pem(const Write& write) {
  const Bytes out(BIO_new(BIO_s_mem()));
  LM_ASSERT(write(out.get()) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  LM_ASSERT(extension != nullptr, "{}", value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& name, EVP_PKEY* key, int days) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400L * days);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

}  // namespace

struct TestAuthority::Impl {
  KeyPair key{EVP_EC_gen("P-256")};
  Certificate certificate;
  std::string pem;
};

TestAuthority::TestAuthority(const std::string& name) : impl_(std::make_unique<Impl>()) {
  impl_->certificate = make(name, impl_->key.get(), 30);
  auto* own = impl_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  LM_ASSERT(X509_sign(own, impl_->key.get(), EVP_sha256()) > 0);
  impl_->pem = to_pem([&](BIO* out) { return PEM_write_bio_X509(out, own); });
}
TestAuthority::~TestAuthority() = default;

const std::string& TestAuthority::certificate() const { return impl_->pem; }

Issued TestAuthority::issue(const std::vector<std::string>& names, int days) const {
  const KeyPair key(EVP_EC_gen("P-256"));
  const auto certificate = make(names.front().substr(names.front().find(':') + 1), key.get(), days);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(impl_->certificate.get()));
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
  extend(certificate.get(), impl_->certificate.get(), NID_subject_alt_name, all);
  extend(certificate.get(), impl_->certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  LM_ASSERT(X509_sign(certificate.get(), impl_->key.get(), EVP_sha256()) > 0);
  return {to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }),
          to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

TestFolder::TestFolder() {
  auto name = (std::filesystem::temp_directory_path() / "lianmeng-XXXXXX").string();
  LM_ASSERT(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TestFolder::write(const std::string& name, const std::string& bytes) const {
  const auto path = path_ / name;
  const auto beside = path_ / (name + ".new");
  {
    std::ofstream out(beside, std::ios::binary);
    out << bytes;
    LM_ASSERT(out.good());
  }
  std::filesystem::permissions(beside, std::filesystem::perms(0600));
  std::filesystem::rename(beside, path);
  return path;
}

}  // namespace lianmeng::identity
