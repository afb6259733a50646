#include <grpcpp/grpcpp.h>

#include <future>
#include <string>

#include "platform/rpc/testdata/server.h"

namespace lianmeng::rpc {
namespace {

using namespace testing;  // NOLINT: of this folder's tests alone.

TEST_F(ServerTest, AQueryReadsTheViewAndSaysHowFarItIs) {
  auto call = [this](const std::string& id) {
    return std::async(std::launch::async, [this, id] {
      grpc::ClientContext context;
      as_person(context);
      context.AddMetadata("lianmeng-staleness", "2000");
      v1::GetNoteRequest request;
      request.set_county("610524");
      request.set_id(id);
      Answer<v1::GetNoteResponse> answer;
      answer.status = stub_->GetNote(&context, request, &answer.response);
      return answer;
    });
  };
  auto found = call("notes/1");
  auto query = host_.queries.take();
  EXPECT_EQ(query.staleness, Duration(2000));
  query.done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  const auto got = found.get();
  EXPECT_EQ(got.response.text(), "hello");
  EXPECT_EQ(got.response.read_token(), "notes/7/12");

  auto unknown = call("notes/2");
  query = host_.queries.take();
  query.done(runtime::QueryContext{&state_, clock_.now(), {"notes", 7, 12}});
  EXPECT_EQ(unknown.get().status.error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace lianmeng::rpc
