#include "platform/rpc/platform_service.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"
#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

TEST_F(ServerTest, PingAndGetInfoNeedNoActor) {
  const auto stub = platform::v1::PlatformService::NewStub(channel_);
  platform::v1::PingResponse pong;
  grpc::ClientContext ping;
  EXPECT_TRUE(stub->Ping(&ping, {}, &pong).ok());
  platform::v1::GetInfoResponse info;
  grpc::ClientContext context;
  ASSERT_TRUE(stub->GetInfo(&context, {}, &info).ok());
  EXPECT_EQ(info.version(), "1.2.3");
  EXPECT_FALSE(info.ready());
  ASSERT_EQ(info.services_size(), 1);
  EXPECT_EQ(info.services(0).partitions(0).state(), "replaying");
}

TEST_F(ServerTest, OnlyTheOperatorDrainsResumesAndStops) {
  // Nobody stands in for the operator, not even a default actor.
  start(Actor{Actor::Kind::kOperator, "root", ""});
  const auto stub = platform::v1::PlatformService::NewStub(channel_);
  const auto ask = [&](const std::string& actor) {
    const auto with = [&](grpc::ClientContext& context) -> grpc::ClientContext* {
      if (!actor.empty()) context.AddMetadata("lianmeng-actor", actor);
      return &context;
    };
    grpc::ClientContext one, two, three;
    platform::v1::DrainResponse drained;
    platform::v1::ResumeResponse resumed;
    platform::v1::StopResponse stopped;
    return std::vector{stub->Drain(with(one), {}, &drained).error_code(),
                       stub->Resume(with(two), {}, &resumed).error_code(),
                       stub->Stop(with(three), {}, &stopped).error_code()};
  };
  using grpc::StatusCode;
  const std::vector refused(3, StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ask(""), refused);
  EXPECT_EQ(ask("person:610524-p3"), refused);
  EXPECT_EQ(ask("county-system:tax"), refused);
  EXPECT_EQ(ask("nobody"), refused);
  EXPECT_TRUE(heard().empty());
  EXPECT_EQ(ask("operator:root"), std::vector(3, StatusCode::OK));
  EXPECT_EQ(heard(), (std::vector<std::string>{"drain", "resume", "stop"}));
}

}  // namespace
}  // namespace lianmeng::rpc
