// ThreadSanitizer sees a race of ours on the threads of libraries that were built without it, and
// takes no handing over by these for a race. Without library_locks.cc it is blind to the one or
// reports the other.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lianmeng/platform/v1/platform_service.grpc.pb.h"

namespace lianmeng {
namespace {

constexpr int kFoundRace = 66;  // ThreadSanitizer's own exit code.
constexpr const char* kPlanted = "SUMMARY: ThreadSanitizer: data race [^\n]* in [^\n]*add_unlocked";

[[gnu::noinline]] void add_unlocked(int* to) { ++*to; }

// Two threads come here before one goes on; it orders nothing between them.
class Meeting {
 public:
  void wait() {
    arrived_.fetch_add(1, std::memory_order_relaxed);
    while (arrived_.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
  }

 private:
  std::atomic<int> arrived_{0};
};

class Planted : public ::testing::Test {
 protected:
  Planted() {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    // A report of a planted race is for this test alone, not for whoever gathers them.
    const char* given = std::getenv("TSAN_OPTIONS");
    const auto options = std::string(given != nullptr ? given : "") + ":log_path=stderr";
    ::setenv("TSAN_OPTIONS", options.c_str(), 1);
  }
};

using OnCall = std::function<void()>;
using platform::v1::PingRequest;
using platform::v1::PingResponse;
using platform::v1::PlatformService;

class Service : public PlatformService::CallbackService {
 public:
  explicit Service(OnCall on_call) : on_call_(std::move(on_call)) {}
  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context, const PingRequest*,
                                 PingResponse*) override {
    on_call_();
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const OnCall on_call_;
};

// What a caller keeps for its call: written before it, read and changed by the callback, without a
// lock, and read again behind the promise.
struct Kept {
  std::string text = "before";
  grpc::ClientContext context;
  PingRequest request;
  PingResponse response;
  std::promise<bool> done;
};

void call(PlatformService::Stub& stub) {
  Kept kept;
  stub.async()->Ping(&kept.context, &kept.request, &kept.response,
                     [&kept](const grpc::Status& status) {
                       kept.text += " and after";
                       kept.done.set_value(status.ok() && kept.text == "before and after");
                     });
  ASSERT_TRUE(kept.done.get_future().get());
}

// A server and so many clients, each on a connection and a thread of its own.
void serve(int clients, int calls, OnCall on_call) {
  Service service(std::move(on_call));
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([=] {
      grpc::ChannelArguments arguments;
      arguments.SetInt("planted.client", client);  // Shares no connection.
      const auto stub = PlatformService::NewStub(grpc::CreateCustomChannel(
          "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
      for (int i = 0; i < calls; ++i) call(*stub);
    });
  }
  for (auto& thread : threads) thread.join();
  server->Shutdown();
}

TEST_F(Planted, ARaceOfTwoCallsIsFound) {
  EXPECT_EXIT(
      {
        Meeting meeting;
        int planted = 0;
        serve(2, 1, [&] {
          meeting.wait();
          add_unlocked(&planted);
        });
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(kFoundRace), kPlanted);
}

TEST_F(Planted, CallsThatHandOverAndLockAreNoRace) {
  EXPECT_EXIT(
      {
        std::mutex mutex;
        int counted = 0;
        serve(4, 200, [&] {
          const std::lock_guard lock(mutex);
          ++counted;
        });
        std::_Exit(counted == 800 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

// librdkafka tells what it does on the thread that asks and on those of its own.
void log_from_threads(void (*on_line)(const rd_kafka_t*, int, const char*, const char*)) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> error{};
  ASSERT_EQ(rd_kafka_conf_set(conf, "debug", "all", error.data(), error.size()), RD_KAFKA_CONF_OK);
  ASSERT_EQ(rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", error.data(), error.size()),
            RD_KAFKA_CONF_OK);
  rd_kafka_conf_set_log_cb(conf, on_line);
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
  ASSERT_NE(producer, nullptr) << error.data();
  rd_kafka_destroy(producer);
}

int g_lines = 0;
std::mutex g_mutex;
Meeting g_meeting;
thread_local bool g_met = false;

TEST_F(Planted, ARaceOnTheThreadsOfLibrdkafkaIsFound) {
  EXPECT_EXIT(
      {
        log_from_threads([](const rd_kafka_t*, int, const char*, const char*) {
          if (!std::exchange(g_met, true)) g_meeting.wait();
          add_unlocked(&g_lines);
        });
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(kFoundRace), kPlanted);
}

TEST_F(Planted, ThreadsOfLibrdkafkaThatLockAreNoRace) {
  EXPECT_EXIT(
      {
        log_from_threads([](const rd_kafka_t*, int, const char*, const char*) {
          const std::lock_guard lock(g_mutex);
          ++g_lines;
        });
        std::_Exit(g_lines > 0 ? 0 : 1);  // By rd_kafka_destroy() all its threads have ended.
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lianmeng
