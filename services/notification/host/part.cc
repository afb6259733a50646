#include "notification/host/part.h"

#include "notification/fold.h"
#include "notification/rpc/notification_service.h"

namespace lianmeng::notification {
namespace {

class NotificationPart final : public process::Part {
 public:
  const runtime::Fold& fold() const override { return notification_fold(); }
  rpc::Binding start(runtime::Runtime&, rpc::Environment& environment) override {
    return make_notification_service(environment);
  }
};

}  // namespace

std::unique_ptr<process::Part> make_notification_part() {
  return std::make_unique<NotificationPart>();
}

}  // namespace lianmeng::notification
