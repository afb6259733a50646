#include "platform/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "google/rpc/error_details.pb.h"
#include "platform/base/reason.h"

namespace lianmeng::rpc {
namespace {

template <class Detail>
std::vector<Detail> details(const google::rpc::Status& status) {
  std::vector<Detail> found;
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(Status, EveryKindHasTheCodeOfItsName) {
  const std::map<ErrorKind, int> codes{
      {ErrorKind::kCancelled, 1},         {ErrorKind::kInvalidArgument, 3},
      {ErrorKind::kDeadlineExceeded, 4},  {ErrorKind::kNotFound, 5},
      {ErrorKind::kAlreadyExists, 6},     {ErrorKind::kPermissionDenied, 7},
      {ErrorKind::kResourceExhausted, 8}, {ErrorKind::kFailedPrecondition, 9},
      {ErrorKind::kAborted, 10},          {ErrorKind::kOutOfRange, 11},
      {ErrorKind::kUnimplemented, 12},    {ErrorKind::kInternal, 13},
      {ErrorKind::kUnavailable, 14},      {ErrorKind::kDataLoss, 15},
      {ErrorKind::kUnauthenticated, 16},
  };
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(ErrorKind::kInternal) + 1);
  for (const auto& [kind, code] : codes) {
    EXPECT_EQ(static_cast<int>(code_of(kind)), code) << to_string(kind);
    EXPECT_EQ(to_rpc_status(make_error(kind, "X", "x")).code(), code);
  }
}

TEST(Status, ARefusalCarriesReasonParametersAndBothLanguages) {
  const Reason taken{"DEMAND_ALREADY_TAKEN", ErrorKind::kFailedPrecondition, "诉求已由{lead}接单。",
                     "Taken by {lead}."};
  const auto status = to_grpc(to_error(refuse(taken, {{"lead", "农技组"}})));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "诉求已由农技组接单。 / Taken by 农技组.");

  google::rpc::Status parsed;
  ASSERT_TRUE(parsed.ParseFromString(status.error_details()));
  EXPECT_EQ(parsed.code(), 9);
  const auto info = details<google::rpc::ErrorInfo>(parsed);
  ASSERT_EQ(info.size(), 1u);
  EXPECT_EQ(info[0].reason(), "DEMAND_ALREADY_TAKEN");
  EXPECT_EQ(info[0].domain(), "lianmeng");
  EXPECT_EQ(info[0].metadata().at("lead"), "农技组");
  const auto texts = details<google::rpc::LocalizedMessage>(parsed);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0].locale(), "zh-CN");
  EXPECT_EQ(texts[0].message(), "诉求已由农技组接单。");
  EXPECT_EQ(texts[1].locale(), "en");
  EXPECT_TRUE(details<google::rpc::RetryInfo>(parsed).empty());
  EXPECT_TRUE(details<google::rpc::BadRequest>(parsed).empty());
}

TEST(Status, WrongFieldsAreNamed) {
  const auto parsed = to_rpc_status(to_error(refuse_field("title", "至多40字。", "40 at most.")));
  const auto bad = details<google::rpc::BadRequest>(parsed);
  ASSERT_EQ(bad.size(), 1u);
  ASSERT_EQ(bad[0].field_violations_size(), 1);
  EXPECT_EQ(bad[0].field_violations(0).field(), "title");
  EXPECT_EQ(bad[0].field_violations(0).description(), "至多40字。 / 40 at most.");
}

TEST(Status, OnlyWhatIsRetriableSaysWhenToTryAgain) {
  for (const auto kind : {ErrorKind::kResourceExhausted, ErrorKind::kUnavailable}) {
    EXPECT_EQ(details<google::rpc::RetryInfo>(to_rpc_status(make_error(kind, "X", "x"))).size(),
              1u);
  }
  for (const auto kind : {ErrorKind::kAborted, ErrorKind::kInternal, ErrorKind::kNotFound}) {
    EXPECT_TRUE(details<google::rpc::RetryInfo>(to_rpc_status(make_error(kind, "X", "x"))).empty());
  }
}

TEST(Status, NoErrorLeavesWithoutBothLanguages) {
  std::set<std::string> said;
  for (int i = 0; i <= static_cast<int>(ErrorKind::kInternal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    SCOPED_TRACE(to_string(kind));
    // As operators' errors are, and as nobody should write one.
    for (const auto* en : {"it broke", ""}) {
      const auto texts =
          details<google::rpc::LocalizedMessage>(to_rpc_status(make_error(kind, "BROKEN", en)));
      ASSERT_EQ(texts.size(), 2u);
      EXPECT_EQ(texts[0].locale(), "zh-CN");
      EXPECT_THAT(texts[0].message(), ::testing::EndsWith("。 [BROKEN]"));
      EXPECT_EQ(texts[1].locale(), "en");
      if (*en != '\0') {
        EXPECT_EQ(texts[1].message(), en);
      } else {
        EXPECT_THAT(texts[1].message(), ::testing::EndsWith(". [BROKEN]"));
      }
      said.insert(texts[0].message());
      said.insert(texts[1].message());
    }
  }
  // One sentence for each kind and language, and the one that was given.
  EXPECT_EQ(said.size(), 2 * (static_cast<std::size_t>(ErrorKind::kInternal) + 1) + 1);
  const auto status = to_grpc(make_error(ErrorKind::kDataLoss, "BROKEN", "it broke"));
  EXPECT_EQ(status.error_message(),
            "服务器上的数据损坏或无法读取。请联系运维。 [BROKEN] / it broke");
}

TEST(Status, AnotherHostsWordsAreKeptAndThoseOfGrpcGetBothLanguages) {
  const auto own = to_grpc(make_error(ErrorKind::kUnavailable, "BROKEN", "it broke"));
  const auto kept = to_grpc(WireStatus{14, own.error_message(), own.error_details()});
  EXPECT_EQ(kept.error_message(), own.error_message());
  EXPECT_EQ(kept.error_details(), own.error_details());
  for (const int code : {2, 4, 12, 14}) {  // UNKNOWN among them.
    const auto status = to_grpc(WireStatus{code, "Socket closed", ""});
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    google::rpc::Status parsed;
    ASSERT_TRUE(parsed.ParseFromString(status.error_details()));
    EXPECT_EQ(parsed.code(), code);
    const auto texts = details<google::rpc::LocalizedMessage>(parsed);
    ASSERT_EQ(texts.size(), 2u);
    EXPECT_THAT(texts[0].message(), ::testing::HasSubstr("。 ["));
    EXPECT_EQ(texts[1].message(), "Socket closed");
  }
  EXPECT_TRUE(to_grpc(WireStatus{}).ok());
}

TEST(Status, ALongTextIsCutBetweenCharactersAndStandsWholeInTheDetails) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "县";
  auto error = make_error(ErrorKind::kInternal, "LONG", "");
  error.message_zh = text;
  const auto parsed = to_rpc_status(error);
  EXPECT_LE(parsed.message().size(), 1030u);
  EXPECT_THAT(parsed.message(), ::testing::EndsWith("县…"));
  EXPECT_EQ(details<google::rpc::LocalizedMessage>(parsed)[0].message(), text);
}

}  // namespace
}  // namespace lianmeng::rpc
