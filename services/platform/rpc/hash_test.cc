#include "platform/rpc/hash.h"

#include <gtest/gtest.h>

#include "rpc_test_service.pb.h"

namespace lianmeng::rpc {
namespace {

namespace v1 = rpctest::v1;

class RequestHash : public ::testing::Test {
 protected:
  RequestHash() { hasher_.learn(*v1::ExecuteCommandsRequest::descriptor()); }

  static v1::AddNoteRequest request() {
    v1::AddNoteRequest request;
    request.set_county("610524");
    request.set_text("气调库缺配套设施");
    request.mutable_author()->set_id("p1");
    auto* known = request.mutable_author()->add_friends();
    known->set_id("p2");
    (*request.mutable_tags())["b"] = "2";
    (*request.mutable_tags())["a"] = "1";
    return request;
  }
  std::string hash(const v1::AddNoteRequest& request) { return hasher_.hash(request); }

  RequestHasher hasher_;
};

TEST_F(RequestHash, IsTheSameForTheSamePayload) {
  EXPECT_EQ(hash(request()), hash(request()));
  EXPECT_EQ(hash(request()).size(), 32u);
}

TEST_F(RequestHash, LeavesOutWhatBelongsToTheCall) {
  auto again = request();
  again.set_request_id("another");
  again.set_validate_only(true);
  again.add_read_tokens("dispatch/7/901");
  EXPECT_EQ(hash(again), hash(request()));
}

TEST_F(RequestHash, LeavesOutWhatIsPersonalAtAnyDepth) {
  auto again = request();
  again.set_address("洽川镇");
  again.mutable_author()->set_phone("13800000000");
  again.mutable_author()->mutable_friends(0)->set_phone("13900000000");
  EXPECT_EQ(hash(again), hash(request()));
}

TEST_F(RequestHash, DiffersWithEveryOtherField) {
  auto again = request();
  again.set_text("气调库缺配套设施。");
  EXPECT_NE(hash(again), hash(request()));
  again = request();
  again.mutable_author()->mutable_friends(0)->set_id("p3");
  EXPECT_NE(hash(again), hash(request()));
  again = request();
  again.set_external_id("x");
  EXPECT_NE(hash(again), hash(request()));
  again = request();
  (*again.mutable_tags())["a"] = "2";
  EXPECT_NE(hash(again), hash(request()));
}

TEST_F(RequestHash, KeepsWhichMessageAFieldIsIn) {
  v1::AddNoteRequest inside;
  inside.mutable_author()->add_friends()->add_friends()->set_id("p");
  v1::AddNoteRequest beside;
  beside.mutable_author()->add_friends()->add_friends();
  beside.mutable_author()->mutable_friends(0)->set_id("p");
  EXPECT_NE(hash(inside), hash(beside));
}

}  // namespace
}  // namespace lianmeng::rpc
