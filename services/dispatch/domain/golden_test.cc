#include <gtest/gtest.h>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/testing/golden.h"

namespace lianmeng::dispatch {
namespace {

TEST(Golden, EveryEventEverWrittenIsReadAsItWas) {
  testing::check_golden(v1::DispatchEvent::default_instance(),
                        LIANMENG_GOLDEN_DIR "/dispatch_events.txt");
}

}  // namespace
}  // namespace lianmeng::dispatch
