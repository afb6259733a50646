// TLS and signing in, against a broker that asks for both (./deploy/kafka/up --secure).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/log/kafka/admin.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/log/kafka/topics.h"

namespace lianmeng::log {
namespace {

constexpr int kScramMended = 0x020601ff;  // librdkafka 2.6.1.

std::string told(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    throw std::runtime_error(fmt::format("{} is not set: run ./tests/run --only kafka", name));
  }
  return value;
}

KafkaClientConfig secure(const std::string& mechanism) {
  KafkaClientConfig config;
  config.bootstrap_servers = told("LIANMENG_KAFKA_BOOTSTRAP");
  config.tls = KafkaClientConfig::Tls{
      .ca_file = told("KAFKA_CA"), .certificate_file = {}, .key_file = {}, .key_password_file = {}};
  config.sasl = KafkaClientConfig::Sasl{.mechanism = mechanism,
                                        .username = told("KAFKA_USER"),
                                        .password_file = told("KAFKA_PASSWORD_FILE")};
  return config;
}

Result<int> brokers(const KafkaClientConfig& config) {
  const auto admin = KafkaAdmin::open(config);
  if (!admin) return fail(admin.error());
  return (*admin)->brokers();
}

// Makes a topic, appends to it and asks for its end.
void use(const KafkaClientConfig& config) {
  SystemRandom random;
  const auto name = fmt::format("secure-{:016x}", random.next());
  const auto admin = KafkaAdmin::open(config);
  ASSERT_TRUE(admin);
  const auto made =
      (*admin)->create({name, kPartitions, 1, {{"message.timestamp.type", "LogAppendTime"}}});
  ASSERT_TRUE(made) << made.error().message_en;
  auto log = KafkaLog::open({.client = config}, [](LogNotice, const std::string&) {});
  ASSERT_TRUE(log) << log.error().message_en;
  std::promise<AppendOutcome> appended;
  (*log)->append({name, 7}, {Record{.key = "k", .headers = {}, .value = "v"}},
                 [&](AppendOutcome outcome) { appended.set_value(std::move(outcome)); });
  const auto outcome = appended.get_future().get();
  EXPECT_EQ(outcome.fate, AppendOutcome::Fate::kDurable) << outcome.error.message_en;
  std::promise<Result<Offset>> end;
  (*log)->end_offset({name, 7}, [&](Result<Offset> is) { end.set_value(std::move(is)); });
  EXPECT_EQ(end.get_future().get().value_or(-1), 1);
  log->reset();
  EXPECT_TRUE((*admin)->remove(name));
}

TEST(KafkaSecure, PlainOverTlsMakesATopicAppendsAndReads) { use(secure("PLAIN")); }

TEST(KafkaSecure, ScramWorksWithKafka3AndWithKafka4FromLibrdkafka261On) {
  const bool mended = rd_kafka_version() >= kScramMended;
  if (told("KAFKA_VERSION").starts_with("3.") || mended) {
    use(secure("SCRAM-SHA-512"));
  } else {
    EXPECT_FALSE(brokers(secure("SCRAM-SHA-512")));
  }
}

TEST(KafkaSecure, AWrongPasswordAnotherAuthorityAndTheClearAreTurnedAway) {
  const auto wrong = fmt::format("{}/wrong-password", told("KAFKA_DATA"));
  std::ofstream(wrong) << "not it";
  std::filesystem::permissions(wrong, std::filesystem::perms(0600));
  auto config = secure("PLAIN");
  config.sasl->password_file = wrong;
  const auto not_signed_in = brokers(config);
  ASSERT_FALSE(not_signed_in);
  EXPECT_NE(not_signed_in.error().message_en.find("Authentication failed"), std::string::npos)
      << not_signed_in.error().message_en;

  // The brokers' certificate is not signed by the client's: as good as any stranger.
  config = secure("PLAIN");
  config.tls->ca_file = fmt::format("{}/secure/client.pem", told("KAFKA_DATA"));
  EXPECT_FALSE(brokers(config));

  // Its certificate is for 127.0.0.1 and localhost; this is another name of that address.
  config = secure("PLAIN");
  config.bootstrap_servers.replace(0, std::string_view("127.0.0.1").size(), "127.1");
  EXPECT_FALSE(brokers(config));

  config = secure("PLAIN");
  config.tls.reset();
  const auto refused = brokers(config);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "KAFKA_CONFIG");
}

}  // namespace
}  // namespace lianmeng::log
