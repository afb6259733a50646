// A thread that owns partitions and drives them: inputs by arrival, effects to the log, dirty rows
// to the store.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/random.h"
#include "platform/log/log.h"
#include "platform/runtime/partition.h"

namespace lianmeng::runtime {

struct LoopConfig {
  std::size_t calls_max = 20'000;       // Calls that wait for the loop; the next one is BUSY.
  std::uint64_t flush_events = 25'000;  // Applied records that may wait for the store, per loop.
  std::size_t flush_bytes = 64u << 20;  // And what they may hold in memory.
  // So many times as much may gather while the store cannot be written; then commands are refused
  // and no log is read, but for one more delivery of each.
  std::uint64_t overfull = 4;
  // Records read and not yet folded: of each followed log, with those that its policy has not
  // answered; and of all logs together. A pause may let one more delivery of each log through.
  int read_ahead = 2'000;
  int read_ahead_all = 8'000;
  std::chrono::milliseconds close_budget{5'000};
};

// What became of a partition, for logs: level is "info", "warn" or "error".
using Observer = std::function<void(std::string_view level, const std::string& text)>;

class Inbox;
struct Input;
struct ReadAhead;
class RecordSink;
class TipReader;

// Drives the partitions of one core; for them it alone touches log, store and clock.
// Threads: command(), query(), watch() and inspect() from any thread, never blocking; all else on
// the loop's own. Lifetime: borrows log and clock, which outlive it; stop() before destruction.
class CoreLoop {
 public:
  CoreLoop(LoopConfig config, log::Log& log, Clock& clock, Observer observer);
  ~CoreLoop();
  CoreLoop(const CoreLoop&) = delete;
  CoreLoop& operator=(const CoreLoop&) = delete;

  // Before start(). The slot is how calls name it.
  std::size_t add(std::unique_ptr<Partition> partition, std::string topic, int number,
                  std::vector<std::string> followed_topics);
  // The source of random ids of this loop's partitions.
  Random& random() { return random_; }

  void start();
  // Answers or refuses all that it accepted, writes the dirty rows, ends the thread.
  void stop();

  void command(std::size_t slot, Command command);
  // All of them next to each other.
  void commands(std::size_t slot, std::vector<Command> commands);
  void query(std::size_t slot, Query query);
  void watch(std::size_t slot, Watch watch);
  // While it is on, its partitions are drained and, once they are, written to the store.
  void drain(bool on);
  // Why rows could not be written; nothing once all that waited for it could.
  std::optional<Error> store_error() const;
  // So much waits for the store that no command is taken and no log read, until it can be written.
  bool overfull() const;
  // How long the thread has not waited for work.
  std::chrono::nanoseconds busy_time() const { return std::chrono::nanoseconds(busy_ns_); }
  // Partition::can_answer, and not overfull. Any thread; may be told a round late.
  bool can_answer(std::size_t slot) const { return *slots_[slot].can_answer && !overfull(); }
  // Runs on the loop's thread with every partition; false when the loop has ended.
  bool inspect(std::function<void(const std::vector<const Partition*>&)> look);

 private:
  struct Slot {
    std::unique_ptr<Partition> partition;
    log::TopicPartition own;
    std::vector<log::TopicPartition> followed;
    // kOwnLog first, then the followed ones.
    std::vector<std::shared_ptr<RecordSink>> sinks;
    std::vector<std::unique_ptr<log::Following>> followings;
    std::shared_ptr<TipReader> tip_reader;
    std::unique_ptr<log::Following> tip_following;
    std::unique_ptr<std::atomic<bool>> can_answer = std::make_unique<std::atomic<bool>>(false);
    bool reported = false;
    std::uint64_t oversized = 0;    // Reported.
    std::uint64_t differences = 0;  // Reported.
    bool unwritten = false;         // The last flush failed: not tried again before flush_after.
    SteadyTime flush_after{SteadyTime::min()};
  };

  bool admit(std::size_t calls = 1);
  Now now() { return {clock_.now(), clock_.steady()}; }
  void run();
  void handle(Input& input, Now now);
  void perform(std::size_t index);
  void forward(std::size_t index, std::vector<Effects::Forward> forwards);
  void follow(std::size_t index, const Effects::Follow& follow);
  void read_tip(std::size_t index, log::Offset offset);
  void flush_some(Now now);
  void flush_drained(Now now);
  bool flush_slot(Slot& slot, Now now);
  void forget_store_error();
  void report(Slot& slot);
  void resume_followings();

  const LoopConfig config_;
  log::Log& log_;
  Clock& clock_;
  const Observer observer_;
  SystemRandom random_;
  std::vector<Slot> slots_;

  // Shared with the log's callbacks, which may come after the loop has ended.
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<ReadAhead> read_ahead_;
  bool draining_ = false;  // The loop's own.
  mutable std::mutex store_error_mutex_;
  std::optional<Error> store_error_;  // Of the last that failed; guarded by store_error_mutex_.
  std::atomic<std::int64_t> busy_ns_{0};
  std::atomic<std::size_t> calls_{0};  // Submitted and not yet handed to a partition.
  std::thread thread_;
};

}  // namespace lianmeng::runtime
