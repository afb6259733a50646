// The topics of a deployment, planned by the rules, made and put right. What `lianmengctl topics`
// does.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/log/kafka/admin.h"
#include "platform/log/topic_rules.h"

namespace lianmeng::log {

// What would be done to one topic.
struct TopicPlan {
  std::string topic;
  std::optional<KafkaTopic> create;  // It is not there.
  std::vector<Breach> alter;         // Settings that would be set right.
  std::vector<Breach> stuck;         // What no call of Kafka's sets right.
};

// Compares; what is to be made has no replication yet.
Result<std::vector<TopicPlan>> plan_topics(const KafkaAdmin& admin,
                                           std::span<const TopicRules> rules);

// How many brokers keep each partition of those that are to be made: `wanted`, or three, or in
// development as many as there are, at most three. With three, two must have a record before it
// counts. Refused: TOO_FEW_BROKERS.
Status choose_replication(const KafkaAdmin& admin, Site site, std::optional<int> wanted,
                          std::span<TopicPlan> plans);

// Makes and alters; what is stuck stays. Ends at the first error; run again, it goes on there.
Status apply_topics(const KafkaAdmin& admin, std::span<const TopicPlan> plans);

}  // namespace lianmeng::log
