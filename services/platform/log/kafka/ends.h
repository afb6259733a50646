// Where partitions end, asked of the brokers. Inside platform/log/kafka only.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/log/kafka/client.h"
#include "platform/log/log.h"

namespace lianmeng::log::kafka {

// One question to each leader serves all who wait (ListOffsets through a handle of its own: behind
// a fetch that waits for records the answer would take as long as that).
// Threads: ask() from any; callbacks come on its own threads. The destructor answers what waits.
class Ends {
 public:
  static Result<std::unique_ptr<Ends>> open(const KafkaClientConfig& config,
                                            std::chrono::milliseconds timeout,
                                            const LogObserver* observer);
  ~Ends();
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  void ask(const TopicPartition& at, EndOffsetCallback done);

 private:
  struct Question {
    TopicPartition at;
    EndOffsetCallback done;
  };

  explicit Ends(std::chrono::milliseconds timeout) : timeout_(timeout) {}
  void run();
  void answer(std::vector<Question> questions);

  const std::chrono::milliseconds timeout_;
  Handle handle_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<Question> waiting_;  // Guarded by mutex_.
  bool stopping_ = false;          // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace lianmeng::log::kafka
