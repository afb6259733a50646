#include <grpcpp/grpcpp.h>

#include <future>
#include <string>
#include <variant>

#include "google/rpc/error_details.pb.h"
#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

class BatchTest : public ServerTest {
 protected:
  std::future<Answer<v1::ExecuteCommandsResponse>> execute(v1::ExecuteCommandsRequest request) {
    return std::async(std::launch::async, [this, request] {
      grpc::ClientContext context;
      as_person(context);
      Answer<v1::ExecuteCommandsResponse> answer;
      answer.status = stub_->ExecuteCommands(&context, request, &answer.response);
      return answer;
    });
  }
  static std::string reason_of(const v1::CommandOutcome& outcome) {
    google::rpc::ErrorInfo info;
    outcome.error().details(0).UnpackTo(&info);
    return info.reason();
  }
};

TEST_F(BatchTest, CommandsAreQueuedInOrderAndEachHasItsOutcome) {
  v1::ExecuteCommandsRequest request;
  *request.add_commands()->mutable_add_note() = note("first");
  *request.add_commands()->mutable_add_note() = note("second");
  request.add_commands();  // Nothing in it.
  *request.add_commands()->mutable_add_note() = note("elsewhere");
  request.mutable_commands(3)->mutable_add_note()->set_county("610525");
  *request.add_commands()->mutable_add_note() = note("unsealable");
  *request.add_commands()->mutable_add_note() = note("last");
  auto answer = execute(request);

  const auto first = host_.commands.take();
  const auto second = host_.commands.take();
  const auto last = host_.commands.take();
  EXPECT_TRUE(first.bulk);
  const auto text_of = [&](const runtime::Command& command) {
    const auto decision = command.decide(state_, {});
    const auto& event = *std::get<runtime::EventPtr>(decision);
    return static_cast<const v1::AddNoteRequest&>(event).text();
  };
  EXPECT_EQ(text_of(first), "first");
  EXPECT_EQ(text_of(second), "second");
  EXPECT_EQ(text_of(last), "last");
  accept(first, 1);
  second.done({to_error(refuse(kNoteTooShort)), nullptr});
  accept(last, 2);

  const auto got = answer.get();
  ASSERT_TRUE(got.status.ok()) << got.status.error_message();
  ASSERT_EQ(got.response.outcomes_size(), 6);
  EXPECT_EQ(got.response.outcomes(0).accepted().subject(), "notes/1");
  EXPECT_EQ(got.response.outcomes(0).accepted().read_token(), "notes/7/1");
  EXPECT_EQ(reason_of(got.response.outcomes(1)), "NOTE_TOO_SHORT");
  EXPECT_EQ(reason_of(got.response.outcomes(2)), "BATCH_ENTRY_EMPTY");
  EXPECT_EQ(reason_of(got.response.outcomes(3)), "BATCH_COUNTY");
  EXPECT_EQ(reason_of(got.response.outcomes(4)), "KEYS_UNAVAILABLE");
  EXPECT_EQ(got.response.outcomes(5).accepted().read_token(), "notes/7/2");
}

TEST_F(BatchTest, AnswersEvenWhenTheHostRefusedAllInsideTheCall) {
  host_.full = true;
  v1::ExecuteCommandsRequest request;
  for (int i = 0; i < 1000; ++i) *request.add_commands()->mutable_add_note() = note();
  const auto got = execute(request).get();
  ASSERT_TRUE(got.status.ok());
  ASSERT_EQ(got.response.outcomes_size(), 1000);
  EXPECT_EQ(reason_of(got.response.outcomes(999)), "BUSY");
}

// Preparing may cost what a stranger, or a batch that is refused whole, must not cause.
TEST_F(BatchTest, IsPreparedOnceItIsTaken) {
  v1::ExecuteCommandsRequest request;
  *request.add_commands()->mutable_add_note() = note("first");
  {
    grpc::ClientContext nobody;
    v1::ExecuteCommandsResponse response;
    EXPECT_FALSE(stub_->ExecuteCommands(&nobody, request, &response).ok());
  }
  auto too_long = request;
  for (int i = 0; i < kBatchMax; ++i) *too_long.add_commands() = request.commands(0);
  EXPECT_FALSE(execute(too_long).get().status.ok());
  EXPECT_EQ(host_.prepared, 0);
  auto answer = execute(request);
  accept(host_.commands.take());
  EXPECT_TRUE(answer.get().status.ok());
  EXPECT_EQ(host_.prepared, 1);
}

TEST_F(BatchTest, HasOneToAThousandCommands) {
  EXPECT_EQ(execute({}).get().reason(), "INVALID_FIELD");
  v1::ExecuteCommandsRequest request;
  for (int i = 0; i < 1001; ++i) request.add_commands();
  EXPECT_EQ(execute(request).get().reason(), "INVALID_FIELD");
}

}  // namespace
}  // namespace lianmeng::rpc
