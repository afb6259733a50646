#include "platform/base/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace lianmeng {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kUs = 1000;
constexpr uid_t kAnother = 1001;

TEST(IsPrivate, WhenNobodyButTheOwnerMayTouchIt) {
  for (const uid_t owner : {kRoot, kUs, kAnother}) {
    for (const uid_t self : {kRoot, kUs}) {
      EXPECT_TRUE(is_private(S_IFREG | 0600, owner, self));
      EXPECT_TRUE(is_private(S_IFREG | 0400, owner, self));
      EXPECT_FALSE(is_private(S_IFREG | 0604, owner, self));
      EXPECT_FALSE(is_private(S_IFREG | 0602, owner, self));
      EXPECT_FALSE(is_private(S_IFREG | 0620, owner, self));
    }
  }
}

TEST(IsPrivate, WhenRootLendsItToTheGroupOfAProcessThatIsNotRoot) {
  EXPECT_TRUE(is_private(S_IFREG | 0440, kRoot, kUs));
  EXPECT_TRUE(is_private(S_IFREG | 0640, kRoot, kUs));
  EXPECT_FALSE(is_private(S_IFREG | 0640, kRoot, kRoot));
  EXPECT_FALSE(is_private(S_IFREG | 0640, kUs, kUs));
  EXPECT_FALSE(is_private(S_IFREG | 0640, kAnother, kUs));
}

TEST(CheckPrivate, LeavesAFileThatIsNotThereToItsReader) {
  EXPECT_TRUE(check_private("/nonexistent/key", "the key", "KEY_EXPOSED"));
}

}  // namespace
}  // namespace lianmeng
