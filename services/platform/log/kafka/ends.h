// Where partitions end, asked of the brokers. Inside platform/log/kafka only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/log/kafka/client.h"
#include "platform/log/log.h"

namespace lianmeng::log::kafka {

// One question to each leader serves all who wait (ListOffsets through a handle of its own: behind
// a fetch that waits for records the answer would take as long as that). What a leader does not
// answer is asked again until the time is over. librdkafka lets one partition without an answer
// fail all of a question, so then each of them is asked for alone, quickly, to find whose leader it
// is that does not answer; those wait behind all others until they have answered.
//
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

  // What is known of a partition's leader.
  enum class Trust {
    kAnswers,  // Or nothing is known: asked for with others.
    kSuspect,  // It was among those of a question that was not answered.
    kSilent,   // It did not answer when it was asked for alone.
  };
  // A question to librdkafka.
  struct Asking {
    Trust trust = Trust::kAnswers;
    std::vector<Question> questions;  // Of one partition, unless its leader answers.
  };

  explicit Ends(std::chrono::milliseconds timeout) : timeout_(timeout) {}
  void run();
  // With the lock held. Without questions when none can be asked now; `until` is when to look
  // again.
  Asking take(SteadyTime now, SteadyTime& until);
  std::vector<Question> take_late(SteadyTime now);  // With the lock held.
  void answer(Asking asking);
  void note(const TopicPartition& at, bool answered, bool alone);
  Trust trust_of(const TopicPartition& at) const;
  void again(Question question, int why);
  static void give_up(const Question& question, int why);

  const std::chrono::milliseconds timeout_;
  Handle handle_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<Question> waiting_;  // Guarded by mutex_, as the next ones.
  std::map<TopicPartition, Trust> mistrusted_;
  int silent_asked_ = 0;                 // Threads that ask for a silent one.
  std::map<std::string, Topic> topics_;  // So that librdkafka keeps their leaders up to date.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lianmeng::log::kafka
