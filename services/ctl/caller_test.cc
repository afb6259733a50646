#include "ctl/caller.h"

#include <gmock/gmock.h>

#include "ctl/testing/fixture.h"

namespace lianmeng::ctl {
namespace {

using testing::catalogue;
using ::testing::HasSubstr;
using testing::kUnavailable;

constexpr int kDeadlineExceeded = 4;
constexpr int kUnimplemented = 12;

TEST(DecodeError, WithoutAReasonNobodyAnsweredAndTheAddressIsDoubted) {
  const auto error = decode_error(catalogue(), kUnavailable, "connection refused", "");
  EXPECT_EQ(error.reason, "UNAVAILABLE");
  EXPECT_EQ(error.message_zh, "连不上服务器；请确认它已启动，--address 无误");
  EXPECT_THAT(error.message_en, HasSubstr("is --address right? (connection refused)"));
  // Of another service, gRPC says nothing at all.
  const auto elsewhere = decode_error(catalogue(), kUnimplemented, "", "");
  EXPECT_THAT(elsewhere.message_zh, HasSubstr("--address"));
  EXPECT_THAT(elsewhere.message_en, HasSubstr("--address"));
  const auto late = decode_error(catalogue(), kDeadlineExceeded, "Deadline Exceeded", "");
  EXPECT_EQ(late.message_zh, "在时限内没有应答；可用 --timeout 放宽");
}

TEST(DecodeError, AServerThatGaveAReasonDidAnswer) {
  const auto details =
      testing::refusal("KEYS_UNAVAILABLE", "", "the keys cannot be reached").details;
  for (const int code : {kUnavailable, kDeadlineExceeded}) {
    const auto error = decode_error(catalogue(), code, "the keys cannot be reached", details);
    EXPECT_EQ(error.reason, "KEYS_UNAVAILABLE");
    // In English when it has no Chinese, and nothing that it did not say.
    EXPECT_EQ(error.message_zh, "the keys cannot be reached");
    EXPECT_EQ(error.message_en, "the keys cannot be reached");
  }
}

}  // namespace
}  // namespace lianmeng::ctl
