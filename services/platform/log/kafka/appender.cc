#include "platform/log/kafka/appender.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "platform/log/check.h"

namespace lianmeng::log::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What waits when the log is closed may take so long.
constexpr std::chrono::milliseconds kGiveMax{5'000};

// As Kafka's protocol numbers its requests.
constexpr std::int16_t kProduceRequest = 0;

// What this thread gives to librdkafka now.
thread_local const void* giving = nullptr;

// A broker looks at rights and sizes before it appends. No other error says that nothing was
// appended, whatever librdkafka makes of it: a leader that is deposed while its followers copy what
// it has appended answers NOT_LEADER_FOR_PARTITION, and one whose disk fails then
// KAFKA_STORAGE_ERROR, and the record may be in the log for ever.
bool is_told_before_the_append(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

std::size_t bytes_of(const Record& record) {
  return record.value.size() + record.headers.bytes().size() +
         (record.key ? record.key->size() : 0);
}

}  // namespace

struct Appender::Batch {
  explicit Batch(Appender& owner) : owner(owner) {}

  Appender& owner;
  TopicPartition at;
  std::vector<Slot> slots;
  AppendCallback done;
  SteadyClock::time_point since;
  std::size_t bytes = 0;
  std::uint64_t sends_before = 0;
  std::atomic<std::size_t> left{0};
  // All that follows is read when none is left. When a leader moves, the threads of two brokers may
  // tell of the records of one batch.
  std::vector<Offset> offsets;
  std::vector<Time> stamps;
  std::atomic<std::size_t> not_there{0};
  std::atomic<std::size_t> not_there_if_not_sent{0};
  std::atomic<std::size_t> unknown{0};
  std::atomic<int> error{RD_KAFKA_RESP_ERR_NO_ERROR};
  // Written by the caller of append(): librdkafka did not take these.
  std::size_t not_sent = 0;
  int refused = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// By an interceptor, on the thread that hears of it: a delivery report would wait for another
// thread to wake up and poll.
void Appender::tell_fates_at_once(rd_kafka_conf_s* conf) {
  rd_kafka_conf_interceptor_add_on_new(
      conf, "fates",
      [](rd_kafka_t* handle, const rd_kafka_conf_t*, void* appender, char*, std::size_t) {
        const auto counted = rd_kafka_interceptor_add_on_request_sent(
            handle, "fates",
            [](rd_kafka_t*, int, const char*, std::int32_t, std::int16_t request, std::int16_t,
               std::int32_t, std::size_t, void* sender) {
              if (request == kProduceRequest) ++static_cast<Appender*>(sender)->sends_;
              return RD_KAFKA_RESP_ERR_NO_ERROR;
            },
            appender);
        if (counted != RD_KAFKA_RESP_ERR_NO_ERROR) return counted;
        return rd_kafka_interceptor_add_on_acknowledgement(
            handle, "fates",
            [](rd_kafka_t*, rd_kafka_message_t* message, void*) {
              // What librdkafka refuses inside the call is told by the call.
              if (message->_private != giving) on_delivery(*message);
              return RD_KAFKA_RESP_ERR_NO_ERROR;
            },
            nullptr);
      },
      this);
}

Result<std::unique_ptr<Appender>> Appender::open(const KafkaClientConfig& config,
                                                 std::size_t queue_bytes_max,
                                                 std::chrono::milliseconds timeout,
                                                 const LogObserver* observer) {
  auto conf = make_conf(
      config, {{"acks", "all"},
               // No idempotence: the chain makes repeats and late copies void, and a producer that
               // keeps none of the brokers' state cannot lose it.
               {"enable.idempotence", "false"},
               {"linger.ms", "0"},
               // The log keeps everything for ever.
               {"compression.codec", "lz4"},
               {"message.timeout.ms", std::to_string(timeout.count())},
               {"request.timeout.ms", std::to_string(timeout.count())},
               {"retry.backoff.ms", "50"},
               // queue_bytes_max is the bound; librdkafka's own must not be met before.
               {"queue.buffering.max.messages", "10000000"},
               {"queue.buffering.max.kbytes", std::to_string(4 * queue_bytes_max / 1024 + 1024)}});
  if (!conf) return fail(conf.error());
  auto appender = std::unique_ptr<Appender>(new Appender(queue_bytes_max, observer));
  appender->tell_fates_at_once(conf->get());
  auto handle = make_producer(std::move(*conf), observer);
  if (!handle) return fail(handle.error());
  appender->handle_ = std::move(*handle);
  return appender;
}

Appender::~Appender() {
  if (!handle_) return;
  wait_until_answered();
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  wait_until_answered();
  wait_until_counted_out();
  topics_.clear();
  // Joins the threads that tell fates, which use all the other members.
  handle_.reset();
}

// Not by rd_kafka_flush(), which polls for events and logs errors that it finds a second time.
void Appender::wait_until_answered() {
  std::unique_lock lock(stats_mutex_);
  answered_.wait_for(lock, kGiveMax, [&] { return batches_ == 0; });
}

// The thread that tells the last record's fate counts the record out behind that, and a handle that
// is destroyed in between logs that it terminates with a message in transit.
void Appender::wait_until_counted_out() {
  const auto until = SteadyClock::now() + kGiveMax;
  while (rd_kafka_outq_len(handle_.get()) > 0 && SteadyClock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

rd_kafka_topic_t* Appender::topic(const std::string& name) {
  const std::lock_guard lock(topics_mutex_);
  auto& topic = topics_[name];
  if (!topic) topic.reset(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  return topic.get();
}

void Appender::append(const TopicPartition& at, std::vector<Record> records, AppendCallback done) {
  std::size_t bytes = 0;
  for (const auto& record : records) bytes += bytes_of(record);
  if (queue_bytes_.fetch_add(bytes) + bytes > queue_bytes_max_) {
    queue_bytes_ -= bytes;
    return done(failed(make_error(
        ErrorKind::kResourceExhausted, "LOG_BUSY",
        fmt::format("{}: {} bytes wait for the brokers already; try again when they have answered",
                    to_string(at), queue_bytes_max_))));
  }
  // Owned by its records on their way; finish() takes it back.
  auto* batch = new Batch(*this);
  ++batches_;
  const auto count = records.size();
  batch->at = at;
  batch->done = std::move(done);
  batch->since = SteadyClock::now();
  batch->bytes = bytes;
  batch->sends_before = sends_;
  batch->offsets.assign(count, kNoOffset);
  batch->stamps.resize(count);
  batch->slots.resize(count);
  batch->left = count + 1;  // One for this call.
  auto* where = topic(at.topic);
  std::size_t sent = 0;
  int refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (; sent < count; ++sent) {
    batch->slots[sent] = {batch, sent};
    refused = send(where, at.partition, records[sent], &batch->slots[sent]);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) break;
  }
  batch->not_sent = count - sent;
  batch->refused = refused;
  const auto mine = batch->not_sent + 1;
  if (batch->left.fetch_sub(mine) == mine) finish(batch);
}

int Appender::send(rd_kafka_topic_t* topic, int partition, const Record& record, Slot* slot) {
  auto* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& header : record.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  // librdkafka tells a key that is empty from none by the pointer.
  const auto* key = record.key ? record.key->data() : nullptr;
  const auto key_size = record.key ? record.key->size() : 0;
  giving = slot;
  const auto code = rd_kafka_producev(
      handle_.get(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(slot),
      RD_KAFKA_V_END);
  giving = nullptr;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return code;
}

// One record's fate.
void Appender::on_delivery(const rd_kafka_message_t& message) {
  const auto& slot = *static_cast<const Slot*>(message._private);
  auto* batch = slot.batch;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const auto stamp = rd_kafka_message_timestamp(&message, &type);
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
      ++batch->unknown;
    } else if (is_told_before_the_append(message.err)) {
      ++batch->not_there;
    } else {
      ++batch->not_there_if_not_sent;
    }
    batch->error = message.err;
  } else if (message.offset < 0 || type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) {
    // A repeat that the broker knew already is answered without its place.
    ++batch->unknown;
  } else {
    batch->offsets[slot.index] = message.offset;
    batch->stamps[slot.index] = Time(Duration(stamp));
  }
  if (batch->left.fetch_sub(1) == 1) batch->owner.finish(batch);
}

void Appender::finish(Batch* batch) {
  const std::unique_ptr<Batch> owned(batch);
  AppendOutcome outcome;
  const auto count = batch->offsets.size();
  auto absent = batch->not_there + batch->not_sent;
  // A request that went out before a record's report was counted before it.
  if (sends_ == batch->sends_before) absent += batch->not_there_if_not_sent;
  const int told = batch->error;
  const auto code = told != RD_KAFKA_RESP_ERR_NO_ERROR ? told : batch->refused;
  const auto not_written = [&] {
    return make_kafka_error(
        code, fmt::format("{}: {} records were not written", to_string(batch->at), count));
  };
  const auto not_known = [&](const char* text) {
    return make_kafka_error(code,
                            fmt::format("{}: whether {} records were written is not known",
                                        to_string(batch->at), count),
                            text);
  };
  if (absent == count) {
    outcome = failed(not_written());
  } else if (absent + batch->not_there_if_not_sent + batch->unknown > 0) {
    outcome = unknown(not_known(""));
  } else if (!std::is_sorted(batch->offsets.begin(), batch->offsets.end())) {
    // A retry overtook a part of its own batch: each is there, the chain says which is valid.
    outcome = unknown(not_known("they landed in another order"));
  } else {
    outcome.fate = AppendOutcome::Fate::kDurable;
    outcome.offsets = std::move(batch->offsets);
    outcome.stamps = std::move(batch->stamps);
  }
  queue_bytes_ -= batch->bytes;
  bool tell = false;
  {
    const std::lock_guard lock(stats_mutex_);
    if (outcome.fate == AppendOutcome::Fate::kDurable) stats_.records_appended += count;
    if (outcome.fate == AppendOutcome::Fate::kFailed) ++stats_.appends_failed;
    if (outcome.fate == AppendOutcome::Fate::kUnknown) ++stats_.appends_unknown;
    stats_.latency.add(SteadyClock::now() - batch->since);
    const bool failing = outcome.fate != AppendOutcome::Fate::kDurable;
    tell = failing && !failing_;
    failing_ = failing;
    if (--batches_ == 0) answered_.notify_all();
  }
  // Callers hear the reason alone.
  if (tell && observer_ != nullptr && *observer_) {
    (*observer_)(LogNotice::kWarning,
                 outcome.error.message_en + "; not told again until an append succeeds");
  }
  batch->done(std::move(outcome));
}

AppenderStats Appender::stats() const {
  const std::lock_guard lock(stats_mutex_);
  auto stats = stats_;
  stats.queue_bytes = queue_bytes_;
  stats.queue_bytes_max = queue_bytes_max_;
  return stats;
}

}  // namespace lianmeng::log::kafka
