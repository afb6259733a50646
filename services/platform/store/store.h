// Where partitions keep their state between restarts: a cache of the log's valid prefix.
//
//   Store ── open(service, partition, identity) ──► PartitionStore   one fold's rows
//
// Two kinds under one contract suite (contract_test.cc): memory (memory_store.h) and RocksDB
// (rocks_store.h). Losing a store loses nothing: the fold is run again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

// A partition's committed rows as files: what a host with an empty disk takes from a peer instead
// of folding the log anew. Hosts of one version alone understand each other's.
struct CheckpointFile {
  std::string name;  // In the checkpoint's folder.
  std::uint64_t bytes = 0;
  int level = 0;
  std::uint64_t smallest_sequence = 0;  // RocksDB's own, as the level.
  std::uint64_t largest_sequence = 0;
};
struct Checkpoint {
  std::string comparator;
  std::vector<CheckpointFile> files;
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
  // Whether anything was committed to a partition. It may be open.
  virtual bool has(std::string_view service, int partition) const = 0;
  // The rows of the last commit, in `folder`, which is made; on one file system with the store it
  // costs next to nothing. The partition may be open and written to. STORE_EMPTY when it has none;
  // a kind without files answers CHECKPOINT_UNSUPPORTED, as import_partition.
  virtual Result<Checkpoint> export_partition(std::string_view service, int partition,
                                              const std::string& folder);
  // Makes these files, of which all bytes are verified, the rows of a partition that is not open
  // and has none, or, whatever happens, does nothing. They are moved. Whose fold wrote them is
  // judged by open().
  virtual Status import_partition(std::string_view service, int partition,
                                  const std::string& folder, const Checkpoint& checkpoint);
  // Cheap enough to be asked several times a second. A kind without files has none.
  virtual StoreStats stats() const { return {}; }
};

}  // namespace lianmeng::store
