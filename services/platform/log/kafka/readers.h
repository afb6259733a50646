// Records from the brokers to followers. Inside platform/log/kafka only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
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

class Follower;
class Consumer;

// Each follower has a queue of librdkafka's of its own, which fills up to a bound and then stops
// the fetches of that partition alone: to pause is to leave the queue alone. A handle can read a
// partition once, so a second follower of it gets a second handle.
// Threads: follow() from any; sinks are called on its one thread. Followings go before it.
class Readers : public std::enable_shared_from_this<Readers> {
 public:
  Readers(KafkaClientConfig config, std::chrono::milliseconds timeout, bool at_once,
          const LogObserver* observer);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  void start();
  void stop();
  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink);

 private:
  friend class KafkaFollowing;

  // There is something for it, or may be.
  void ready(std::shared_ptr<Follower> follower);
  void unfollow(const std::shared_ptr<Follower>& follower);
  Result<Consumer*> consumer_for(const TopicPartition& at);
  void run();
  bool serve(Follower& follower);
  // `code`: rd_kafka_resp_err_t.
  void on_trouble(Follower& follower, int code, const std::string& text);
  static void stop_for_good(Follower& follower, Error error);
  void restart_later(Follower& follower);
  void restart(Follower& follower);

  const KafkaClientConfig config_;
  const bool at_once_;
  const std::chrono::milliseconds timeout_;
  const LogObserver* const observer_;

  std::mutex consumers_mutex_;
  std::vector<std::unique_ptr<Consumer>> consumers_;  // Guarded by consumers_mutex_.

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Follower>> ready_;  // Guarded by mutex_.
  bool stopping_ = false;                        // Guarded by mutex_.
  std::thread thread_;
  // The thread's own: when a partition is read anew after an error.
  std::multimap<std::chrono::steady_clock::time_point, std::shared_ptr<Follower>> restarts_;
};

}  // namespace lianmeng::log::kafka
