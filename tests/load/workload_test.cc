#include "load/workload.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"

namespace lianmeng::load {
namespace {

using std::chrono::milliseconds;

// Answers so many calls, and then no more.
class StallingServer final : public platform::v1::PlatformService::Service {
 public:
  explicit StallingServer(int answers) : left_(answers) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~StallingServer() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    server_->Shutdown(std::chrono::system_clock::now());
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  grpc::Status Ping(grpc::ServerContext*, const platform::v1::PingRequest*,
                    platform::v1::PingResponse*) override {
    std::unique_lock lock(mutex_);
    if (left_ > 0) {
      --left_;
      return grpc::Status::OK;
    }
    changed_.wait(lock, [&] { return over_; });
    return grpc::Status::CANCELLED;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
  bool over_ = false;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

WorkloadConfig open_loop(const StallingServer& server) {
  WorkloadConfig config;
  config.addresses = server.address();
  config.mode = Mode::kPing;
  config.in_flight = 8;
  config.channels = 1;
  config.rate = 400;
  config.duration = milliseconds(500);
  config.timeout = milliseconds(1'000);
  return config;
}

TEST(OpenLoop, AServerThatStallsIsChargedForAllThatWasDue) {
  const StallingServer server(20);
  const auto result = run(open_loop(server));
  EXPECT_LE(result.calls, 20u);
  EXPECT_LE(result.unanswered, 8u);  // All that may be out, until their deadline.
  EXPECT_GT(result.unsent, 50u);     // Of some 200 that were due.
  EXPECT_EQ(result.due, result.calls + result.unanswered + result.unsent);
  EXPECT_EQ(result.latency.count(), result.due);
  // Most of it waited for nothing until the end.
  EXPECT_GE(result.latency.quantile(0.5), milliseconds(100));
}

TEST(OpenLoop, WhatWasDueInTheWarmUpIsNotMeasured) {
  const StallingServer server(20);
  auto config = open_loop(server);
  config.warm_up = milliseconds(500);
  const auto result = run(config);
  EXPECT_EQ(result.unanswered, 0u);  // Those that are out were due before.
  EXPECT_GT(result.unsent, 50u);
  EXPECT_EQ(result.latency.count(), result.due);
}

}  // namespace
}  // namespace lianmeng::load
