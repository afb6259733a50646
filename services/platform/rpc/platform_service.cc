#include "platform/rpc/platform_service.h"

#include <grpcpp/server_context.h>
#include <unistd.h>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/rpc/incoming.h"
#include "platform/rpc/reasons.h"
#include "platform/rpc/status.h"

namespace lianmeng::rpc {
namespace {

namespace v1 = platform::v1;

class PlatformService final : public v1::PlatformService::CallbackService {
 public:
  PlatformService(const Environment& environment, PlatformHooks hooks)
      : environment_(environment), hooks_(std::move(hooks)) {}

  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context, const v1::PingRequest*,
                                 v1::PingResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context, const v1::GetInfoRequest*,
                                    v1::GetInfoResponse* response) override {
    auto* reactor = context->DefaultReactor();
    if (const auto status = may_look(*context); !status) {
      reactor->Finish(to_grpc(status.error()));
      return reactor;
    }
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

  // It tells of files and errors, which is nobody's business who is neither.
  Status may_look(const grpc::CallbackServerContext& context) const {
    if (environment_.check_peer(context)) return {};
    if (auto caller = read_caller(environment_, context, std::nullopt); !caller) {
      return fail(std::move(caller).error());
    }
    return {};
  }

  // Nobody stands in for the operator: the call names one, or it is refused.
  grpc::ServerUnaryReactor* operate(grpc::CallbackServerContext* context,
                                    const std::function<void()>& what) const {
    auto* reactor = context->DefaultReactor();
    const auto caller = read_caller(environment_, *context, std::nullopt);
    if (!caller && environment_.trust.tokens != nullptr) {
      reactor->Finish(to_grpc(caller.error()));
      return reactor;
    }
    if (!caller || caller->actor.kind != Actor::Kind::kOperator) {
      reactor->Finish(to_grpc(to_error(refuse(kOperatorOnly))));
      return reactor;
    }
    what();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const Environment& environment_;
  const PlatformHooks hooks_;
};

}  // namespace

Binding make_platform_service(const Environment& environment, PlatformHooks hooks) {
  return {v1::PlatformService::service_full_name(),
          std::make_shared<PlatformService>(environment, std::move(hooks))};
}

}  // namespace lianmeng::rpc
