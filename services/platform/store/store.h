// Where a fold's state is kept: a cache of a valid prefix of the log, never the truth.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/state/view.h"

namespace lianmeng::store {

// One partition's committed state. Threads: one at a time; different partitions may be used at once.
// Lifetime: must not outlive its Store.
class PartitionStore : public state::View {
 public:
  // Writes all changes or none of them; after an ok they survive a crash of the process. An empty
  // set changes nothing. STORE_FULL when the disk is.
  virtual Status commit(const state::Layer::Changes& changes) = 0;
  // Forgets everything, so that the log is folded anew.
  virtual Status clear() = 0;
};

struct OpenedPartition {
  std::unique_ptr<PartitionStore> partition;
  bool rebuilt = false;  // It held something that another fold wrote, and starts empty.
  std::string why;       // What it was, for the log: "written by fold 1, this is fold 2".
};

// Threads: any. One process at a time.
class Store {
 public:
  virtual ~Store() = default;
  // A state written by another fold version, partition count or layout is dropped, never misread.
  virtual Result<OpenedPartition> open(std::string_view service, int partition,
                                       int fold_version) = 0;
};

// The in-memory twin: tests, the simulation.
std::unique_ptr<Store> open_memory_store();

}  // namespace lianmeng::store
