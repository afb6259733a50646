// What a journal's files hold, read without opening the log: of a process that runs, of one that is
// stopped, of a backup.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/embedded/segment_index.h"
#include "platform/log/log.h"

namespace lianmeng::log {

struct JournalScan {
  std::vector<SegmentIndex> segments;  // In order.
  std::map<TopicPartition, Offset> ends;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  // Behind the last whole record: a write under way, or one that a crash has torn. Never
  // acknowledged.
  std::uint64_t torn_bytes = 0;
  std::vector<std::string> damage;    // A sentence each: file, byte, what.
  std::vector<std::string> warnings;  // What harms nothing: an index file that is wrong.
};

// Gets each segment once, in order: `bytes` are its frames and nothing behind them.
using SegmentVisitor = std::function<Status(const SegmentIndex& index, std::string_view bytes)>;

// Reads every byte. The records of all segments that it gives are one prefix of the journal, hence
// of every partition together, also while a writer is at work: a segment that is followed by
// another one is never written again, and of the last one the whole frames at the time of reading
// are taken.
// Limits: holds one segment, and 4 bytes for each record. Errors: LOG_MISSING (no segment there), a
// file that cannot be read, what the visitor answers.
Result<JournalScan> scan_journal(FileOps& ops, const std::string& folder,
                                 const SegmentVisitor& visit);

// The records of one partition, in order, by what a scan has found; until `visit` says false.
// Damage ends it with an error.
Status read_partition(FileOps& ops, const std::string& folder, const JournalScan& scan,
                      const TopicPartition& at, const std::function<bool(Record&&)>& visit);

// One record out of a segment's bytes; false when it is malformed.
bool record_at(const SegmentIndex& index, std::string_view bytes, std::uint32_t position,
               Record* out);

}  // namespace lianmeng::log
