#include "ctl/local/kafka_flags.h"

#include <ostream>

#include "ctl/local/report.h"
#include "ctl/values.h"
#include "platform/config/load.h"

namespace lianmeng::ctl {
namespace {

struct Told {
  log::KafkaOptions kafka;
};

}  // namespace

Result<log::KafkaOptions> kafka_options(const std::string& address, const std::string& file,
                                        const Environment& environment) {
  config::Options<Told> options;
  log::bind_kafka(options, &Told::kafka);
  config::Sources sources{.file = {}, .environment = {}, .overrides = {}, .only_section = "kafka"};
  if (!file.empty()) sources.file = file;
  for (const auto& option : options.list()) {
    const auto name = option.environment_name();
    if (auto value = environment.variable(name); !value.empty()) {
      sources.environment[name] = std::move(value);
    }
  }
  if (!address.empty()) sources.overrides.emplace_back("kafka.bootstrap", address);
  auto told = config::load(options, sources);
  if (!told) return fail(usage_error(told.error().message_zh, told.error().message_en));
  if (told->kafka.bootstrap.empty()) {
    return fail(
        usage_error("未指明 Kafka 的地址：请用 --kafka host:port，或在配置文件中写 kafka.bootstrap",
                    "no brokers are named: say --kafka host:port, or kafka.bootstrap in "
                    "the configuration file"));
  }
  if (auto complete = told->kafka.check(); !complete) return fail(std::move(complete).error());
  return std::move(told->kafka);
}

bool is_on_kafka(const Parsed& parsed) {
  return !flag_or(parsed, "kafka", "").empty() || !flag_or(parsed, "config", "").empty();
}

Result<std::unique_ptr<log::KafkaLog>> open_kafka(const log::KafkaOptions& kafka,
                                                  const Environment& environment) {
  return log::KafkaLog::open({.client = kafka.client("lianmengctl")},
                             [&](log::LogNotice notice, const std::string& text) {
                               if (notice == log::LogNotice::kError)
                                 environment.err << text << "\n";
                             });
}

}  // namespace lianmeng::ctl
