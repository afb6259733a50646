// What a backup says of itself: the file MANIFEST, lines of words, the last one a checksum of those
// before it.
//
//   lianmeng-log-backup 1          the format
//   made 2026-11-22T01:02:03.004Z
//   partitions 48
//   segment 1 67108712 a1b2c3d4    number, bytes, CRC32C
//   end lianmeng.dispatch.v1 7 120 topic, partition, one past the last record
//   crc32c 0f1e2d3c
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/log.h"

namespace lianmeng::log {

struct BackupSegment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
  bool operator==(const BackupSegment&) const = default;
};

struct Manifest {
  Time made{};
  int partitions = 0;
  std::vector<BackupSegment> segments;
  std::map<TopicPartition, Offset> ends;
  bool operator==(const Manifest&) const = default;
};

inline constexpr int kBackupFormat = 1;

std::string encode_manifest(const Manifest& manifest);
// Errors: BACKUP_DAMAGED, and BACKUP_OF_OTHER_VERSION when the format is not ours. Both name
// `path`.
Result<Manifest> decode_manifest(std::string_view bytes, const std::string& path);

}  // namespace lianmeng::log
