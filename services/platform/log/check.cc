#include "platform/log/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "platform/base/ids.h"
#include "platform/log/topic_rules.h"

namespace lianmeng::log {
namespace {

constexpr std::size_t kTopicBytesMax = 249;

bool is_topic_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

std::size_t head_bytes(const Record& record) {
  return (record.key ? record.key->size() : 0) + record.headers.bytes().size();
}

}  // namespace

std::string to_string(const TopicPartition& at) {
  return fmt::format("{}/{}", at.topic, at.partition);
}

Status check_topic_partition(const TopicPartition& at) {
  if (at.topic.empty() || at.topic.size() > kTopicBytesMax || at.topic == "." || at.topic == ".." ||
      !std::all_of(at.topic.begin(), at.topic.end(), is_topic_char)) {
    return fail(ErrorKind::kInvalidArgument, "TOPIC_NAME_INVALID",
                fmt::format("'{}' is no topic name: 1-{} letters, digits, '.', '_' or '-'",
                            at.topic, kTopicBytesMax));
  }
  if (at.partition < 0 || at.partition >= kPartitions) {
    return fail(ErrorKind::kInvalidArgument, "PARTITION_UNKNOWN",
                fmt::format("{}: partitions are 0-{}", to_string(at), kPartitions - 1));
  }
  return {};
}

Status check_append(const TopicPartition& at, const std::vector<Record>& batch) {
  if (auto status = check_topic_partition(at); !status) return status;
  if (batch.empty()) {
    return fail(ErrorKind::kInvalidArgument, "BATCH_EMPTY",
                fmt::format("{}: a batch has at least one record", to_string(at)));
  }
  for (const auto& record : batch) {
    const auto head = head_bytes(record);
    if (record.value.size() > kRecordBytesMax || head > kRecordHeadBytesMax) {
      return fail(ErrorKind::kInvalidArgument, "RECORD_TOO_LARGE",
                  fmt::format("{}: a record has {} bytes of value and {} of key and headers; at "
                              "most {} and {} fit",
                              to_string(at), record.value.size(), head, kRecordBytesMax,
                              kRecordHeadBytesMax));
    }
  }
  return {};
}

TopicInfo ruled_topic() {
  TopicInfo topic{kPartitions, {}};
  for (const auto& rule : log_topic_rules("", Site::kDevelopment).settings) {
    if (rule.relation == SettingRule::Relation::kIs) {
      topic.settings.emplace_back(rule.name, rule.value);
    }
  }
  return topic;
}

Error out_of_range(const TopicPartition& at, Offset asked, Offset begin, Offset end) {
  return make_error(
      ErrorKind::kOutOfRange, "LOG_TRUNCATED",
      fmt::format("{}: offset {} was asked for, but the log holds {} to {}: it was truncated or "
                  "recreated",
                  to_string(at), asked, begin, end));
}

AppendOutcome failed(Error error) {
  AppendOutcome outcome;
  outcome.fate = AppendOutcome::Fate::kFailed;
  outcome.error = std::move(error);
  return outcome;
}

AppendOutcome unknown(Error error) {
  AppendOutcome outcome;
  outcome.fate = AppendOutcome::Fate::kUnknown;
  outcome.error = std::move(error);
  return outcome;
}

}  // namespace lianmeng::log
