#include <gtest/gtest.h>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/testing/golden.h"

namespace lianmeng::membership {
namespace {

TEST(Golden, EveryEventEverWrittenIsReadAsItWas) {
  testing::check_golden(v1::MembershipEvent::default_instance(),
                        LIANMENG_GOLDEN_DIR "/membership_events.txt");
}

}  // namespace
}  // namespace lianmeng::membership
