#include "dispatch/host/part.h"

#include "dispatch/fold.h"
#include "dispatch/rpc/service.h"

namespace lianmeng::dispatch {
namespace {

class DispatchPart final : public process::Part {
 public:
  const runtime::Fold& fold() const override { return dispatch_fold(); }
  rpc::Binding start(runtime::Runtime&, rpc::Environment& environment) override {
    return make_dispatch_service(environment);
  }
};

}  // namespace

std::unique_ptr<process::Part> make_dispatch_part() { return std::make_unique<DispatchPart>(); }

}  // namespace lianmeng::dispatch
