// Where partitions end, asked of the brokers. Inside platform/log/kafka only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/log/kafka/client.h"
#include "platform/log/log.h"

namespace lianmeng::log::kafka {

// One question to each leader serves all who wait (ListOffsets through a handle of its own: behind
// a fetch that waits for records the answer would take as long as that). What a leader does not
// answer is asked again until the time is over; librdkafka lets one partition without an answer
// fail all of a question, so such a one is asked for alone until it has answered.
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
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Question {
    TopicPartition at;
    EndOffsetCallback done;
    SteadyTime not_before;
    SteadyTime give_up;
  };

  explicit Ends(std::chrono::milliseconds timeout) : timeout_(timeout) {}
  void run();
  // Those that can be asked together now; empty when none can, and `until` is when to look again.
  std::vector<Question> take(SteadyTime now, SteadyTime& until);
  void answer(std::vector<Question> questions);
  void again(Question question, int why);

  const std::chrono::milliseconds timeout_;
  Handle handle_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<Question> waiting_;        // Guarded by mutex_, as the next ones.
  std::set<TopicPartition> silent_;      // Their leaders did not answer the last question.
  std::map<std::string, Topic> topics_;  // So that librdkafka keeps their leaders up to date.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lianmeng::log::kafka
