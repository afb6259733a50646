// The server's certificate, its key and the authorities of callers: files that are followed.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng::rpc {

// All files are PEM.
struct TlsConfig {
  std::filesystem::path certificate_file = {};  // The server's, with what leads to its authority.
  std::filesystem::path key_file = {};
  // Whose certificates of callers are taken, and who vouches for the other pods.
  std::filesystem::path ca_file = {};
  bool require_client_certificate = false;
  Duration look{1'000};  // How often the files are looked at.

  bool on() const { return !certificate_file.empty() || !key_file.empty(); }
};

// Of one moment, read together and found to fit.
struct CertificateSet {
  std::string certificate;
  std::string key;
  std::string authorities;         // Empty: callers' certificates are not asked for.
  std::vector<std::string> names;  // Of the server: those of kind DNS.
  Time expires;
};

// Threads: any. Lifetime: borrows the clock.
// Promise: files that do not fit, cannot be read or have expired change nothing: what was in force
// stays so. Certificate and key may therefore be renewed one after the other.
class Certificates {
 public:
  // Hears once of each change: what is in force, or (a warning) why it is not.
  using Tell = std::function<void(bool warning, const std::string& text)>;

  // Errors TLS_INCOMPLETE, TLS_UNREADABLE, TLS_KEY_OTHER (the key is not the certificate's),
  // TLS_EXPIRED: a sentence with the file in it.
  static Result<std::shared_ptr<Certificates>> open(TlsConfig config, Clock& clock, Tell tell);

  // What is in force, after a look at the files if the last one is `look` ago.
  std::shared_ptr<const CertificateSet> current();
  void look_now();
  const TlsConfig& config() const { return config_; }

 private:
  Certificates(TlsConfig config, Clock& clock, Tell tell)
      : config_(std::move(config)), clock_(clock), tell_(std::move(tell)) {}

  void look_locked();

  const TlsConfig config_;
  Clock& clock_;
  const Tell tell_;
  std::mutex mutex_;
  std::shared_ptr<const CertificateSet> current_;  // Guarded by mutex_, as the rest.
  SteadyTime looked_;
  std::string told_;  // The last warning.
};

}  // namespace lianmeng::rpc
