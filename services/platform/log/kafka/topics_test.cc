// The topics as a real broker makes, tells and changes them.
#include "platform/log/kafka/topics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "platform/base/ids.h"
#include "platform/base/random.h"

namespace lianmeng::log {
namespace {

class TopicsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* bootstrap = std::getenv("LIANMENG_KAFKA_BOOTSTRAP");
    ASSERT_NE(bootstrap, nullptr) << "deploy/kafka/up starts a broker and says its address";
    KafkaClientConfig config;
    config.bootstrap_servers = bootstrap;
    auto admin = KafkaAdmin::open(config);
    ASSERT_TRUE(admin) << admin.error().message_en;
    admin_ = std::move(*admin);
    SystemRandom random;
    name_ = fmt::format("topics-{:016x}", random.next());
  }
  void TearDown() override {
    if (admin_ && admin_->describe(name_)) {
      EXPECT_TRUE(admin_->remove(name_));
    }
  }

  std::vector<TopicPlan> plan(const TopicRules& rules) const {
    auto plans = plan_topics(*admin_, std::span(&rules, 1));
    EXPECT_TRUE(plans) << plans.error().message_en;
    return plans ? *plans : std::vector<TopicPlan>(1);
  }
  void apply(const TopicRules& rules) const {
    auto plans = plan(rules);
    const auto chosen = choose_replication(*admin_, Site::kDevelopment, std::nullopt, plans);
    ASSERT_TRUE(chosen) << chosen.error().message_en;
    const auto applied = apply_topics(*admin_, plans);
    ASSERT_TRUE(applied) << applied.error().message_en;
  }
  static bool is_sound(const TopicPlan& plan) {
    return !plan.create && plan.alter.empty() && plan.stuck.empty();
  }

  std::unique_ptr<KafkaAdmin> admin_;
  std::string name_;
};

TEST_F(TopicsTest, WhatIsMadeKeepsEveryRule) {
  for (auto rules :
       {log_topic_rules(name_, Site::kDevelopment), keys_topic_rules(Site::kDevelopment)}) {
    rules.topic = name_;
    ASSERT_TRUE(plan(rules)[0].create);
    apply(rules);
    EXPECT_TRUE(is_sound(plan(rules)[0]));
    ASSERT_TRUE(admin_->remove(name_));
  }
}

TEST_F(TopicsTest, WhatBreaksARuleIsNamedAndSetRightAndTheRestStays) {
  const auto rules = log_topic_rules(name_, Site::kDevelopment);
  ASSERT_TRUE(admin_->create({name_,
                              kPartitions,
                              1,
                              {{"retention.ms", "604800000"},
                               {"message.timestamp.type", "CreateTime"},
                               {"segment.bytes", "20000000"}}}));
  const auto found = plan(rules)[0];
  EXPECT_FALSE(found.create);
  EXPECT_TRUE(found.stuck.empty());
  std::map<std::string, std::string> wrong;
  for (const auto& breach : found.alter) wrong[breach.setting] = breach.is;
  EXPECT_EQ(wrong, (std::map<std::string, std::string>{{"message.timestamp.type", "CreateTime"},
                                                       {"retention.ms", "604800000"}}));
  apply(rules);
  EXPECT_TRUE(is_sound(plan(rules)[0]));
  EXPECT_EQ(admin_->describe(name_)->settings.at("segment.bytes"), "20000000");
  apply(rules);  // Again: nothing to do, nothing done.
}

TEST_F(TopicsTest, AWrongCountAndTooFewReplicasAreStuck) {
  ASSERT_TRUE(admin_->create({name_, 3, 1, {}}));
  const auto found = plan(log_topic_rules(name_, Site::kProduction))[0];
  ASSERT_EQ(found.stuck.size(), 3u);
  EXPECT_EQ(found.stuck[0].setting, "partitions");
  EXPECT_EQ(found.stuck[0].is, "3");
  EXPECT_EQ(found.stuck[1].setting, "replication.factor");
  EXPECT_EQ(found.stuck[2].setting, "min.insync.replicas");
}

TEST_F(TopicsTest, OutsideDevelopmentOneBrokerIsTooFew) {
  auto plans = plan(log_topic_rules(name_, Site::kProduction));
  const auto refused = choose_replication(*admin_, Site::kProduction, std::nullopt, plans);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TOO_FEW_BROKERS");
  EXPECT_FALSE(choose_replication(*admin_, Site::kProduction, 2, plans));
  EXPECT_TRUE(choose_replication(*admin_, Site::kDevelopment, 1, plans));
}

TEST_F(TopicsTest, ABrokerThatIsNotThereIsToldAndNothingIsMissing) {
  KafkaClientConfig config;
  config.bootstrap_servers = "127.0.0.1:1";
  const auto admin = KafkaAdmin::open(config);
  ASSERT_TRUE(admin);
  const auto rules = log_topic_rules(name_, Site::kDevelopment);
  const auto plans = plan_topics(**admin, std::span(&rules, 1));
  ASSERT_FALSE(plans);
  EXPECT_EQ(plans.error().reason, "LOG_UNAVAILABLE");
}

}  // namespace
}  // namespace lianmeng::log
