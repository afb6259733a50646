// The records of a log, whatever its kind, for tools that read it from the beginning.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "platform/base/error.h"
#include "platform/log/log.h"

namespace lianmeng::ctl {

// Where the records come from. Threads: any, several partitions at the same time.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // The records of a partition from its first to the last that was there when this was called, in
  // order, until `visit` says false. A topic that is not there has none.
  virtual Status read(const log::TopicPartition& at,
                      const std::function<bool(log::Record&&)>& visit) = 0;
  // One past the last record that read() gives.
  virtual Result<log::Offset> end(const log::TopicPartition& at) = 0;
};

// How long a log may say nothing; then LOG_UNAVAILABLE, which silent() makes.
inline constexpr std::chrono::seconds kSilenceMax{30};
Error silent(const log::TopicPartition& at, const std::string& what);

// From `from` up to the end that there is now, which it tells.
Result<log::Offset> read_log(log::Log& log, const log::TopicPartition& at, log::Offset from,
                             const std::function<bool(log::Record&&)>& visit);

// The files of an embedded log, of a process that runs or of none; what they hold now. LOG_MISSING,
// LOG_DAMAGED.
Result<std::unique_ptr<LogSource>> open_journal_source(const std::string& folder);
// Borrows the log.
std::unique_ptr<LogSource> make_log_source(log::Log& log);

}  // namespace lianmeng::ctl
