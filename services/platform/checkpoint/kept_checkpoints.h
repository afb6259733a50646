// The checkpoints that peers are reading: put aside when one is asked for, gone when it is closed
// or forgotten.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "platform/base/error.h"
#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/store/store.h"

namespace lianmeng::checkpoint {

struct KeptConfig {
  std::filesystem::path folder;  // Of its own, on the store's file system; emptied at the start.
  Duration idle_max = std::chrono::minutes(10);
  std::size_t open_max = 64;  // Then CHECKPOINT_BUSY.
};

// Threads: any; one of its own forgets what nobody reads, whose files would stay on the disk when
// the store has long merged them away. Lifetime: borrows store and clock.
class KeptCheckpoints {
 public:
  KeptCheckpoints(KeptConfig config, store::Store& store, Clock& clock);
  ~KeptCheckpoints();
  KeptCheckpoints(const KeptCheckpoints&) = delete;
  KeptCheckpoints& operator=(const KeptCheckpoints&) = delete;

  struct Opened {
    std::string id;
    store::Checkpoint checkpoint;
  };
  // CHECKPOINT_MISSING: nothing is stored of that partition yet.
  Result<Opened> open(const std::string& service, int partition);
  // Where a file of it lies. CHECKPOINT_MISSING.
  Result<std::filesystem::path> file(const std::string& id, const std::string& name);
  void close(const std::string& id);

 private:
  struct Kept {
    store::Checkpoint checkpoint;
    SteadyTime read_at;
  };

  void forget_idle();  // With the lock held, as remove().
  void remove(const std::string& id);
  void run(const std::stop_token& stop);

  const KeptConfig config_;
  store::Store& store_;
  Clock& clock_;
  std::mutex mutex_;
  SystemRandom random_;  // Guarded by mutex_, as the next one.
  std::map<std::string, Kept> kept_;
  std::condition_variable_any wake_;
  std::jthread forgetting_;
};

}  // namespace lianmeng::checkpoint
