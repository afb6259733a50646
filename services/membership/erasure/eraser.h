// Deletes the keys of those of whom the log says that they were erased.
//
// The event is the truth and this its effect, at least once: at start, after a restore and whenever
// an erasure is applied here, every key that it names is deleted from the key store. Answers do not
// wait for it: the state has no ciphertext of who was erased (roster.h).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/seal/key_store.h"
#include "platform/state/view.h"

namespace lianmeng::membership {

// Threads: start() and stop() from one, settle() from any; sweep() from one, when not started.
// Lifetime: borrows the key store and what the functions refer to; stop() before these go.
class Eraser {
 public:
  // Of one partition: how far it is applied, and its state. Called on the thread that owns it.
  using Look = std::function<void(int partition, std::uint64_t sequence, const state::View&)>;
  // Calls `look` for every partition of membership, one after another, and returns then.
  using EachPartition = std::function<void(const Look& look)>;
  // Told when keys cannot be deleted, once until they can.
  using Tell = std::function<void(const Error&)>;

  Eraser(seal::KeyStore& keys, EachPartition each, Tell tell);
  ~Eraser();
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;

  // Deletes what was erased since the last time, all with one call of the key store.
  Status sweep();

  // Sweeps again and again on a thread of its own.
  void start();
  // What still waits is told that it is pending.
  void stop();

  // Calls `done` when the keys of the erasure at this place are deleted (null), or cannot be yet
  // (ERASURE_PENDING: it is tried again until they are). Once, on the thread of the sweeps; after
  // its end inside the call.
  using Done = std::function<void(const Error*)>;
  void settle(const Place& place, Done done);

  // Erased persons whose keys are still to be deleted, as the last sweep left them. From any
  // thread.
  std::size_t pending() const { return pending_; }

 private:
  struct Waiting {
    Place place;
    Done done;
  };
  void run();
  void answer(const Status& swept, bool last);

  seal::KeyStore& keys_;
  const EachPartition each_;
  const Tell tell_;
  std::map<int, std::uint64_t>
      swept_;          // By partition: up to this sequence. Of the sweeping thread.
  bool told_ = false;  // Of the sweeping thread.
  std::atomic<std::size_t> pending_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_, as all below.
  bool ended_ = false;     // Nobody sweeps any more.
  bool asked_ = false;     // Somebody came since the last sweep began.
  std::vector<Waiting> waiting_;
  std::thread thread_;
};

}  // namespace lianmeng::membership
