#include "dispatch/host/part.h"

#include "dispatch/fold.h"
#include "dispatch/rpc/service.h"

namespace lianmeng::dispatch {
namespace {

class DispatchPart final : public process::Part {
 public:
  explicit DispatchPart(std::shared_ptr<process::Keys> keys) : keys_(std::move(keys)) {}

  const runtime::Fold& fold() const override { return dispatch_fold(); }
  bool seals() const override { return true; }
  Status open(const process::Config& config) override { return keys_->open(config); }
  rpc::Binding start(runtime::Runtime&, rpc::Environment& environment) override {
    return make_dispatch_service(environment, keys_->sealer());
  }

 private:
  const std::shared_ptr<process::Keys> keys_;
};

}  // namespace

std::unique_ptr<process::Part> make_dispatch_part(std::shared_ptr<process::Keys> keys) {
  return std::make_unique<DispatchPart>(std::move(keys));
}

}  // namespace lianmeng::dispatch
