// What both kinds of store agree on.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "platform/base/assert.h"
#include "platform/base/ids.h"
#include "platform/state/view.h"

namespace lianmeng::store {

// "dispatch/07".
inline std::string partition_name(std::string_view service, int partition) {
  LM_ASSERT(!service.empty() && partition >= 0 && partition < kPartitions, "{}/{}: no partition",
            service, partition);
  return fmt::format("{}/{:02}", service, partition);
}

// Changes are in key order, so the first tells whether one is the store's own.
inline void assert_keys(const state::Changes& changes) {
  const auto& first = changes.begin()->key;
  LM_ASSERT(!first.empty() && first[0] != '\0', "a row's key begins with its table id, 0x01–0xff");
}

}  // namespace lianmeng::store
