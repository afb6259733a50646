// The keys as a topic of the log has them: what its records mean, and one process' view of them.
// Inside platform/seal only, and for the fuzzer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/log.h"
#include "platform/seal/key_file.h"

namespace lianmeng::seal {

// Records are told apart by the first byte of their value:
//   K  key = key id; wrapped key (60 bytes), subject
//   E  key = key id: erased. Not a tombstone of Kafka's, which it forgets: an erased key is told
//      from one that was never here for ever
//   C  key = "check-" and chance; the check of the master key. The first of them counts
//   B  key = "beat": a broker closes a segment, which alone it compacts, when something is appended
log::Record key_record(const std::string& key_id, const KeptKey& key);
log::Record erased_record(const std::string& key_id);
Result<log::Record> check_record(std::string check, const FillRandom& random);
log::Record beat_record();

// All of a topic's records, folded in their order.
class KeyTable {
 public:
  // KEY_STORE_DAMAGED: a record that is none of these.
  Status apply(const log::Record& record, const std::string& topic);

  const std::string& check() const { return check_; }  // Empty: none yet.
  const KeptKeys& keys() const { return keys_; }
  // The subject's live key: of several, which only hosts that made one at the same moment leave
  // behind, the first in the topic.
  const std::string* find(const std::string& subject) const;
  bool is_erased(const std::string& key_id) const;
  // Erased keys of which a late copy came behind the erasure: to be erased again, or compaction
  // would keep the copy.
  std::vector<std::string> take_came_back() { return std::exchange(came_back_, {}); }
  Time newest() const { return newest_; }  // The stamp of the last record.

 private:
  std::string check_;
  KeptKeys keys_;
  std::unordered_map<std::string, std::string> by_subject_;
  std::unordered_map<std::string, std::vector<std::string>> rivals_;  // Behind the first, in order.
  std::vector<std::string> came_back_;
  Time newest_{};
};

// Follows the topic. Threads: all from any. Lifetime: borrows log and clock.
// Errors: KEYS_UNAVAILABLE (the log does not answer: try again), KEY_STORE_DAMAGED, and for good
// what ended the following (LOG_TRUNCATED).
class KeyTopic {
 public:
  // Reads all that is there.
  static Result<std::unique_ptr<KeyTopic>> open(log::Log& log, Clock& clock, std::string topic,
                                                Duration timeout);
  ~KeyTopic();

  // Waits until the table has all that was in the topic when this was called, or nothing is heard
  // for this long.
  Status catch_up() { return catch_up(timeout_); }
  Status catch_up(Duration silent_max);
  // Whether the table has all that was in the topic so long ago. When it has not, and the last
  // catch_up() did not fail, waits for another one: at most `patience`, so never without any.
  Status check_fresh(Duration age, Duration patience = {});
  // The table has all that was in the topic then.
  SteadyTime current_at();
  // Appends; returns when all is durable and in the table. Whether it is ever is not known when
  // this fails.
  Status put(std::vector<log::Record> records) { return put(std::move(records), 2 * timeout_); }
  Status put(std::vector<log::Record> records, Duration patience);

  template <class Look>
  auto look(Look look) {
    const std::lock_guard lock(state_->mutex);
    return look(state_->table);
  }
  const std::string& topic() const { return state_->at.topic; }
  Error unavailable(const std::string& why) const;  // KEYS_UNAVAILABLE.

 private:
  struct State final : log::FollowSink {
    void on_records(std::vector<log::Record> records, log::Offset next) override;
    void on_error(Error error) override;

    log::TopicPartition at;
    std::mutex mutex;
    std::condition_variable moved;
    KeyTable table;  // Guarded by mutex, as the next four.
    log::Offset next = 0;
    std::optional<Error> failed;  // For good.
    SteadyTime current_at{};      // When the last catch_up() that succeeded was called.
    bool is_reached = true;       // The last one did.
  };

  KeyTopic(log::Log& log, Clock& clock, std::string topic, Duration timeout);
  Status reach_end(SteadyTime asked_at, Duration silent_max);
  Status wait_for(log::Offset end, Duration silent_max,
                  std::chrono::steady_clock::time_point until);

  log::Log& log_;
  Clock& clock_;
  const Duration timeout_;  // Without any progress.
  std::shared_ptr<State> state_;
  std::unique_ptr<log::Following> following_;
};

}  // namespace lianmeng::seal
