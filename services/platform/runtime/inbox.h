// What comes to a core loop from any thread, and where it waits. Inside platform/runtime only.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "platform/base/time.h"
#include "platform/log/log.h"
#include "platform/runtime/partition.h"

namespace lianmeng::runtime {

struct RecordsIn {
  int source;
  std::vector<log::Record> records;
  log::Offset next;
};
struct FollowErrorIn {
  int source;
  Error error;
};
struct OutcomeIn {
  std::uint64_t ticket;
  log::AppendOutcome outcome;
};
struct EndIn {
  std::uint64_t ticket;
  Result<log::Offset> end;
};
struct FollowedEndIn {
  int source;
  Result<log::Offset> end;
};
struct TipIn {
  std::optional<log::Record> record;
};
struct DrainIn {
  bool on;
};
struct ForwardFailedIn {
  std::string host;
  std::vector<Command> commands;
  bool fate_unknown;
};
using Look = std::function<void(const std::vector<const Partition*>&)>;
struct Input {
  std::size_t slot;
  std::variant<Command, std::vector<Command>, Query, Watch, RecordsIn, FollowErrorIn, OutcomeIn,
               EndIn, FollowedEndIn, TipIn, DrainIn, ForwardFailedIn, Look>
      what;
};

// Threads: any. After close() nothing is taken any more.
class Inbox {
 public:
  // False when the loop has ended: `what` is then left with the caller.
  template <class What>
  bool post(std::size_t slot, What&& what) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      inputs_.push_back({slot, std::forward<What>(what)});
      wake = std::exchange(asleep_, false);
    }
    if (wake) wake_.notify_one();
    return true;
  }

  void ask_stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_asked_ = true;
      asleep_ = false;
    }
    wake_.notify_one();
  }

  bool stop_asked() {
    const std::lock_guard lock(mutex_);
    return stop_asked_;
  }

  // Takes what has arrived, after waiting for it until `wakeup`.
  void take(std::vector<Input>& inputs, Clock& clock, SteadyTime wakeup, bool stopping) {
    std::unique_lock lock(mutex_);
    const auto time = clock.steady();
    if (inputs_.empty() && wakeup > time && stop_asked_ == stopping) {
      asleep_ = true;
      // In steps of a second at most, so that no far wake-up overflows the wait.
      const auto wait = std::min<std::chrono::nanoseconds>(wakeup - time, std::chrono::seconds{1});
      wake_.wait_for(lock, wait, [&] { return !asleep_; });
      asleep_ = false;
    }
    inputs.swap(inputs_);
  }

  std::vector<Input> close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return std::exchange(inputs_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Input> inputs_;
  bool asleep_ = false;
  bool stop_asked_ = false;
  bool closed_ = false;
};

}  // namespace lianmeng::runtime
