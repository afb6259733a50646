#include "platform/log/topic_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "platform/base/ids.h"

namespace lianmeng::log {
namespace {

using Relation = SettingRule::Relation;

constexpr std::string_view kPartitionCount = "partitions";
constexpr std::string_view kReplication = "replication.factor";
constexpr std::string_view kMessageBytes = "max.message.bytes";
constexpr std::string_view kInSync = "min.insync.replicas";
// A record of the largest value with the largest key and headers, and others beside it in a batch.
constexpr std::string_view kMessageBytesMin = "1048576";
// An erased key is gone from the brokers' disks a day later at most, plus the time that a cleaner
// takes.
constexpr std::string_view kCompactionLag = "86400000";

int replication_of(Site site) { return site == Site::kProduction ? 3 : 1; }

// What every topic must be comes behind its own.
TopicRules with_common(std::string topic, int partitions, std::vector<SettingRule> own, Site site) {
  TopicRules rules{std::move(topic), partitions, replication_of(site), std::move(own)};
  rules.settings.push_back({"unclean.leader.election.enable", Relation::kIs, "false"});
  rules.settings.push_back({"message.timestamp.type", Relation::kIs, "LogAppendTime"});
  rules.settings.push_back(
      {std::string(kMessageBytes), Relation::kAtLeast, std::string(kMessageBytesMin)});
  rules.settings.push_back(
      {std::string(kInSync), Relation::kAtLeast, site == Site::kProduction ? "2" : "1"});
  return rules;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool keeps(const SettingRule& rule, std::string_view is) {
  if (rule.relation == Relation::kIs) return is == rule.value;
  const auto has = number(is);
  const auto limit = number(rule.value);
  if (!has || !limit) return false;
  return rule.relation == Relation::kAtLeast ? *has >= *limit : *has <= *limit;
}

std::string must(const SettingRule& rule) {
  switch (rule.relation) {
    case Relation::kIs:
      return rule.value;
    case Relation::kAtLeast:
      return fmt::format("at least {}", rule.value);
    case Relation::kAtMost:
      return fmt::format("at most {}", rule.value);
  }
  return rule.value;
}

std::optional<std::string_view> find(const TopicInfo& topic, std::string_view setting) {
  const auto found =
      std::ranges::find(topic.settings, setting, [](const auto& each) { return each.first; });
  if (found == topic.settings.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::string service_topic(std::string_view service) {
  return fmt::format("lianmeng.{}.v1", service);
}

TopicRules log_topic_rules(std::string topic, Site site) {
  return with_common(std::move(topic), kPartitions,
                     {{"cleanup.policy", Relation::kIs, "delete"},
                      {"retention.ms", Relation::kIs, "-1"},
                      {"retention.bytes", Relation::kIs, "-1"}},
                     site);
}

TopicRules keys_topic_rules(Site site) {
  return with_common(std::string(kKeysTopic), 1,
                     {{"cleanup.policy", Relation::kIs, "compact"},
                      {"min.compaction.lag.ms", Relation::kIs, "0"},
                      {"max.compaction.lag.ms", Relation::kAtMost, std::string(kCompactionLag)}},
                     site);
}

std::vector<TopicRules> all_topic_rules(Site site) {
  std::vector<TopicRules> all;
  for (const auto service : kServices) all.push_back(log_topic_rules(service_topic(service), site));
  all.push_back(keys_topic_rules(site));
  return all;
}

std::vector<Breach> breaches(const TopicRules& rules, const TopicInfo& topic) {
  std::vector<Breach> out;
  if (topic.partitions != rules.partitions) {
    out.push_back({rules.topic, std::string(kPartitionCount), std::to_string(topic.partitions),
                   std::to_string(rules.partitions), ""});
  }
  const auto replication = find(topic, kReplication);
  const auto replicas = number(replication.value_or("0")).value_or(0);
  if (replication && replicas < rules.replication_min) {
    out.push_back({rules.topic, std::string(kReplication), std::string(*replication),
                   fmt::format("at least {}", rules.replication_min), ""});
  }
  for (const auto& rule : rules.settings) {
    const bool of_brokers = rule.name == kInSync || rule.name == kMessageBytes;
    if (of_brokers && !replication) continue;
    const auto is = find(topic, rule.name);
    if (is && keeps(rule, *is)) continue;
    // More than there are replicas would end all writing.
    const bool too_soon = rule.name == kInSync && number(rule.value).value_or(0) > replicas;
    out.push_back({rules.topic, rule.name, std::string(is.value_or("not set")), must(rule),
                   too_soon ? "" : rule.value});
  }
  const auto in_sync = number(find(topic, kInSync).value_or("0")).value_or(0);
  if (replication && replicas >= rules.replication_min && in_sync > replicas) {
    out.push_back({rules.topic, std::string(kInSync), std::to_string(in_sync),
                   fmt::format("at most {}, as there are no more replicas", replicas),
                   std::to_string(std::min<std::int64_t>(replicas, 2))});
  }
  return out;
}

std::string to_string(const Breach& breach, std::string_view command) {
  auto remedy = fmt::format("put it right: {}", command);
  if (breach.setting == kPartitionCount) {
    remedy =
        "a topic keeps its count for ever: delete it while it is empty and run lianmengctl topics "
        "apply, or take its records to another cluster with lianmengctl log copy";
  } else if (breach.set_to.empty()) {
    remedy = "add replicas with Kafka's own kafka-reassign-partitions.sh";
    if (breach.setting == kInSync) remedy += fmt::format(", then: {}", command);
  }
  return fmt::format("topic {}: {} is {} and must be {}; {}", breach.topic, breach.setting,
                     breach.is, breach.must, remedy);
}

Status check_topic(const TopicRules& rules, const TopicInfo& topic) {
  const auto broken = breaches(rules, topic);
  if (broken.empty()) return {};
  return fail(ErrorKind::kFailedPrecondition, "TOPIC_RULES", to_string(broken.front()));
}

Status check_topic(const TopicRules& rules, Log& log) {
  auto topic = log.describe(rules.topic);
  if (topic) return check_topic(rules, *topic);
  if (topic.error().reason == "TOPIC_MISSING") {
    topic.error().message_en += fmt::format("; make it: {}", kApplyCommand);
  }
  return fail(std::move(topic).error());
}

}  // namespace lianmeng::log
