#include "platform/testing/golden.h"

#include <gtest/gtest.h>

#include "lianmeng/notification/v1/notification_events.pb.h"

namespace lianmeng::notification {
namespace {

TEST(Golden, EveryEventEverWrittenIsReadAsItWas) {
  lianmeng::testing::check_golden(v1::NotificationEvent::default_instance(),
                                  LIANMENG_GOLDEN_DIR "/notification_events.txt");
}

}  // namespace
}  // namespace lianmeng::notification
