#include <grpcpp/grpcpp.h>

#include <variant>
#include <vector>

#include "platform/base/random.h"
#include "platform/base/trace.h"
#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

TEST_F(ServerTest, ACommandIsParsedQueuedAndAnsweredFromTheState) {
  SeededRandom random(3);
  auto request = note();
  request.set_request_id(make_uuid_v7(clock_.now(), random));
  request.add_read_tokens("membership/3/4");
  auto answer = add(request, [](grpc::ClientContext& context) {
    as_person(context);
    context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  });

  const auto command = host_.commands.take();
  EXPECT_EQ(command.name, "AddNote");
  EXPECT_EQ(command.county, CountyId("610524"));
  EXPECT_EQ(to_string(command.actor), "person:610524-p3");
  EXPECT_EQ(command.request_id, request.request_id());
  EXPECT_EQ(command.request_hash.size(), 32u);
  EXPECT_EQ(command.tokens, (std::vector<Place>{{"membership", 3, 4}}));
  EXPECT_FALSE(command.repeat);
  EXPECT_FALSE(command.bulk);
  EXPECT_EQ(trace_id_of(command.traceparent), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_TRUE(std::holds_alternative<runtime::EventPtr>(command.decide(state_, {})));
  accept(command);

  const auto got = answer.get();
  EXPECT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.response.text(), "hello");
  EXPECT_EQ(got.response.by(), "person:610524-p3");
  EXPECT_EQ(got.response.read_token(), "notes/7/901");
  EXPECT_FALSE(got.response.validated());
}

TEST_F(ServerTest, ValidateOnlyIsToldAndHasNoToken) {
  auto request = note();
  request.set_validate_only(true);
  auto answer = add(request);
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.validate_only);
  accept(command);
  const auto got = answer.get();
  EXPECT_TRUE(got.response.validated());
  EXPECT_EQ(got.response.read_token(), "");
}

TEST_F(ServerTest, ARefusalArrivesWithItsReason) {
  auto answer = add(note("x"));
  const auto command = host_.commands.take();
  const auto decision = command.decide(state_, {});
  command.done({to_error(std::get<Refusal>(decision)), nullptr});
  const auto got = answer.get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(got.status.error_message(), "太短。 / Too short.");
  EXPECT_EQ(got.reason(), "NOTE_TOO_SHORT");
}

TEST_F(ServerTest, AFullQueueIsToldAtOnceAndRetriable) {
  host_.full = true;
  const auto got = add(note()).get();
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(got.reason(), "BUSY");
}

TEST_F(ServerTest, ASecondAttemptIsARepeat) {
  auto answer = add(note(), [](grpc::ClientContext& context) {
    as_person(context);
    context.AddMetadata("lianmeng-attempt", "2");
  });
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.repeat);
  accept(command);
  answer.get();
}

TEST_F(ServerTest, AnImportStandsBehindPeople) {
  auto request = note();
  request.set_external_id("survey-7");
  auto answer = add(request);
  const auto command = host_.commands.take();
  EXPECT_TRUE(command.bulk);
  EXPECT_EQ(command.external_id, "survey-7");
  EXPECT_FALSE(command.request_hash.empty());
  accept(command);
  answer.get();
}

}  // namespace
}  // namespace lianmeng::rpc
