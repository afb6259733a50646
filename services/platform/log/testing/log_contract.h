// What every kind of log must do, as one suite. A kind joins with a fixture and
//
//   INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values(make_embedded_fixture));
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/log/log.h"

namespace lianmeng::log {

// What a kind can do beside the verbs; tests that need what it cannot are skipped.
struct LogCapabilities {
  bool reopen = false;    // Can be closed and opened again.
  bool recreate = false;  // Can be emptied behind the readers' backs.
  bool faults = false;    // Can make the next appends go wrong.
  bool threads = false;   // Takes calls from several threads (the simulation has one).
};

// What shall become of appends from now on, until Fault::kNone.
enum class Fault { kNone, kFailed, kLostReply, kLate, kPartial, kHole, kDuplicate, kGap };

// One log and what a test does to it behind the interface.
class LogFixture {
 public:
  virtual ~LogFixture() = default;
  virtual LogCapabilities capabilities() const = 0;
  // Clients 0 and 1 are two writers of one log; a kind in process may answer with the same object.
  virtual Log& client(int id) = 0;
  // Lets the log work until `condition` holds; false when it does not within half a minute.
  virtual bool wait(const std::function<bool()>& condition) = 0;
  // Tells wait() that its condition may have changed; from any thread.
  virtual void changed() = 0;

  // All clients are new afterwards. Requires the capability, as the next ones.
  virtual void reopen() {}
  virtual void recreate(const TopicPartition&) {}
  virtual void set_fault(Fault) {}
  // What may still land has landed or never will.
  virtual void settle() {}
};

// wait() and changed() of a log with threads.
class ThreadedFixture : public LogFixture {
 public:
  bool wait(const std::function<bool()>& condition) override;
  void changed() override;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Gathers what a follower is told, and asserts that it begins with the following and that batches
// neither overlap nor run back.
class Collector final : public FollowSink {
 public:
  explicit Collector(LogFixture& fixture) : fixture_(fixture) {}

  void on_begin(Following& following) override;
  void on_records(std::vector<Record> records, Offset next) override;
  void on_error(Error error) override;

  std::size_t count() const;
  std::vector<Record> records() const;
  std::vector<std::string> values() const;
  Offset next() const;
  std::optional<Error> error() const;

 private:
  LogFixture& fixture_;
  mutable std::mutex mutex_;
  bool begun_ = false;
  std::vector<Record> records_;
  Offset next_ = 0;
  std::optional<Error> error_;
};

using LogFixtureFactory = std::function<std::unique_ptr<LogFixture>()>;

class LogContract : public testing::TestWithParam<LogFixtureFactory> {
 protected:
  LogContract() : fixture_(GetParam()()) {}

  AppendOutcome append(int client, const TopicPartition& at, std::vector<Record> batch);
  AppendOutcome append(const TopicPartition& at, const std::vector<std::string>& values);
  Offset end_offset(const TopicPartition& at);
  // All values from `from` to the end.
  std::vector<std::string> read(const TopicPartition& at, Offset from = 0);
  bool wait_for_count(const Collector& collector, std::size_t count);
  bool wait_for_error(const Collector& collector);

  std::unique_ptr<LogFixture> fixture_;
  TopicPartition at_{"lianmeng.contract.v1", 7};
};

Record make_record(std::string value);
std::vector<Record> make_records(const std::vector<std::string>& values);

}  // namespace lianmeng::log
