// How the tools are told where Kafka is: by a service's configuration file, by LIANMENG_KAFKA_* in
// the environment, by a flag.
#pragma once

#include <string>

#include "ctl/options.h"
#include "platform/log/kafka/kafka_options.h"

namespace lianmeng::ctl {

// `address` and `file` are what the flags say, empty when they are not given. Of the file only
// kafka.* counts. Usage error when no brokers are named anywhere.
Result<log::KafkaOptions> kafka_options(const std::string& address, const std::string& file,
                                        const Environment& environment);

}  // namespace lianmeng::ctl
