// What a stopped server left in its log, in memory: the records of every service and partition.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "platform/log/log.h"
#include "platform/runtime/fold.h"

namespace lianmeng::bench {

// By topic and partition, in the order of their offsets.
using Journal = std::map<log::TopicPartition, std::vector<log::Record>>;

// At most so many records of each service, the first ones of every partition alike. Throws
// std::runtime_error when the folder holds no log or a server has it open.
Journal read_journal(const std::filesystem::path& folder,
                     std::span<const runtime::Fold* const> services, std::uint64_t records_max);

}  // namespace lianmeng::bench
