// A log as the tools read it: record by record, in the caller's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/log/log.h"

namespace lianmeng::ctl {

// Threads: one.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // The records of a partition from its start, until `take` says no or the end that it had when
  // this was called.
  virtual Status read(const log::TopicPartition& at,
                      const std::function<bool(log::Record&&)>& take) = 0;
  virtual Result<log::Offset> end(const log::TopicPartition& at) = 0;
};

// The files of an embedded log, which may belong to a process that runs; looked through at once.
// LOG_DAMAGED, LOG_MISSING.
Result<std::unique_ptr<LogSource>> open_journal_source(const std::string& log_folder);

// Borrows the log.
std::unique_ptr<LogSource> make_log_source(log::Log& log);

}  // namespace lianmeng::ctl
