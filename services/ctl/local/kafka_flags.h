// How the tools are told where Kafka is: by a service's configuration file, by LIANMENG_KAFKA_* in
// the environment, by a flag.
#pragma once

#include <memory>
#include <string>

#include "ctl/options.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/log/kafka/kafka_options.h"

namespace lianmeng::ctl {

// `address` and `file` are what the flags say, empty when they are not given. Of the file only
// kafka.* counts. Usage error when no brokers are named anywhere.
Result<log::KafkaOptions> kafka_options(const std::string& address, const std::string& file,
                                        const Environment& environment);

// Whether a tool that works on files by itself is told of brokers by --kafka or --config.
bool is_on_kafka(const Parsed& parsed);

// What is wrong on the way is told to whoever runs the tool.
Result<std::unique_ptr<log::KafkaLog>> open_kafka(const log::KafkaOptions& kafka,
                                                  const Environment& environment);

}  // namespace lianmeng::ctl
