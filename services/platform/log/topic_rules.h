// What a topic must be, in one place: services ask it at their start, `lianmengctl topics` plans,
// applies and checks by it, and kinds of log that make topics themselves make them so.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/log.h"

namespace lianmeng::log {

// Whoever has a log. A new service is a line here.
inline constexpr std::array<std::string_view, 3> kServices{"membership", "dispatch",
                                                           "notification"};
// "lianmeng.dispatch.v1"
std::string service_topic(std::string_view service);

// The keys of sealed values (platform/seal). One partition: its order says whose key for a person
// was first.
inline constexpr std::string_view kKeysTopic = "lianmeng.keys.v1";

// Where the topics lie. In development one broker may do; elsewhere a record must be on two of
// three brokers before it counts.
enum class Site { kProduction, kDevelopment };

struct SettingRule {
  enum class Relation { kIs, kAtLeast, kAtMost };
  std::string name;  // As Kafka names it.
  Relation relation = Relation::kIs;
  std::string value;  // Of the last two: a whole number.
};

struct TopicRules {
  std::string topic;
  int partitions = 0;
  int replication_min = 1;
  std::vector<SettingRule> settings;
};

// Of a log that is the truth: nothing of it is ever deleted, and the broker stamps.
TopicRules log_topic_rules(std::string topic, Site site);
// Of the keys: compacted, so that an erased key goes, and within bounded time.
TopicRules keys_topic_rules(Site site);
// Every topic of a deployment.
std::vector<TopicRules> all_topic_rules(Site site);

// One rule that a topic breaks.
struct Breach {
  std::string topic;
  std::string setting;  // "partitions", "replication.factor", or as Kafka names it.
  std::string is;       // "not set" where there is no such setting.
  std::string must;     // "-1", "at least 2", "at most 86400000".
  std::string set_to;   // What puts it right; empty: nothing can while the topic stays.
};

// What kinds without brokers do not have (`replication.factor`, `min.insync.replicas`) is not asked
// of them.
std::vector<Breach> breaches(const TopicRules& rules, const TopicInfo& topic);
inline constexpr std::string_view kApplyCommand = "lianmengctl topics apply";
// "topic x: retention.ms is 1 and must be -1; put it right: lianmengctl topics apply"
std::string to_string(const Breach& breach, std::string_view command = kApplyCommand);
// TOPIC_RULES with the first breach.
Status check_topic(const TopicRules& rules, const TopicInfo& topic);
// Asks the log for it. Also TOPIC_MISSING, with the command that makes it, and what describe()
// answers.
Status check_topic(const TopicRules& rules, Log& log);

}  // namespace lianmeng::log
