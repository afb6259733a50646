// What lies in a store's column families beside the rows of their fold.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "platform/store/store.h"

namespace lianmeng::store {

// Of the keys and values that the store and platform/state write: raise it when they change.
inline constexpr int kLayoutVersion = 2;
// The column family's own row, hidden from its View. It is in the first commit's file, so rows
// without it do not exist.
inline constexpr std::string_view kIdentityKey{"\0identity", 9};
inline constexpr std::string_view kFirstRowKey{"\x01", 1};

inline std::string encode(const StoreIdentity& identity) {
  return fmt::format("layout={} fold={} partitions={}", kLayoutVersion, identity.fold_version,
                     identity.partitions);
}

}  // namespace lianmeng::store
