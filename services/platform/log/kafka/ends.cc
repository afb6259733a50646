#include "platform/log/kafka/ends.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "platform/log/check.h"

namespace lianmeng::log::kafka {
namespace {

// So that a question waits for its own answer and not for the one before, too.
constexpr int kThreads = 2;

}  // namespace

Result<std::unique_ptr<Ends>> Ends::open(const KafkaClientConfig& config,
                                         std::chrono::milliseconds timeout,
                                         const LogObserver* observer) {
  auto conf = make_conf(config, {});
  if (!conf) return fail(conf.error());
  auto handle = make_handle(RD_KAFKA_PRODUCER, std::move(*conf), observer);
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
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({at, std::move(done)});
  }
  asked_.notify_one();
}

void Ends::run() {
  while (true) {
    std::vector<Question> questions;
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      questions.swap(waiting_);
    }
    answer(std::move(questions));
  }
}

void Ends::answer(std::vector<Question> questions) {
  std::map<TopicPartition, std::vector<EndOffsetCallback>> by_partition;
  for (auto& question : questions) by_partition[question.at].push_back(std::move(question.done));
  const PartitionList list(
      rd_kafka_topic_partition_list_new(static_cast<int>(by_partition.size())));
  for (const auto& [at, callbacks] : by_partition) {
    // The timestamp that means "the end".
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        RD_KAFKA_OFFSET_END;
  }
  const auto code =
      rd_kafka_offsets_for_times(handle_.get(), list.get(), static_cast<int>(timeout_.count()));
  for (int i = 0; i < list->cnt; ++i) {
    const auto& element = list->elems[i];
    const TopicPartition at{element.topic, element.partition};
    const auto wrong = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : element.err;
    for (const auto& done : by_partition[at]) {
      if (wrong != RD_KAFKA_RESP_ERR_NO_ERROR || element.offset < 0) {
        done(fail(make_kafka_error(wrong, fmt::format("{}: the end is not known", to_string(at)))));
      } else {
        done(element.offset);
      }
    }
  }
}

}  // namespace lianmeng::log::kafka
