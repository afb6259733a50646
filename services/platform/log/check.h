// What every kind of log answers alike: what may be appended, and how topics are ruled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/log.h"

namespace lianmeng::log {

// Key and headers of one record together are at most this long (RECORD_TOO_LARGE beyond).
inline constexpr std::size_t kRecordHeadBytesMax = 64 * 1024;

// Kafka's rules of topic names, and a partition below 48. TOPIC_NAME_INVALID, PARTITION_UNKNOWN.
Status check_topic_partition(const TopicPartition& at);

// Also BATCH_EMPTY and RECORD_TOO_LARGE.
Status check_append(const TopicPartition& at, const std::vector<Record>& batch);

// 48 partitions under the topic rules of the design, as Kafka names them.
TopicInfo ruled_topic();

// "dispatch.v1/7", for messages.
std::string to_string(const TopicPartition& at);

// The log ends before or begins behind the offset that a reader asks for (LOG_TRUNCATED).
Error out_of_range(const TopicPartition& at, Offset asked, Offset begin, Offset end);

AppendOutcome failed(Error error);
AppendOutcome unknown(Error error);

}  // namespace lianmeng::log
