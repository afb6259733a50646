#include "ctl/local/log_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "platform/base/ids.h"
#include "platform/log/check.h"
#include "platform/runtime/chain.h"
#include "platform/runtime/errors.h"

namespace lianmeng::ctl {
namespace {

using log::Record;
using log::TopicPartition;
using Visit = std::function<bool(Record&&)>;

// A batch: what Kafka's brokers take in one piece without thought, with room to spare.
constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kBatchBytes = 512 * 1024;
constexpr int kWorkers =
    8;  // Each has one batch in flight, so it is the answers that are waited for.

// What the records of a range are, so that two ranges can be compared.
class Digest {
 public:
  void add(const Record& record) {
    mix(record.key.value_or(""));
    mix(record.headers.bytes());
    mix(record.value);
  }
  bool operator==(const Digest&) const = default;

 private:
  void mix(std::string_view text) {
    value_ = (value_ ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15ULL + text.size();
  }
  std::uint64_t value_ = 0;
};

// The valid records of a partition, as the runtime judges them.
class ValidRecords {
 public:
  explicit ValidRecords(TopicPartition at) : at_(std::move(at)) {}

  // Whether this one is valid; broken() tells when none can be judged any more.
  bool take(const Record& record) {
    const auto envelope = runtime::parse_record(Record(record));
    const auto verdict = envelope ? chain_.judge(*envelope) : runtime::Verdict::kVoid;
    if (verdict == runtime::Verdict::kBroken) {
      broken_ = runtime::chain_broken(log::to_string(at_), chain_.tip().sequence);
      return false;
    }
    if (verdict != runtime::Verdict::kValid) {
      ++void_records_;
      return false;
    }
    chain_.accept(envelope->id, envelope->sequence, record.offset, envelope->time);
    return true;
  }
  const runtime::Tip& tip() const { return chain_.tip(); }
  std::uint64_t void_records() const { return void_records_; }
  const std::optional<Error>& broken() const { return broken_; }

 private:
  const TopicPartition at_;
  runtime::Chain chain_;
  std::uint64_t void_records_ = 0;
  std::optional<Error> broken_;
};

// Copies one partition.
class PartitionCopy {
 public:
  PartitionCopy(TopicPartition at, LogSource& from, log::Log& to)
      : at_(std::move(at)), from_(from), to_(to), source_(at_), target_(at_) {}

  Result<CopySummary> run() {
    if (auto read = read_target(); !read) return fail(read.error());
    begun_ = target_.tip();
    const auto read = from_.read(at_, [&](Record&& record) { return take(std::move(record)); });
    if (!read) return fail(read.error());
    if (source_.broken()) return fail(*source_.broken());
    if (failed_) return fail(*failed_);
    if (source_.tip().sequence < begun_.sequence) {
      return fail(differs(fmt::format("it holds {} events and the source {}", begun_.sequence,
                                      source_.tip().sequence)));
    }
    if (auto sent = send(); !sent) return fail(sent.error());
    if (auto checked = check(); !checked) return fail(checked.error());
    CopySummary summary;
    summary.partitions = source_.tip().empty() ? 0 : 1;
    summary.there_already = begun_.sequence;
    summary.copied = source_.tip().sequence - begun_.sequence;
    summary.void_records = source_.void_records();
    return summary;
  }

 private:
  Error differs(const std::string& how) const {
    return make_error(
        ErrorKind::kFailedPrecondition, "TARGET_DIFFERS",
        fmt::format("{}: the target is no copy of the source: {}. Copy to topics that are empty, "
                    "or hold the beginning of this very log",
                    log::to_string(at_), how));
  }

  // What is behind `read_to_`; its valid records are in `target_` and `copy_` then.
  Status read_target() {
    const auto end = read_log(to_, at_, read_to_, [&](Record&& record) {
      if (target_.take(record)) copy_.add(record);
      return !target_.broken();
    });
    if (!end) return fail(end.error());
    if (target_.broken()) return fail(*target_.broken());
    read_to_ = *end;
    return {};
  }

  // The next record of the source.
  bool take(Record&& record) {
    if (!source_.take(record)) return !source_.broken();
    original_.add(record);
    const auto sequence = source_.tip().sequence;
    if (sequence == begun_.sequence && source_.tip().id != begun_.id) {
      failed_ = differs(fmt::format("event {} is another one", sequence));
      return false;
    }
    if (sequence <= begun_.sequence) return true;
    bytes_ += record.value.size() + record.headers.bytes().size();
    batch_.push_back(std::move(record));
    if (batch_.size() < kBatchRecords && bytes_ < kBatchBytes) return true;
    if (auto sent = send(); !sent) failed_ = sent.error();
    return !failed_;
  }

  Status send() {
    if (batch_.empty()) return {};
    bytes_ = 0;
    const auto told = std::make_shared<std::promise<log::AppendOutcome>>();
    auto answer = told->get_future();
    to_.append(at_, std::exchange(batch_, {}),
               [told](log::AppendOutcome outcome) { told->set_value(std::move(outcome)); });
    if (answer.wait_for(kSilenceMax) != std::future_status::ready) {
      return fail(silent(at_, "an append was not answered"));
    }
    const auto outcome = answer.get();
    if (outcome.fate == log::AppendOutcome::Fate::kDurable) return {};
    return fail(ErrorKind::kUnavailable, "COPY_UNCONFIRMED",
                fmt::format("{}: the target has not confirmed what was written ({}); run it again, "
                            "it goes on where it stands",
                            log::to_string(at_), outcome.error.message_en));
  }

  // The target tells the same, record by record.
  Status check() {
    if (auto read = read_target(); !read) return read;
    if (target_.tip().id == source_.tip().id && original_ == copy_) return {};
    return fail(
        differs(fmt::format("it ends at event {} and the source at {}, or their records "
                            "are not the same",
                            target_.tip().sequence, source_.tip().sequence)));
  }

  const TopicPartition at_;
  LogSource& from_;
  log::Log& to_;
  ValidRecords source_;
  ValidRecords target_;
  runtime::Tip begun_;  // Where the target stood.
  log::Offset read_to_ = 0;
  Digest original_;
  Digest copy_;
  std::vector<Record> batch_;
  std::size_t bytes_ = 0;
  std::optional<Error> failed_;
};

}  // namespace

Result<CopySummary> copy_log(std::span<const std::string> topics, LogSource& from, log::Log& to) {
  std::mutex mutex;
  std::size_t next = 0;  // Guarded by mutex, as the rest.
  CopySummary sum;
  std::optional<Error> failed;
  const auto work = [&] {
    while (true) {
      TopicPartition at;
      {
        const std::lock_guard lock(mutex);
        if (failed || next == topics.size() * kPartitions) return;
        at = {topics[next / kPartitions], static_cast<int>(next % kPartitions)};
        ++next;
      }
      const auto copied = PartitionCopy(at, from, to).run();
      const std::lock_guard lock(mutex);
      if (!copied) {
        if (!failed) failed = copied.error();
        return;
      }
      sum.partitions += copied->partitions;
      sum.copied += copied->copied;
      sum.there_already += copied->there_already;
      sum.void_records += copied->void_records;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
  if (failed) return fail(*failed);
  return sum;
}

}  // namespace lianmeng::ctl
