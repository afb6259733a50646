// Folds the log anew and compares with the rows of a store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/log.h"
#include "platform/runtime/fold.h"

namespace lianmeng::ctl {

struct StateVerdict {
  std::uint64_t partitions = 0;  // That the store holds something of.
  std::uint64_t events = 0;      // Folded anew, own ones.
  std::uint64_t rows = 0;        // Compared.
  // Records of the logs that the store does not have yet: a restart reads them again.
  std::uint64_t not_stored = 0;
  // A sentence each: partition, table, key, what stands where. At most so many of a partition; the
  // count is of all.
  std::vector<std::string> differences;
  std::uint64_t differing_rows = 0;
  // No-ops of the logs that carry another digest of the state than the one that the log gives:
  // their host's state was wrong then, whatever the store holds now. A sentence for the first of
  // each partition.
  std::uint64_t differing_digests = 0;
  std::vector<std::string> carried;
};

// Reads `log_folder` and `store_folder` and writes to neither; both may belong to a process that
// runs. Each partition is folded up to the place that its store says it stands at, from its own log
// and from those that it follows, and compared row by row, with the digest of the state as well.
// Limits: the rows of one partition lie in memory twice at most. Errors: LOG_MISSING, LOG_DAMAGED,
// STORE_MISSING, STORE_DAMAGED, STORE_OF_OTHER_FOLD, CHAIN_BROKEN, EVENT_UNKNOWN.
Result<StateVerdict> verify_state(std::span<const runtime::Fold* const> folds,
                                  const std::string& log_folder, const std::string& store_folder);
// Against any log, as it is now; of a service that the process does not host nothing is stored.
Result<StateVerdict> verify_state(std::span<const runtime::Fold* const> folds, log::Log& log,
                                  const std::string& store_folder);

}  // namespace lianmeng::ctl
