#include "platform/log/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace lianmeng::log {
namespace {

constexpr int kReplication = 3;
constexpr std::chrono::seconds kTellMax{15};
constexpr std::chrono::milliseconds kTellPause{20};
constexpr std::chrono::milliseconds kHearMax{1'000};  // For all topics together.

TopicInfo info_of(const KafkaTopic& topic) {
  TopicInfo info{topic.partitions, {topic.settings.begin(), topic.settings.end()}};
  info.settings.emplace_back("replication.factor", std::to_string(topic.replication));
  return info;
}

// The controller has taken them; that the brokers tell them too comes a moment later.
Status wait_until_told(const KafkaAdmin& admin, const std::string& topic,
                       const std::map<std::string, std::string>& settings) {
  const auto end = std::chrono::steady_clock::now() + kTellMax;
  while (true) {
    const auto found = admin.describe(topic);
    if (!found) return fail(found.error());
    if (std::ranges::all_of(settings, [&](const auto& setting) {
          const auto is = found->settings.find(setting.first);
          return is != found->settings.end() && is->second == setting.second;
        })) {
      return {};
    }
    if (std::chrono::steady_clock::now() >= end) {
      return fail(ErrorKind::kUnavailable, "LOG_UNAVAILABLE",
                  fmt::format("topic {}: its settings were changed and its brokers do not tell so "
                              "yet; check again in a moment",
                              topic));
    }
    std::this_thread::sleep_for(kTellPause);
  }
}

KafkaTopic to_make(const TopicRules& rules) {
  KafkaTopic topic{rules.topic, rules.partitions, 0, {}};
  for (const auto& rule : rules.settings) topic.settings[rule.name] = rule.value;
  return topic;
}

}  // namespace

Result<std::vector<TopicPlan>> plan_topics(const KafkaAdmin& admin,
                                           std::span<const TopicRules> rules) {
  std::vector<TopicPlan> plans;
  const auto heard = std::chrono::steady_clock::now() + kHearMax;
  for (const auto& each : rules) {
    TopicPlan plan{each.topic, std::nullopt, {}, {}};
    auto found = admin.describe(each.topic);
    // One broker of several may not have heard of a topic that was made a moment ago.
    while (!found && found.error().reason == "TOPIC_MISSING" &&
           std::chrono::steady_clock::now() < heard) {
      std::this_thread::sleep_for(kTellPause);
      found = admin.describe(each.topic);
    }
    if (found) {
      for (auto& breach : breaches(each, info_of(*found))) {
        (breach.set_to.empty() ? plan.stuck : plan.alter).push_back(std::move(breach));
      }
    } else if (found.error().reason == "TOPIC_MISSING") {
      plan.create = to_make(each);
    } else {
      return fail(found.error());
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

Status choose_replication(const KafkaAdmin& admin, Site site, std::optional<int> wanted,
                          std::span<TopicPlan> plans) {
  const auto to_be_made = [](const TopicPlan& plan) { return plan.create.has_value(); };
  if (std::ranges::none_of(plans, to_be_made)) return {};
  const auto brokers = admin.brokers();
  if (!brokers) return fail(brokers.error());
  const int least = site == Site::kProduction ? kReplication : 1;
  const int replication = wanted.value_or(std::max(least, std::min(*brokers, kReplication)));
  if (replication < least) {
    return fail(ErrorKind::kInvalidArgument, "TOO_FEW_BROKERS",
                fmt::format("a replication of {} is too low, it must be at least {}; say "
                            "--development where a lost disk may lose records",
                            replication, least));
  }
  if (replication > *brokers) {
    return fail(ErrorKind::kFailedPrecondition, "TOO_FEW_BROKERS",
                fmt::format("the topics need {} brokers and the cluster has {}; add brokers, or "
                            "say --development where a lost disk may lose records",
                            replication, *brokers));
  }
  for (auto& plan : plans) {
    if (!plan.create) continue;
    plan.create->replication = replication;
    // Then one broker may be lost, and nothing with it.
    if (replication >= kReplication)
      plan.create->settings.insert_or_assign("min.insync.replicas", std::string("2"));
  }
  return {};
}

Status apply_topics(const KafkaAdmin& admin, std::span<const TopicPlan> plans) {
  for (const auto& plan : plans) {
    if (plan.create) {
      if (auto made = admin.create(*plan.create); !made) return made;
    }
    if (plan.alter.empty()) continue;
    std::map<std::string, std::string> settings;
    for (const auto& breach : plan.alter) settings[breach.setting] = breach.set_to;
    if (auto altered = admin.alter(plan.topic, settings); !altered) return altered;
    if (auto told = wait_until_told(admin, plan.topic, settings); !told) return told;
  }
  return {};
}

}  // namespace lianmeng::log
