#include "platform/log/embedded/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace lianmeng::log {
namespace {

TEST(Crc32c, AgreesWithRfc3720InBothVersions) {
  for (const auto crc : {crc32c, crc32c_portable}) {
    EXPECT_EQ(crc(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc(std::string(32, '\xff')), 0x62a8ab43U);
    EXPECT_EQ(crc("123456789"), 0xe3069283U);
    EXPECT_EQ(crc(""), 0U);
  }
}

}  // namespace
}  // namespace lianmeng::log
