// A server of notes and its client in this process, before a host that the test answers for: what
// the tests of calls and of the server begin with.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/rpc/platform_service.h"
#include "platform/rpc/server.h"
#include "platform/rpc/testdata/notes.h"

namespace lianmeng::rpc::testing {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : state_(nothing_) { state_.put("notes/1", "hello"); }
  ~ServerTest() override {
    if (server_) server_->stop();
  }

  void SetUp() override { start(std::nullopt); }

  void start(std::optional<Actor> default_actor) {
    if (server_) server_->stop();
    environment_ = std::make_unique<Environment>(host_, clock_, metrics_, std::move(default_actor));
    auto started = GrpcServer::start(
        config_, *environment_,
        {{v1::NoteService::service_full_name(), std::make_shared<NoteService>(*environment_)},
         make_platform_service(*environment_,
                               {.info =
                                    [] {
                                      return ServerInfo{"1.2.3",
                                                        {"notes/7: replaying"},
                                                        {{"notes", {{7, "replaying", 5, ""}}}}};
                                    },
                                .drain = [this](bool on) { hear(on ? "drain" : "resume"); },
                                .stop = [this] { hear("stop"); }})});
    ASSERT_TRUE(started) << started.error().message_en;
    server_ = std::move(*started);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::NoteService::NewStub(channel_);
  }

  static void as_person(grpc::ClientContext& context) {
    context.AddMetadata("lianmeng-actor", "person:610524-p3");
  }

  v1::AddNoteRequest note(const std::string& text = "hello") {
    v1::AddNoteRequest request;
    request.set_county("610524");
    request.set_text(text);
    return request;
  }

  // Calls from another thread, so that the test can answer for the host.
  std::future<Answer<v1::AddNoteResponse>> add(
      v1::AddNoteRequest request, std::function<void(grpc::ClientContext&)> prepare = as_person) {
    return std::async(std::launch::async, [this, request, prepare] {
      grpc::ClientContext context;
      prepare(context);
      Answer<v1::AddNoteResponse> answer;
      answer.status = stub_->AddNote(&context, request, &answer.response);
      return answer;
    });
  }

  void accept(const runtime::Command& command, std::uint64_t sequence = 901) {
    runtime::Accepted accepted;
    accepted.place = {"notes", 7, sequence};
    accepted.subject = "notes/1";
    accepted.validated = command.validate_only;
    command.done({accepted, &state_});
  }

  void hear(std::string what) {
    const std::lock_guard lock(heard_mutex_);
    heard_.push_back(std::move(what));
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(heard_mutex_);
    return heard_;
  }

  std::string metric(const std::string& line) {
    const auto text = metrics_.text();
    const auto at = text.find(line + " ");
    if (at == text.npos) return "";
    const auto value = at + line.size() + 1;
    return text.substr(value, text.find('\n', value) - value);
  }

  ServerConfig config_{.listen = "127.0.0.1:0", .stop_max = Duration(2000)};
  SystemClock clock_;
  obs::Metrics metrics_;
  FakeHost host_;
  state::EmptyView nothing_;
  state::Layer state_;
  std::mutex heard_mutex_;
  std::vector<std::string> heard_;  // What the platform service was asked, on gRPC's threads.
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::NoteService::Stub> stub_;
};

}  // namespace lianmeng::rpc::testing
