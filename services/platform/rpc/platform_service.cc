#include "platform/rpc/platform_service.h"

#include <grpcpp/server_context.h>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"

namespace lianmeng::rpc {
namespace {

namespace v1 = platform::v1;

class PlatformService final : public v1::PlatformService::CallbackService {
 public:
  explicit PlatformService(std::function<ServerInfo()> info) : info_(std::move(info)) {}

  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context, const v1::PingRequest*,
                                 v1::PingResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context, const v1::GetInfoRequest*,
                                    v1::GetInfoResponse* response) override {
    const auto info = info_();
    response->set_version(info.version);
    response->set_ready(info.not_ready_reasons.empty());
    for (const auto& reason : info.not_ready_reasons) response->add_not_ready_reasons(reason);
    for (const auto& service : info.services) {
      auto* out = response->add_services();
      out->set_name(service.name);
      for (const auto& partition : service.partitions) {
        auto* row = out->add_partitions();
        row->set_partition(partition.partition);
        row->set_state(partition.state);
        row->set_sequence(partition.sequence);
        row->set_error(partition.error);
      }
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const std::function<ServerInfo()> info_;
};

}  // namespace

Binding make_platform_service(std::function<ServerInfo()> info) {
  return {v1::PlatformService::service_full_name(),
          std::make_shared<PlatformService>(std::move(info))};
}

}  // namespace lianmeng::rpc
