#include "platform/rpc/platform_service.h"

#include <grpcpp/server_context.h>
#include <unistd.h>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/rpc/metadata.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"

namespace lianmeng::rpc {
namespace {

namespace v1 = platform::v1;

class PlatformService final : public v1::PlatformService::CallbackService {
 public:
  explicit PlatformService(PlatformHooks hooks) : hooks_(std::move(hooks)) {}

  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context, const v1::PingRequest*,
                                 v1::PingResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context, const v1::GetInfoRequest*,
                                    v1::GetInfoResponse* response) override {
    const auto info = hooks_.info();
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
    response->set_state(to_proto(info.state));
    response->set_waiting(info.waiting);
    response->set_unflushed(info.unflushed);
    response->set_pid(::getpid());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context, const v1::DrainRequest*,
                                  v1::DrainResponse*) override {
    return operate(context, [this] { hooks_.drain(true); });
  }

  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context, const v1::ResumeRequest*,
                                   v1::ResumeResponse*) override {
    return operate(context, [this] { hooks_.drain(false); });
  }

  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context, const v1::StopRequest*,
                                 v1::StopResponse* response) override {
    response->set_pid(::getpid());
    return operate(context, hooks_.stop);
  }

 private:
  static v1::ServerState to_proto(ServerState state) {
    switch (state) {
      case ServerState::kServing:
        return v1::SERVER_STATE_SERVING;
      case ServerState::kDraining:
        return v1::SERVER_STATE_DRAINING;
      case ServerState::kDrained:
        return v1::SERVER_STATE_DRAINED;
      case ServerState::kStopping:
        return v1::SERVER_STATE_STOPPING;
    }
    return v1::SERVER_STATE_UNSPECIFIED;
  }

  // Nobody stands in for the operator: the call names one, or it is refused.
  static grpc::ServerUnaryReactor* operate(grpc::CallbackServerContext* context,
                                           const std::function<void()>& what) {
    auto* reactor = context->DefaultReactor();
    const auto& metadata = context->client_metadata();
    const auto named = metadata.find({kActorKey.data(), kActorKey.size()});
    const auto actor = named == metadata.end()
                           ? Result<Actor>(fail(to_error(refuse(kActorMissing))))
                           : parse_actor({named->second.data(), named->second.size()});
    if (!actor || actor->kind != Actor::Kind::kOperator) {
      reactor->Finish(to_grpc(to_error(refuse(kOperatorOnly))));
      return reactor;
    }
    what();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const PlatformHooks hooks_;
};

}  // namespace

Binding make_platform_service(PlatformHooks hooks) {
  return {v1::PlatformService::service_full_name(),
          std::make_shared<PlatformService>(std::move(hooks))};
}

}  // namespace lianmeng::rpc
