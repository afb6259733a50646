#include "platform/log/kafka/ends.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "platform/base/released_by.h"
#include "platform/log/check.h"

namespace lianmeng::log::kafka {
namespace {

// A question blocks its thread; a leader that is silent must not hold up the others' partitions.
constexpr int kThreads = 4;
constexpr int kSilentThreads = 2;
constexpr std::chrono::milliseconds kTryTogether{500};
constexpr std::chrono::milliseconds kTrySuspect{150};
constexpr std::chrono::milliseconds kTrySilent{1'000};
constexpr std::chrono::milliseconds kPause{20};

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      ReleasedBy<rd_kafka_topic_partition_list_destroy>>;

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
    Asking asking;
    std::vector<Question> unanswered;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      while (!stopping_ && asking.questions.empty() && unanswered.empty()) {
        auto until = SteadyTime::max();
        const auto now = std::chrono::steady_clock::now();
        unanswered = take_late(now);
        asking = take(now, until);
        if (!asking.questions.empty() || !unanswered.empty()) break;
        if (until == SteadyTime::max()) {
          asked_.wait(lock);
        } else {
          asked_.wait_until(lock, until);
        }
      }
      stopping = stopping_;
      if (stopping) std::ranges::move(std::exchange(waiting_, {}), std::back_inserter(unanswered));
    }
    for (const auto& question : unanswered) {
      give_up(question, stopping ? RD_KAFKA_RESP_ERR__DESTROY : RD_KAFKA_RESP_ERR__TIMED_OUT);
    }
    if (!asking.questions.empty()) {
      answer(std::move(asking));
    } else if (stopping) {
      return;
    }
  }
}

Ends::Trust Ends::trust_of(const TopicPartition& at) const {
  const auto found = mistrusted_.find(at);
  return found == mistrusted_.end() ? Trust::kAnswers : found->second;
}

// Whose time is over before their turn came.
std::vector<Ends::Question> Ends::take_late(SteadyTime now) {
  std::vector<Question> late;
  std::vector<Question> left;
  for (auto& question : waiting_) {
    (question.give_up <= now ? late : left).push_back(std::move(question));
  }
  waiting_ = std::move(left);
  return late;
}

// Those whose leaders answer go first, the silent ones last and never on all threads.
Ends::Asking Ends::take(SteadyTime now, SteadyTime& until) {
  until = SteadyTime::max();
  const Question* first = nullptr;
  auto trust = Trust::kSilent;
  for (const auto& question : waiting_) {
    until = std::min(until, question.give_up);
    if (question.not_before > now) {
      until = std::min(until, question.not_before);
      continue;
    }
    const auto its = trust_of(question.at);
    if (its == Trust::kSilent && silent_asked_ == kSilentThreads) continue;
    if (first != nullptr && its >= trust) continue;
    first = &question;
    trust = its;
    if (trust == Trust::kAnswers) break;
  }
  Asking asking;
  if (first == nullptr) return asking;
  asking.trust = trust;
  const auto at = first->at;
  std::vector<Question> left;
  for (auto& question : waiting_) {
    const bool fits =
        trust == Trust::kAnswers ? trust_of(question.at) == Trust::kAnswers : question.at == at;
    (fits && question.not_before <= now ? asking.questions : left).push_back(std::move(question));
  }
  waiting_ = std::move(left);
  for (const auto& question : asking.questions) {
    auto& topic = topics_[question.at.topic];
    if (!topic) topic.reset(rd_kafka_topic_new(handle_.get(), question.at.topic.c_str(), nullptr));
  }
  if (trust == Trust::kSilent) ++silent_asked_;
  // Somebody else may take the rest.
  if (!waiting_.empty()) asked_.notify_one();
  return asking;
}

void Ends::note(const TopicPartition& at, bool answered, bool alone) {
  const std::lock_guard lock(mutex_);
  if (answered) {
    mistrusted_.erase(at);
  } else if (alone) {
    mistrusted_[at] = Trust::kSilent;
  } else {
    mistrusted_.try_emplace(at, Trust::kSuspect);
  }
}

void Ends::answer(Asking asking) {
  std::map<TopicPartition, std::vector<Question>> by_partition;
  for (auto& question : asking.questions) by_partition[question.at].push_back(std::move(question));
  const PartitionList list(
      rd_kafka_topic_partition_list_new(static_cast<int>(by_partition.size())));
  for (const auto& [at, asked] : by_partition) {
    // The timestamp that means "the end".
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        RD_KAFKA_OFFSET_END;
  }
  const auto patience = asking.trust == Trust::kAnswers   ? kTryTogether
                        : asking.trust == Trust::kSuspect ? kTrySuspect
                                                          : kTrySilent;
  const auto code =
      rd_kafka_offsets_for_times(handle_.get(), list.get(), static_cast<int>(patience.count()));
  if (asking.trust == Trust::kSilent) {
    {
      const std::lock_guard lock(mutex_);
      --silent_asked_;
    }
    asked_.notify_one();
  }
  for (int i = 0; i < list->cnt; ++i) {
    const auto& element = list->elems[i];
    const TopicPartition at{element.topic, element.partition};
    const auto wrong = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code
                       : element.offset < 0 && element.err == RD_KAFKA_RESP_ERR_NO_ERROR
                           ? RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE
                           : element.err;
    note(at, wrong == RD_KAFKA_RESP_ERR_NO_ERROR, list->cnt == 1);
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
  give_up(question, why);
}

void Ends::give_up(const Question& question, int why) {
  question.done(
      fail(make_kafka_error(why, fmt::format("{}: the end is not known", to_string(question.at)))));
}

}  // namespace lianmeng::log::kafka
