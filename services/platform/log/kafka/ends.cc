#include "platform/log/kafka/ends.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <utility>

#include "platform/log/check.h"

namespace lianmeng::log::kafka {
namespace {

// A question blocks its thread; a leader that is silent must not hold up the others' partitions.
constexpr int kThreads = 4;
constexpr std::chrono::milliseconds kTry{1'000};
constexpr std::chrono::milliseconds kPause{20};

struct ListDestroyer {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDestroyer>;

}  // namespace

Result<std::unique_ptr<Ends>> Ends::open(const KafkaClientConfig& config,
                                         std::chrono::milliseconds timeout,
                                         const LogObserver* observer) {
  auto conf = make_conf(config, {});
  if (!conf) return fail(conf.error());
  auto handle = make_producer(std::move(*conf), observer);
  if (!handle) return fail(handle.error());
  auto ends = std::unique_ptr<Ends>(new Ends(timeout));
  ends->handle_ = std::move(*handle);
  for (int i = 0; i < kThreads; ++i) {
    ends->threads_.emplace_back([self = ends.get()] { self->run(); });
  }
  return ends;
}

Ends::~Ends() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Ends::ask(const TopicPartition& at, EndOffsetCallback done) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({at, std::move(done), now, now + timeout_});
  }
  asked_.notify_one();
}

void Ends::run() {
  while (true) {
    std::vector<Question> questions;
    {
      std::unique_lock lock(mutex_);
      auto until = SteadyTime::max();
      while ((questions = take(std::chrono::steady_clock::now(), until)).empty()) {
        if (stopping_ && waiting_.empty()) return;
        if (until == SteadyTime::max()) {
          asked_.wait(lock);
        } else {
          asked_.wait_until(lock, until);
        }
      }
    }
    answer(std::move(questions));
  }
}

std::vector<Ends::Question> Ends::take(SteadyTime now, SteadyTime& until) {
  until = SteadyTime::max();
  std::vector<Question> taken;
  std::vector<Question> left;
  for (auto& question : waiting_) {
    const bool early = question.not_before > now;
    if (early) until = std::min(until, question.not_before);
    const bool fits = taken.empty() || question.at == taken.front().at ||
                      !(silent_.contains(question.at) || silent_.contains(taken.front().at));
    (early || !fits ? left : taken).push_back(std::move(question));
  }
  waiting_ = std::move(left);
  for (const auto& question : taken) {
    auto& topic = topics_[question.at.topic];
    if (!topic) topic.reset(rd_kafka_topic_new(handle_.get(), question.at.topic.c_str(), nullptr));
  }
  // Somebody else may take the rest.
  if (!taken.empty() && !waiting_.empty()) asked_.notify_one();
  return taken;
}

void Ends::answer(std::vector<Question> questions) {
  std::map<TopicPartition, std::vector<Question>> by_partition;
  for (auto& question : questions) by_partition[question.at].push_back(std::move(question));
  const PartitionList list(
      rd_kafka_topic_partition_list_new(static_cast<int>(by_partition.size())));
  for (const auto& [at, asked] : by_partition) {
    // The timestamp that means "the end".
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        RD_KAFKA_OFFSET_END;
  }
  const auto code =
      rd_kafka_offsets_for_times(handle_.get(), list.get(), static_cast<int>(kTry.count()));
  for (int i = 0; i < list->cnt; ++i) {
    const auto& element = list->elems[i];
    const TopicPartition at{element.topic, element.partition};
    const auto wrong = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code
                       : element.offset < 0 && element.err == RD_KAFKA_RESP_ERR_NO_ERROR
                           ? RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE
                           : element.err;
    {
      const std::lock_guard lock(mutex_);
      if (wrong == RD_KAFKA_RESP_ERR_NO_ERROR) {
        silent_.erase(at);
      } else {
        silent_.insert(at);
      }
    }
    for (auto& question : by_partition[at]) {
      if (wrong == RD_KAFKA_RESP_ERR_NO_ERROR) {
        question.done(element.offset);
      } else {
        again(std::move(question), wrong);
      }
    }
  }
}

void Ends::again(Question question, int why) {
  question.not_before = std::chrono::steady_clock::now() + kPause;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && question.not_before < question.give_up) {
      waiting_.push_back(std::move(question));
      return;  // This thread takes it up.
    }
  }
  question.done(
      fail(make_kafka_error(why, fmt::format("{}: the end is not known", to_string(question.at)))));
}

}  // namespace lianmeng::log::kafka
