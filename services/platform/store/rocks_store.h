// The store on disk: one RocksDB for the process, one column family per partition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/store/store.h"

namespace lianmeng::store {

struct RocksConfig {
  std::string path;  // A folder of its own, made when it is not there.
  // Blocks, indexes and filters that are held in memory, for all partitions together.
  std::size_t cache_bytes = std::size_t{32} << 20;
  // Table files that are held open; one costs some 10 KiB besides the cache.
  int open_files_max = 512;
};

// Errors: STORE_LOCKED (another process has it), STORE_DAMAGED, STORE_DISK_FULL, STORE_IO; each
// names the path and what to do.
Result<std::unique_ptr<Store>> open_rocks_store(const RocksConfig& config);

}  // namespace lianmeng::store
