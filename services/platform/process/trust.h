// By what this process believes callers and is believed by other pods: its certificate, and the
// check of tokens. Both follow their files while it runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/identity/token_gate.h"
#include "platform/obs/metrics.h"
#include "platform/process/config.h"
#include "platform/process/hosts.h"
#include "platform/rpc/server.h"

namespace lianmeng::process {

// Threads: one, but for what it hands out. Lifetime: borrows clock and metrics; outlives the
// server.
class TrustFiles {
 public:
  // Errors of Certificates and TokenGate, and TRUST_INCOMPLETE for options that need others.
  static Result<std::unique_ptr<TrustFiles>> open(const Config& config, const Hosts& hosts,
                                                  Clock& clock, obs::Metrics& metrics);

  rpc::Trust trust() const { return {.tokens = gate_.get(), .peers = peers_}; }
  // Null: in the clear.
  std::shared_ptr<rpc::Certificates> certificates() const { return certificates_; }
  // For calls to other pods; null: in the clear.
  std::shared_ptr<grpc::ChannelCredentials> between_pods() const;

  // Looks at the certificate when it is time, and tells the metrics; to be called now and then.
  void look();
  // Now, and the keys of tokens too.
  void read_again();

 private:
  explicit TrustFiles(obs::Metrics& metrics);

  std::shared_ptr<rpc::Certificates> certificates_;
  std::unique_ptr<identity::TokenGate> gate_;
  std::vector<std::string> peers_;
  obs::Gauge expiry_;
  obs::Counter verified_;
  obs::Counter remembered_;
  identity::TokenGate::Counts counted_;
};

}  // namespace lianmeng::process
