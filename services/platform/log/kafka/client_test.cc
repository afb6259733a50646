// What librdkafka says of brokers that cannot be reached, and passwords in files.
#include "platform/log/kafka/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/log/kafka/appender.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::log::kafka {
namespace {

// What librdkafka logs of an event that somebody polls for is told a second time.
constexpr std::string_view kByThePoller = "[thrd:app]";

class Lines {
 public:
  LogObserver observer() {
    return [this](LogNotice, const std::string& text) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(text);
      changed_.notify_all();
    };
  }
  void wait(std::string_view part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_locked(part) > 0; });
  }
  long count(std::string_view part) {
    const std::lock_guard lock(mutex_);
    return count_locked(part);
  }

 private:
  long count_locked(std::string_view part) const {
    return std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class UnreachableBrokerOf : public ::testing::TestWithParam<decltype(&make_producer)> {};

TEST_P(UnreachableBrokerOf, IsToldOnceAndLeavesNoEventsBehind) {
  Lines lines;
  const auto observer = lines.observer();
  KafkaClientConfig config;
  config.bootstrap_servers = "127.0.0.1:1";
  auto conf = make_conf(config, {});
  ASSERT_TRUE(conf);
  auto handle = GetParam()(std::move(*conf), &observer);
  ASSERT_TRUE(handle);
  lines.wait("Connection refused");
  lines.wait("brokers are down");
  while (rd_kafka_outq_len(handle->get()) > 0) std::this_thread::yield();
  handle->reset();
  EXPECT_EQ(lines.count(kByThePoller), 0);
}

INSTANTIATE_TEST_SUITE_P(Handles, UnreachableBrokerOf,
                         testing::Values(&make_producer, &make_consumer));

TEST(UnreachableBroker, IsToldOnceByAnAppenderThatIsClosed) {
  Lines lines;
  const auto observer = lines.observer();
  KafkaClientConfig config;
  config.bootstrap_servers = "127.0.0.1:1";
  auto appender = Appender::open(config, 1'000'000, std::chrono::milliseconds(300), &observer);
  ASSERT_TRUE(appender);
  (*appender)->append({"t", 0}, {Record{}}, [](const AppendOutcome& outcome) {
    EXPECT_EQ(outcome.fate, AppendOutcome::Fate::kFailed);
  });
  lines.wait("Connection refused");
  appender->reset();
  EXPECT_EQ(lines.count(kByThePoller), 0);
}

TEST(MakeConf, RefusesAPasswordThatOthersMayReadWithTheRemedy) {
  const TempFolder folder;
  const auto path = folder.path() + "/password";
  std::ofstream(path) << "secret";
  KafkaClientConfig config;
  config.bootstrap_servers = "127.0.0.1:1";
  config.sasl = KafkaClientConfig::Sasl{
      .mechanism = "SCRAM-SHA-256", .username = "lianmeng", .password_file = path};
  for (const unsigned mode : {0640u, 0604u}) {
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    const auto refused = make_conf(config, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "KAFKA_CONFIG");
    EXPECT_EQ(
        refused.error().message_en,
        fmt::format("{}: the SASL password may be read by others (mode {:04o}); run chmod 600 "
                    "on it, and replace it if anybody did",
                    path, mode));
  }
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  EXPECT_TRUE(make_conf(config, {}));
}

TEST(MakeConf, RefusesAKeyThatOthersMayReadWithTheRemedy) {
  const TempFolder folder;
  const auto path = folder.path() + "/client.key";
  std::ofstream(path) << "a key";
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  KafkaClientConfig config;
  config.bootstrap_servers = "127.0.0.1:1";
  config.tls = KafkaClientConfig::Tls{.ca_file = {},
                                      .certificate_file = folder.path() + "/client.crt",
                                      .key_file = path,
                                      .key_password_file = {}};
  const auto refused = make_conf(config, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "KAFKA_CONFIG");
  EXPECT_EQ(refused.error().message_en,
            path +
                ": the client's key may be read by others (mode 0644); run chmod 600 on it, and "
                "replace it if anybody did");
}

}  // namespace
}  // namespace lianmeng::log::kafka
