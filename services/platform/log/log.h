// The log as the platform needs it: few verbs, kept alike by every kind (embedded, sim, Kafka).
//
// A topic has a fixed number of partitions; a partition is a sequence of records with rising
// offsets (gaps allowed). Nobody owns a partition: other writers append too, so records land behind
// strangers' records. The log stamps each record with its own clock (LogAppendTime).
//
// Threads: every verb may be called from any thread. Callbacks come on the log's own threads,
// inside the call, or on the thread that closes the log. They may run under locks of the log's, so
// they must only enqueue and may call no verb of it (a follower's may end its own following).
// Lifetime: followings go before their log. Its destructor settles the appends that wait (embedded:
// writes them; sim: forgets them, as a crash does); no callback runs after it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/headers.h"

namespace lianmeng::log {

using Offset = std::int64_t;
inline constexpr Offset kNoOffset = -1;

// A record's value is at most this long; append refuses more (RECORD_TOO_LARGE).
inline constexpr std::size_t kRecordBytesMax = 256 * 1024;

struct Record {
  std::optional<std::string> key;
  Headers headers;
  std::string value;
  // Set by the log, ignored by append.
  Offset offset = kNoOffset;
  Time stamp{};
};

struct TopicPartition {
  std::string topic;
  int partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

// What became of one batch.
struct AppendOutcome {
  enum class Fate {
    kDurable,  // Every record is durable, at `offsets` (rising, others' records may lie between).
    kFailed,   // None of them is in the log or will ever be.
    kUnknown,  // Any of them may be there, or may still land.
  };
  Fate fate = Fate::kUnknown;
  std::vector<Offset> offsets;  // kDurable: one for each record of the batch.
  std::vector<Time> stamps;     // kDurable: likewise.
  Error error;                  // Otherwise: why. kResourceExhausted when the disk is full.
};

using AppendCallback = std::function<void(AppendOutcome)>;
using EndOffsetCallback = std::function<void(Result<Offset>)>;

class Following;

// What a follower is told. Batches come in offset order without overlap.
class FollowSink {
 public:
  virtual ~FollowSink() = default;
  // Inside follow(), before all else: what it may pause as long as the caller keeps it.
  virtual void on_begin(Following&) {}
  // `next` is where reading goes on: one past the last of `records`, or more over a gap.
  virtual void on_records(std::vector<Record> records, Offset next) = 0;
  // Reading stopped for good: damage (kDataLoss names file and position), or the log now begins
  // behind or ends before the offset asked for (kOutOfRange: truncated or recreated).
  virtual void on_error(Error error) = 0;
};

// Ends following when destroyed, which waits for a callback under way unless it is called from one;
// no callback runs after that.
class Following {
 public:
  virtual ~Following() = default;
  // Flow control: no records come while paused, but for a batch that is under way.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

// The settings that the topic rules speak of (design: topic rules, checked at start).
struct TopicInfo {
  int partitions = 0;
  std::vector<std::pair<std::string, std::string>> settings;  // As Kafka names them.
};

class Log {
 public:
  virtual ~Log() = default;

  // Appends the batch, which has at least one record, in order. Records that are too large fail the
  // whole batch. `done` is called exactly once; kDurable only when what the kind promises as
  // durable has happened (embedded: fdatasync, Kafka: acks=all). Appends that are in flight
  // together land in any order.
  virtual void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) = 0;

  // Durable records from `from` on, now and as they come. `from` may be the end, and not beyond.
  virtual std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                            std::shared_ptr<FollowSink> sink) = 0;

  // One past the last durable record, asked for after this call.
  virtual void end_offset(const TopicPartition& at, EndOffsetCallback done) = 0;

  // Creates the topic where the kind can, and tells its settings.
  virtual Result<TopicInfo> describe(const std::string& topic) = 0;
};

}  // namespace lianmeng::log
