// Where partitions keep their state between restarts: a cache of the log's valid prefix.
//
//   Store ── open(service, partition, identity) ──► PartitionStore   one fold's rows
//
// Two kinds under one contract suite (contract_test.cc): memory (memory_store.h) and RocksDB
// (rocks_store.h). Losing a store loses nothing: the fold is run again.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/base/latency.h"
#include "platform/state/view.h"

namespace lianmeng::store {

// What the bytes in a partition's store mean. One written under another identity is never read: it
// is dropped and the fold runs anew.
struct StoreIdentity {
  int fold_version = 0;  // Fold::version().
  int partitions = kPartitions;
  bool operator==(const StoreIdentity&) const = default;
};

// One partition's rows: what has been committed, and nothing of what has not.
// Keys begin with a byte from 0x01 on (a table id); 0x00 belongs to the store itself.
// Threads: belongs to its partition's loop; different partitions may be used at the same time.
// Lifetime: outlives its cursors; a cursor is invalid after commit() and clear().
// Failure: rows that cannot be read end the process, since a fold over half of its state would be
// wrong; the message names the store and what to do.
class PartitionStore : public state::View {
 public:
  // Writes all of `changes` or, whatever happens, none; readable and durable after returning OK. An
  // error leaves what was committed before as it was, and the same commit may be tried again.
  virtual Status commit(const state::Changes& changes) = 0;
  // Forgets everything, for a rebuild.
  virtual Status clear() = 0;
};

struct OpenedPartition {
  std::unique_ptr<PartitionStore> store;
  bool rebuilt = false;  // Rows of another identity were dropped: `store` is empty.
};

struct StoreStats {
  std::uint64_t bytes = 0;        // Of table files.
  std::uint64_t cache_bytes = 0;  // Held in memory, and at most.
  std::uint64_t cache_bytes_max = 0;
  std::uint64_t commits = 0;  // Since the opening, as the next two.
  std::uint64_t commits_failed = 0;
  LatencyCounts commit_latency;
};

// All partitions that a process hosts.
// Threads: safe from any.
// Lifetime: what it holds on disk stays locked until it and all its partitions are gone.
class Store {
 public:
  virtual ~Store() = default;
  // `service` and 0 <= partition < kPartitions name it; a partition is open once at a time. One
  // that was never committed to is empty and costs nothing.
  virtual Result<OpenedPartition> open(std::string_view service, int partition,
                                       const StoreIdentity& identity) = 0;
  // Cheap enough to be asked several times a second. A kind without files has none.
  virtual StoreStats stats() const { return {}; }
};

}  // namespace lianmeng::store
