#include "platform/log/topic_rules.h"

#include <gtest/gtest.h>

#include <set>

#include "platform/log/check.h"

namespace lianmeng::log {
namespace {

// As a cluster of three brokers would tell of a topic that keeps the rules.
TopicInfo sound(const TopicRules& rules) {
  TopicInfo topic{rules.partitions,
                  {{"replication.factor", std::to_string(rules.replication_min)}}};
  for (const auto& rule : rules.settings) topic.settings.emplace_back(rule.name, rule.value);
  return topic;
}

void set(TopicInfo& topic, const std::string& name, const std::string& value) {
  for (auto& [setting, is] : topic.settings) {
    if (setting == name) is = value;
  }
}

TEST(TopicRules, EveryServiceHasItsTopicAndTheKeysHaveOne) {
  std::set<std::string> names;
  for (const auto& rules : all_topic_rules(Site::kProduction)) names.insert(rules.topic);
  EXPECT_EQ(names, (std::set<std::string>{"lianmeng.dispatch.v1", "lianmeng.keys.v1",
                                          "lianmeng.membership.v1", "lianmeng.notification.v1"}));
}

TEST(TopicRules, ASoundTopicBreaksNone) {
  for (const auto site : {Site::kProduction, Site::kDevelopment}) {
    for (const auto& rules : all_topic_rules(site)) {
      EXPECT_TRUE(check_topic(rules, sound(rules))) << rules.topic;
    }
  }
}

TEST(TopicRules, EachRuleIsNamedWhenItIsBroken) {
  for (const auto& rules : all_topic_rules(Site::kProduction)) {
    for (const auto& rule : rules.settings) {
      auto topic = sound(rules);
      using Relation = SettingRule::Relation;
      const std::string other = rule.relation == Relation::kIs        ? "something else"
                                : rule.relation == Relation::kAtLeast ? "0"
                                                                      : "99999999999";
      set(topic, rule.name, other);
      const auto broken = breaches(rules, topic);
      ASSERT_EQ(broken.size(), 1u) << rule.name;
      EXPECT_EQ(broken[0].setting, rule.name);
      EXPECT_EQ(broken[0].is, other);
      EXPECT_EQ(broken[0].set_to, rule.value);
      std::erase_if(topic.settings, [&](const auto& each) { return each.first == rule.name; });
      EXPECT_EQ(breaches(rules, topic).at(0).is, "not set");
    }
  }
}

TEST(TopicRules, TheErrorSaysWhatItIsWhatItMustBeAndTheCommand) {
  const auto rules = log_topic_rules("lianmeng.dispatch.v1", Site::kProduction);
  auto topic = sound(rules);
  set(topic, "retention.ms", "604800000");
  const auto refused = check_topic(rules, topic);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TOPIC_RULES");
  EXPECT_EQ(refused.error().message_en,
            "topic lianmeng.dispatch.v1: retention.ms is 604800000 and must be -1; put it right: "
            "lianmengctl topics apply");
}

TEST(TopicRules, WhatNoCommandOfOursMendsSaysWhatDoes) {
  const auto rules = log_topic_rules("t", Site::kProduction);
  auto topic = sound(rules);
  topic.partitions = 12;
  set(topic, "replication.factor", "1");
  const auto broken = breaches(rules, topic);
  ASSERT_EQ(broken.size(), 2u);
  EXPECT_EQ(broken[0].setting, "partitions");
  EXPECT_NE(to_string(broken[0]).find("12 and must be 48"), std::string::npos);
  EXPECT_EQ(
      to_string(broken[1]),
      "topic t: replication.factor is 1 and must be at least 3; add replicas with Kafka's own "
      "kafka-reassign-partitions.sh");
}

TEST(TopicRules, OneBrokerDoesInDevelopmentAndNowhereElse) {
  auto topic = sound(log_topic_rules("t", Site::kDevelopment));
  EXPECT_TRUE(check_topic(log_topic_rules("t", Site::kDevelopment), topic));
  const auto broken = breaches(log_topic_rules("t", Site::kProduction), topic);
  ASSERT_EQ(broken.size(), 2u);
  EXPECT_EQ(broken[0].setting, "replication.factor");
  EXPECT_EQ(broken[1].setting, "min.insync.replicas");
  EXPECT_EQ(broken[1].must, "at least 2");
  // With one replica it would end all writing, so it is not set before there are more.
  EXPECT_EQ(broken[1].set_to, "");
  EXPECT_NE(to_string(broken[1]).find("add replicas"), std::string::npos);
}

TEST(TopicRules, MoreInSyncThanThereAreReplicasIsABreach) {
  const auto rules = log_topic_rules("t", Site::kDevelopment);
  auto topic = sound(rules);
  set(topic, "min.insync.replicas", "2");
  const auto broken = breaches(rules, topic);
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(broken[0].must, "at most 1, as there are no more replicas");
  EXPECT_EQ(broken[0].set_to, "1");
}

TEST(TopicRules, AKindWithoutBrokersKeepsTheRestOfThem) {
  EXPECT_TRUE(check_topic(log_topic_rules("t", Site::kProduction), ruled_topic()));
  auto topic = ruled_topic();
  set(topic, "cleanup.policy", "compact");
  EXPECT_FALSE(check_topic(log_topic_rules("t", Site::kProduction), topic));
}

}  // namespace
}  // namespace lianmeng::log
