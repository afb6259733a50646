#include "membership/host/part.h"

#include <optional>

#include "membership/erasure/eraser.h"
#include "membership/fold.h"
#include "membership/rpc/service.h"
#include "platform/obs/log.h"
#include "platform/obs/metrics.h"

namespace lianmeng::membership {
namespace {

class MembershipPart final : public process::Part {
 public:
  explicit MembershipPart(std::shared_ptr<process::Keys> keys) : keys_(std::move(keys)) {}

  const runtime::Fold& fold() const override { return membership_fold(); }
  bool seals() const override { return true; }

  Status open(const process::Config& config) override { return keys_->open(config); }

  rpc::Binding start(runtime::Runtime& runtime, rpc::Environment& environment) override {
    eraser_.emplace(
        keys_->store(),
        [&runtime](const Eraser::Look& look) {
          runtime.inspect("membership", [&](int partition, const runtime::Partition& of) {
            look(partition, of.tip().sequence, of.view());
          });
        },
        [](const Error& error) {
          obs::log(obs::Level::kError, "seal",
                   "keys of erased persons cannot be deleted: " + error.message_en);
        });
    environment.metrics.gauge_read("lianmeng_membership_erasures_pending",
                                   "Erased persons whose keys are still to be deleted.", {},
                                   [this] { return static_cast<double>(eraser_->pending()); });
    eraser_->start();
    return make_membership_service(environment, keys_->sealer(), *eraser_);
  }

  void stop() override { eraser_->stop(); }

 private:
  const std::shared_ptr<process::Keys> keys_;
  std::optional<Eraser> eraser_;
};

}  // namespace

std::unique_ptr<process::Part> make_membership_part(std::shared_ptr<process::Keys> keys) {
  return std::make_unique<MembershipPart>(std::move(keys));
}

}  // namespace lianmeng::membership
