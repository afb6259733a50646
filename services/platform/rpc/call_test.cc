#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.
using ::testing::HasSubstr;

TEST_F(ServerTest, WhatIsWrongAtTheEdgeNeverReachesTheHost) {
  EXPECT_EQ(add(note(), [](grpc::ClientContext&) {}).get().reason(), "ACTOR_MISSING");
  EXPECT_EQ(add(note("unsealable")).get().reason(), "KEYS_UNAVAILABLE");
  auto request = note();
  request.set_county("");
  EXPECT_EQ(add(request).get().reason(), "INVALID_FIELD");
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, AFieldBeyondItsLimitIsNamedWithTheLimit) {
  auto request = note(std::string(101, 'x'));
  request.mutable_author()->set_id("no id");
  const auto answer = add(request).get();
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(answer.reason(), "INVALID_FIELD");
  EXPECT_THAT(answer.status.error_message(), HasSubstr("至多100字，收到101字"));
  EXPECT_THAT(answer.status.error_message(), HasSubstr("at most 100 characters; 101 were given"));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(answer.status.error_details()));
  google::rpc::BadRequest bad;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "text");
  EXPECT_EQ(bad.field_violations(1).field(), "author.id");
  EXPECT_TRUE(host_.commands.empty());
}

// Bytes that no generated client would send.
TEST_F(ServerTest, BytesThatAreNoRequestAreRefusedInWords) {
  grpc::GenericStub stub(channel_);
  const auto call = [&](const std::string& method, const std::string& bytes) {
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    as_person(context);
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/lianmeng.rpctest.v1.NoteService/" + method, grpc::StubOptions(),
                   &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  };
  auto request = note("\x01\x01\x01");
  auto bytes = request.SerializeAsString();
  bytes.replace(bytes.find("\x01\x01\x01"), 3, "\xed\xa0\x80");  // Half of a surrogate pair.
  auto status = call("AddNote", bytes);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("text"));
  EXPECT_THAT(status.error_message(), HasSubstr("not UTF-8"));
  status = call("GetNote", "\xff\xff\xff\xff");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  status = call("ExecuteCommands", "\x0a\xff\xff\xff\xff\x7f");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, AnOversizedRequestIsRefusedBeforeItIsParsed) {
  config_.request_bytes_max = 16 * 1024;
  start(std::nullopt);
  const auto got = add(note(std::string(17 * 1024, 'x'))).get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(ServerTest, TheDefaultActorStandsInWhereACallNamesNone) {
  start(Actor{Actor::Kind::kPerson, "610524-p1", ""});
  auto answer = add(note(), [](grpc::ClientContext&) {});
  const auto command = host_.commands.take();
  EXPECT_EQ(command.actor.id, "610524-p1");
  accept(command);
  EXPECT_TRUE(answer.get().status.ok());
}

TEST_F(ServerTest, WithoutADeadlineACallHasTenSeconds) {
  const auto before = clock_.steady();
  auto answer = add(note());
  const auto command = host_.commands.take();
  const auto after = clock_.steady();
  EXPECT_GE(command.deadline, before + std::chrono::seconds(10));
  EXPECT_LE(command.deadline, after + std::chrono::seconds(10));
  accept(command);
  answer.get();
}

TEST_F(ServerTest, TheCallersDeadlineIsKept) {
  auto answer = add(note(), [](grpc::ClientContext& context) {
    as_person(context);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  });
  const auto command = host_.commands.take();
  EXPECT_GT(command.deadline, clock_.steady() + std::chrono::seconds(50));
  EXPECT_LE(command.deadline, clock_.steady() + std::chrono::seconds(61));
  accept(command);
  answer.get();
}

TEST_F(ServerTest, ACallThatIsGoneWhenItIsAnsweredDoesNoHarm) {
  grpc::ClientContext context;  // Until TryCancel has returned, which may be after the call.
  as_person(context);
  auto ended = std::async(std::launch::async, [&] {
    v1::AddNoteResponse response;
    return stub_->AddNote(&context, note(), &response).error_code();
  });
  const auto command = host_.commands.take();
  context.TryCancel();
  EXPECT_EQ(ended.get(), grpc::StatusCode::CANCELLED);
  accept(command);
  server_->stop();  // Waits for the call, so it was counted out.
  EXPECT_EQ(metric("lianmeng_rpc_in_flight{method=\"AddNote\",service=\"notes\"}"), "0");
}

TEST_F(ServerTest, CallsAreCountedByMethodAndCode) {
  auto answer = add(note());
  const auto command = host_.commands.take();
  EXPECT_EQ(metric("lianmeng_rpc_in_flight{method=\"AddNote\",service=\"notes\"}"), "1");
  accept(command);
  answer.get();
  EXPECT_EQ(metric("lianmeng_rpc_calls_total{code=\"OK\",method=\"AddNote\",service=\"notes\"}"),
            "1");
  EXPECT_EQ(metric("lianmeng_rpc_seconds_count{method=\"AddNote\",service=\"notes\"}"), "1");
}

}  // namespace
}  // namespace lianmeng::rpc
