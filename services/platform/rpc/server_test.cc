#include "platform/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.
using ::testing::HasSubstr;

TEST_F(ServerTest, AStopAnswersWhatWasTaken) {
  auto answer = add(note());
  const auto command = host_.commands.take();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  accept(command);
  EXPECT_TRUE(answer.get().status.ok());
  stopped.get();
}

// As when the log does not say what became of a record: only the host's own end answers then.
TEST_F(ServerTest, AStopDoesNotWaitForEverForWhatTheHostDoesNotAnswer) {
  config_.stop_max = Duration(50);
  start(std::nullopt);
  auto answer = add(note());
  const auto command = host_.commands.take();
  EXPECT_FALSE(server_->stop_taking());
  EXPECT_FALSE(answer.get().status.ok());
  accept(command);
  server_->stop();
}

// grpc.health.v1 and reflection speak protos that Debian ships no C++ for; asked in raw bytes.
TEST_F(ServerTest, HealthIsKeptForEachService) {
  const std::string name = v1::NoteService::service_full_name();
  const auto check = [&]() -> int {
    grpc::ByteBuffer response;
    const std::string request = std::string("\x0a") + static_cast<char>(name.size()) + name;
    const grpc::Slice slice(request);
    grpc::ByteBuffer bytes(&slice, 1);
    grpc::ClientContext context;
    grpc::GenericStub stub(channel_);
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &bytes, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    const auto status = done.get_future().get();
    if (!status.ok()) return -static_cast<int>(status.error_code());
    std::vector<grpc::Slice> slices;
    response.Dump(&slices);
    return slices.at(0).begin()[1];
  };
  EXPECT_EQ(check(), 2);  // NOT_SERVING
  server_->set_serving(true);
  EXPECT_EQ(check(), 1);  // SERVING
  server_->set_serving(name, false);
  EXPECT_EQ(check(), 2);
}

TEST_F(ServerTest, ListensOnLoopbackOnly) {
  for (const auto* listen : {"0.0.0.0:0", "[::]:0", "192.168.7.1:50051"}) {
    const auto server = GrpcServer::start({.listen = listen}, *environment_, {});
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().reason, "LISTEN_NOT_LOOPBACK");
    EXPECT_THAT(server.error().message_en, HasSubstr(listen));
  }
}

TEST_F(ServerTest, ATakenPortIsToldWithTheRemedy) {
  const auto second = GrpcServer::start({.listen = "127.0.0.1:" + std::to_string(server_->port())},
                                        *environment_, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "LISTEN_FAILED");
  EXPECT_THAT(second.error().message_en, HasSubstr("another process has the port"));
}

}  // namespace
}  // namespace lianmeng::rpc
