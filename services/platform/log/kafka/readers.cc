#include "platform/log/kafka/readers.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include "platform/log/check.h"

namespace lianmeng::log::kafka {

using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kDeliveryRecords = 256;
// After an error of the brokers' a partition is read again from where it was.
constexpr std::chrono::milliseconds kRestartAfter{200};

std::string_view view(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), size};
}

Record to_record(const rd_kafka_message_t& message) {
  Record record;
  record.offset = message.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.stamp = Time(Duration(rd_kafka_message_timestamp(&message, &type)));
  if (message.key != nullptr) record.key = view(message.key, message.key_len);
  record.value = view(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.add(name, view(value, size));
  }
  return record;
}

}  // namespace

// One handle and the partitions that it reads now.
class Consumer {
 public:
  explicit Consumer(Handle handle) : handle_(std::move(handle)) {}

  rd_kafka_t* handle() const { return handle_.get(); }
  bool reads(const TopicPartition& at) const { return reading_.contains(at); }
  // Owned by the handle's other topic objects too; lives as long as it does.
  rd_kafka_topic_t* take(const TopicPartition& at) {
    reading_.insert(at);
    auto& topic = topics_[at.topic];
    if (!topic) topic.reset(rd_kafka_topic_new(handle_.get(), at.topic.c_str(), nullptr));
    return topic.get();
  }
  void give_back(const TopicPartition& at) { reading_.erase(at); }

 private:
  Handle handle_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::set<TopicPartition> reading_;
};

class Follower : public std::enable_shared_from_this<Follower> {
 public:
  // What its queue's event carries.
  struct Owner {
    Readers* readers = nullptr;
    Follower* follower = nullptr;
  };
  Owner owner;
  TopicPartition at;
  std::shared_ptr<FollowSink> sink;
  Consumer* consumer = nullptr;
  rd_kafka_topic_t* topic = nullptr;
  Queue queue;
  std::atomic<bool> paused{false};
  std::atomic<bool> queued{false};  // In the reader's list.

  std::mutex delivery;                // Held while the sink is called.
  std::atomic<std::thread::id> busy;  // The thread that holds it.
  Offset next = 0;                    // Guarded by delivery, as the next ones.
  bool over = false;                  // Ended, or stopped for good.
  bool warned = false;                // Of an error, and no record has come since.
  bool restarting = false;            // In the reader's list of restarts.
};

class KafkaFollowing final : public Following {
 public:
  KafkaFollowing(std::shared_ptr<Readers> readers, std::shared_ptr<Follower> follower)
      : readers_(std::move(readers)), follower_(std::move(follower)) {}
  ~KafkaFollowing() override { readers_->unfollow(follower_); }

  void pause() override { follower_->paused = true; }
  void resume() override {
    follower_->paused = false;
    readers_->ready(follower_);
  }

 private:
  std::shared_ptr<Readers> readers_;
  std::shared_ptr<Follower> follower_;
};

Readers::Readers(KafkaClientConfig config, std::chrono::milliseconds timeout, bool at_once,
                 const LogObserver* observer)
    : config_(std::move(config)), at_once_(at_once), timeout_(timeout), observer_(observer) {}

Readers::~Readers() { stop(); }

void Readers::start() {
  thread_ = std::thread([this] { run(); });
}

void Readers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  ready_.clear();
  restarts_.clear();
}

Result<Consumer*> Readers::consumer_for(const TopicPartition& at) {
  for (const auto& consumer : consumers_) {
    if (!consumer->reads(at)) return consumer.get();
  }
  auto conf =
      make_conf(config_, {{"enable.auto.commit", "false"},
                          {"enable.auto.offset.store", "false"},
                          // An offset that is not there is for us to judge.
                          {"auto.offset.reset", "error"},
                          {"enable.partition.eof", "true"},
                          {"check.crcs", "true"},
                          // How long a fetch may wait, and so a record for its follower, and
                          // a partition that begins to be read, or is read again, for the
                          // fetch before. A fetch names all partitions of its handle, and
                          // an answer to each record costs the broker more than the record.
                          {"fetch.wait.max.ms", "50"},
                          {"fetch.min.bytes", at_once_ ? "1" : "1048576"},
                          {"fetch.error.backoff.ms", "100"},
                          // Read ahead, for each partition; beyond it the next look is up
                          // to fetch.wait.max.ms away.
                          {"queued.min.messages", "2000"},
                          {"queued.max.messages.kbytes", "1024"},
                          {"fetch.message.max.bytes", "524288"},
                          {"fetch.max.bytes", "16777216"}});
  if (!conf) return fail(conf.error());
  auto handle = make_consumer(std::move(*conf), observer_);
  if (!handle) return fail(handle.error());
  return consumers_.emplace_back(std::make_unique<Consumer>(std::move(*handle))).get();
}

std::unique_ptr<Following> Readers::follow(const TopicPartition& at, Offset from,
                                           std::shared_ptr<FollowSink> sink) {
  auto follower = std::make_shared<Follower>();
  follower->at = at;
  follower->sink = std::move(sink);
  follower->next = from;
  auto following = std::make_unique<KafkaFollowing>(shared_from_this(), follower);
  follower->sink->on_begin(*following);
  const auto refuse = [&](Error error) {
    follower->over = true;
    follower->sink->on_error(std::move(error));
  };
  if (auto status = check_topic_partition(at); !status) {
    refuse(status.error());
    return following;
  }
  {
    const std::lock_guard lock(consumers_mutex_);
    auto consumer = consumer_for(at);
    if (!consumer) {
      refuse(consumer.error());
      return following;
    }
    follower->consumer = *consumer;
    follower->topic = (*consumer)->take(at);
  }
  follower->queue.reset(rd_kafka_queue_new(follower->consumer->handle()));
  follower->owner = {this, follower.get()};
  // Called with the queue locked, when it is empty no more.
  rd_kafka_queue_cb_event_enable(
      follower->queue.get(),
      [](rd_kafka_t*, void* opaque) {
        const auto& owner = *static_cast<const Follower::Owner*>(opaque);
        if (auto held = owner.follower->weak_from_this().lock()) {
          owner.readers->ready(std::move(held));
        }
      },
      &follower->owner);
  if (rd_kafka_consume_start_queue(follower->topic, at.partition, from, follower->queue.get()) !=
      0) {
    refuse(make_kafka_error(rd_kafka_last_error(), to_string(at) + " cannot be followed"));
  }
  return following;
}

void Readers::unfollow(const std::shared_ptr<Follower>& follower) {
  if (follower->busy == std::this_thread::get_id()) {
    follower->over = true;  // From inside its own callback.
  } else {
    const std::lock_guard lock(follower->delivery);
    follower->over = true;
  }
  if (follower->consumer == nullptr) return;
  rd_kafka_queue_cb_event_enable(follower->queue.get(), nullptr, nullptr);
  rd_kafka_consume_stop(follower->topic, follower->at.partition);
  const std::lock_guard lock(consumers_mutex_);
  follower->consumer->give_back(follower->at);
}

void Readers::ready(std::shared_ptr<Follower> follower) {
  if (follower->queued.exchange(true)) return;
  {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(follower));
  }
  wake_.notify_one();
}

void Readers::run() {
  while (true) {
    std::shared_ptr<Follower> follower;
    {
      std::unique_lock lock(mutex_);
      const auto something = [&] { return stopping_ || !ready_.empty(); };
      if (restarts_.empty()) {
        wake_.wait(lock, something);
      } else {
        wake_.wait_until(lock, restarts_.begin()->first, something);
      }
      if (stopping_) return;
      if (!ready_.empty()) {
        follower = std::move(ready_.front());
        ready_.pop_front();
      }
    }
    if (follower) {
      follower->queued = false;
      if (serve(*follower)) ready(std::move(follower));
    }
    while (!restarts_.empty() && restarts_.begin()->first <= SteadyClock::now()) {
      follower = std::move(restarts_.begin()->second);
      restarts_.erase(restarts_.begin());
      restart(*follower);
    }
  }
}

// Hands over what its queue holds, up to a delivery; whether there may be more.
bool Readers::serve(Follower& follower) {
  const std::lock_guard lock(follower.delivery);
  if (follower.over || follower.paused) return false;
  std::array<rd_kafka_message_t*, kDeliveryRecords> messages;
  const auto got =
      rd_kafka_consume_batch_queue(follower.queue.get(), 0, messages.data(), messages.size());
  if (got <= 0) return false;
  std::vector<Record> records;
  records.reserve(static_cast<std::size_t>(got));
  auto next = follower.next;
  int trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text;
  for (ssize_t i = 0; i < got; ++i) {
    const auto* message = messages[static_cast<std::size_t>(i)];
    if (trouble != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      next = std::max(next, message->offset);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      trouble = message->err;
      text = rd_kafka_message_errstr(message);
    } else if (message->offset >= next) {
      records.push_back(to_record(*message));
      next = message->offset + 1;
    }
  }
  for (ssize_t i = 0; i < got; ++i) {
    rd_kafka_message_destroy(messages[static_cast<std::size_t>(i)]);
  }
  follower.busy = std::this_thread::get_id();
  if (next != follower.next) {
    follower.next = next;
    follower.warned = false;
    follower.sink->on_records(std::move(records), next);
  }
  if (trouble != RD_KAFKA_RESP_ERR_NO_ERROR && !follower.over) on_trouble(follower, trouble, text);
  follower.busy = std::thread::id();
  return !follower.over;
}

// What the brokers say of a partition, but for records.
void Readers::on_trouble(Follower& follower, int code, const std::string& text) {
  if (follower.restarting) return;  // A second word of the same trouble.
  const auto doing =
      fmt::format("{} cannot be read at offset {}", to_string(follower.at), follower.next);
  auto error = make_kafka_error(code, doing, text);
  if (error.kind == ErrorKind::kDataLoss) return stop_for_good(follower, std::move(error));
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    // The log has no such offset; or a leader that was made a moment ago does not know it yet.
    Offset begin = 0;
    Offset end = 0;
    const auto asked = rd_kafka_query_watermark_offsets(
        follower.consumer->handle(), follower.at.topic.c_str(), follower.at.partition, &begin, &end,
        static_cast<int>(timeout_.count()));
    if (asked == RD_KAFKA_RESP_ERR_NO_ERROR && (follower.next < begin || follower.next > end)) {
      return stop_for_good(follower, out_of_range(follower.at, follower.next, begin, end));
    }
  } else if (!follower.warned && *observer_) {
    (*observer_)(LogNotice::kWarning, error.message_en + "; it is tried again");
    follower.warned = true;
  }
  restart_later(follower);
}

void Readers::restart_later(Follower& follower) {
  follower.restarting = true;
  restarts_.emplace(SteadyClock::now() + kRestartAfter, follower.shared_from_this());
}

void Readers::stop_for_good(Follower& follower, Error error) {
  follower.over = true;
  follower.sink->on_error(std::move(error));
}

void Readers::restart(Follower& follower) {
  const std::lock_guard lock(follower.delivery);
  if (follower.over) return;
  follower.restarting = false;
  rd_kafka_consume_stop(follower.topic, follower.at.partition);
  if (rd_kafka_consume_start_queue(follower.topic, follower.at.partition, follower.next,
                                   follower.queue.get()) != 0) {
    restart_later(follower);
  }
}

}  // namespace lianmeng::log::kafka
