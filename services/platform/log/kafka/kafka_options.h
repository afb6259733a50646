// The options kafka.* of every program that reaches brokers.
#pragma once

#include <filesystem>
#include <string>

#include "platform/config/options.h"
#include "platform/log/kafka/kafka_config.h"
#include "platform/log/topic_rules.h"

namespace lianmeng::log {

struct KafkaOptions {
  std::string bootstrap;
  bool development = false;
  bool tls = false;
  std::filesystem::path ca_file;
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
  std::filesystem::path key_password_file;
  std::string sasl_mechanism;
  std::string username;
  std::filesystem::path password_file;

  Site site() const { return development ? Site::kDevelopment : Site::kProduction; }
  // KAFKA_CONFIG for what would be passed over in silence: files of TLS without TLS, which would
  // send all in the clear, and who signs in where nobody does.
  Status check() const;
  KafkaClientConfig client(std::string client_id) const;
  // What makes the topics and puts them right, to be typed as it stands; `file` has these options.
  std::string topics_command(const std::string& file = {}) const;
  // The rules know no brokers: in what they refuse the command stands by its name alone.
  Error with_command(Error error, const std::string& file = {}) const;
};

// `member` is the program's own KafkaOptions.
template <class C>
void bind_kafka(config::Options<C>& options, KafkaOptions C::*member) {
  const auto in = [member](auto KafkaOptions::*field) {
    return [member, field](C& config) -> auto& { return config.*member.*field; };
  };
  options
      .bind("kafka.bootstrap", in(&KafkaOptions::bootstrap),
            {"Kafka 的地址 host:port，可写几个，以逗号分开",
             "Brokers, host:port,host:port; some of the cluster will do"})
      .bind("kafka.development", in(&KafkaOptions::development),
            {"开发环境：主题可只有一个副本，断电可能丢失记录",
             "Topics may have a single replica: a power cut may lose records"})
      .bind("kafka.tls", in(&KafkaOptions::tls), {"以 TLS 连接", "Connect by TLS"})
      .bind("kafka.ca_file", in(&KafkaOptions::ca_file),
            {"验证 Kafka 证书的根证书，PEM；为空则用系统的",
             "Who vouches for the brokers, PEM; empty: the system's"})
      .bind("kafka.certificate_file", in(&KafkaOptions::certificate_file),
            {"本方证书，PEM；为空则不出示", "The certificate to show, PEM; empty: none"})
      .bind("kafka.key_file", in(&KafkaOptions::key_file), {"本方证书的私钥，PEM", "Its key, PEM"})
      .bind("kafka.key_password_file", in(&KafkaOptions::key_password_file),
            {"私钥密码所在文件", "File with the key's password"})
      .bind("kafka.sasl_mechanism", in(&KafkaOptions::sasl_mechanism),
            {"登录方式；为空则不登录", "How to sign in; empty: not at all"},
            {.one_of = {"", "SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"}})
      .bind("kafka.username", in(&KafkaOptions::username), {"登录用户名", "Who signs in"})
      .bind("kafka.password_file", in(&KafkaOptions::password_file),
            {"登录密码所在文件", "File with the password"});
}

}  // namespace lianmeng::log
