// Takes the valid records of a log to another one, of any kind: how a county outgrows a machine,
// and how a deployment moves to another cluster.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ctl/local/log_source.h"
#include "platform/base/error.h"
#include "platform/log/log.h"

namespace lianmeng::ctl {

struct CopySummary {
  std::uint64_t partitions = 0;  // That have records.
  std::uint64_t copied = 0;
  std::uint64_t there_already = 0;  // From an earlier copy.
  std::uint64_t void_records = 0;   // Of the source; they change nothing and are left out.
};

// Copies and then reads back what it wrote. A target that holds the beginning of the source is gone
// on with, so a copy that was broken off, or whose source has grown, is simply run again; one that
// holds anything else is refused and nothing is written to its partition.
// Errors: TARGET_DIFFERS, CHAIN_BROKEN (of the source), COPY_UNCONFIRMED (run it again), and what
// the logs answer.
Result<CopySummary> copy_log(std::span<const std::string> topics, LogSource& from, log::Log& to);

}  // namespace lianmeng::ctl
