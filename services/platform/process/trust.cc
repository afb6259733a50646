#include "platform/process/trust.h"

#include <fmt/format.h>

#include "platform/obs/endpoint.h"
#include "platform/obs/log.h"
#include "platform/rpc/tls.h"

namespace lianmeng::process {
namespace {

tl::unexpected<Error> incomplete(std::string text) {
  return fail(ErrorKind::kInvalidArgument, "TRUST_INCOMPLETE", std::move(text));
}

void tell(bool warning, const std::string& text) {
  obs::log(warning ? obs::Level::kWarn : obs::Level::kInfo, "trust", text);
}

Status check(const Config& config, const Hosts& hosts) {
  const auto& tls = config.tls;
  const auto& tokens = config.tokens;
  const bool with_tls = !tls.certificate_file.empty() || !tls.key_file.empty();
  const bool with_tokens = !tokens.keys_file.empty() || !tokens.keys_url.empty();
  if (!with_tls && (!tls.ca_file.empty() || tls.require_client_certificate)) {
    return incomplete(
        "tls.ca_file and tls.require_client_certificate need tls.certificate_file and "
        "tls.key_file: name those, or leave these out.");
  }
  if (with_tls && tls.ca_file.empty() && !hosts.peers.empty()) {
    return incomplete(
        "hosts.peers names other pods, which are called over TLS: tls.ca_file must say who vouches "
        "for their certificates.");
  }
  for (const auto& peer : hosts.peers) {
    const auto endpoint = obs::parse_endpoint(peer.address);
    if (with_tls || (endpoint && obs::is_loopback(*endpoint))) continue;
    return incomplete(fmt::format(
        "hosts.peers names {}, which is not this machine, and calls to it would be in the clear: "
        "set tls.certificate_file, tls.key_file and tls.ca_file.",
        peer.address));
  }
  if (with_tokens && (tokens.issuer.empty() || tokens.audience.empty())) {
    return incomplete(
        "tokens.issuer and tokens.audience say which tokens are taken: set both beside the keys.");
  }
  if (!with_tokens &&
      (!tokens.issuer.empty() || !tokens.audience.empty() || !tokens.operators.empty())) {
    return incomplete(
        "tokens.issuer, tokens.audience and tokens.operators need keys: set tokens.keys_file or "
        "tokens.keys_url, or leave these out.");
  }
  if (with_tokens && !config.rpc_default_actor.empty()) {
    return incomplete(
        "rpc.default_actor lets calls act without proof, and tokens.* asks each for a token: set "
        "one of both.");
  }
  return {};
}

}  // namespace

TrustFiles::TrustFiles(obs::Metrics& metrics) {
  expiry_ = metrics.gauge(
      "lianmeng_tls_certificate_expiry_timestamp_seconds",
      "When the server's certificate in force ends, in seconds since 1970; 0 without TLS.");
  const std::string help =
      "Tokens found good, by their signature or remembered as such. Others are refused calls.";
  verified_ = metrics.counter("lianmeng_tokens_checked_total", help, {{"by", "signature"}});
  remembered_ = metrics.counter("lianmeng_tokens_checked_total", help, {{"by", "memory"}});
}

Result<std::unique_ptr<TrustFiles>> TrustFiles::open(const Config& config, const Hosts& hosts,
                                                     Clock& clock, obs::Metrics& metrics) {
  if (auto status = check(config, hosts); !status) return fail(std::move(status).error());
  std::unique_ptr<TrustFiles> files(new TrustFiles(metrics));
  const rpc::TlsConfig tls{.certificate_file = config.tls.certificate_file,
                           .key_file = config.tls.key_file,
                           .ca_file = config.tls.ca_file,
                           .require_client_certificate = config.tls.require_client_certificate};
  if (tls.on()) {
    auto certificates = rpc::Certificates::open(tls, clock, tell);
    if (!certificates) return fail(std::move(certificates).error());
    files->certificates_ = std::move(*certificates);
  }
  const auto& tokens = config.tokens;
  if (!tokens.issuer.empty()) {
    auto gate = identity::TokenGate::open(
        {.rules = {.issuer = tokens.issuer,
                   .audience = tokens.audience,
                   .leeway = tokens.leeway,
                   .operators = tokens.operators},
         .keys = {.file = tokens.keys_file, .url = tokens.keys_url, .ca_file = tokens.keys_ca_file},
         .refresh = tokens.keys_refresh},
        clock, tell);
    if (!gate) return fail(std::move(gate).error());
    files->gate_ = std::move(*gate);
  }
  // What a pod is called at is the name that its certificate is checked for; so a pod is known by
  // it.
  for (const auto& peer : hosts.peers) {
    if (const auto endpoint = obs::parse_endpoint(peer.address)) {
      files->peers_.push_back(endpoint->host);
    }
  }
  files->look();
  return files;
}

std::shared_ptr<grpc::ChannelCredentials> TrustFiles::between_pods() const {
  if (certificates_ == nullptr || certificates_->config().ca_file.empty()) return nullptr;
  return rpc::channel_credentials(certificates_->config());
}

void TrustFiles::look() {
  if (certificates_ != nullptr) {
    const auto expires = certificates_->current()->expires;
    expiry_.set(static_cast<double>(expires.time_since_epoch().count()) / 1000);
  }
  if (gate_ != nullptr) {
    const auto counts = gate_->counts();
    verified_.add(static_cast<double>(counts.verified - counted_.verified));
    remembered_.add(static_cast<double>(counts.remembered - counted_.remembered));
    counted_ = counts;
  }
}

void TrustFiles::read_again() {
  if (certificates_ != nullptr) certificates_->look_now();
  if (gate_ != nullptr) gate_->read_again();
  look();
}

}  // namespace lianmeng::process
