#include "platform/log/sim/sim_log.h"

#include <algorithm>
#include <utility>

#include "platform/base/assert.h"
#include "platform/log/check.h"

namespace lianmeng::log {
namespace {

using Fate = AppendOutcome::Fate;

// Shared by a client's handle and by all that it has in flight.
struct Session {
  bool alive = true;
};

struct Follower {
  TopicPartition at;
  Offset next = 0;
  std::shared_ptr<FollowSink> sink;
  std::shared_ptr<Session> session;
  bool paused = false;
  bool scheduled = false;
  bool over = false;

  bool silent() const { return over || paused || !session->alive; }
};

struct Partition {
  std::vector<Record> records;
  Offset end = 0;
  Time last_stamp{};
  std::vector<std::weak_ptr<Follower>> followers;  // In the order of their calls.
};

struct Flight {
  TopicPartition at;
  std::vector<Record> batch;
  AppendCallback done;
  std::shared_ptr<Session> session;
  std::vector<Offset> offsets;
  std::vector<Time> stamps;
};

enum class AppendFault { kNone, kFailed, kLostReply, kLate, kPartial, kHole };

}  // namespace

SimLogFaults SimLogFaults::drawn(Random& random) {
  const auto rate = [&](std::uint64_t max) {
    return random.one_in(2) ? 0 : static_cast<int>(random.below(max + 1));
  };
  const auto delay = [&](std::uint64_t max) {
    return Duration(static_cast<std::int64_t>(random.below(random.below(max) + 1)));
  };
  SimLogFaults faults;
  faults.append_delay_max = faults.append_delay_min + delay(200);
  faults.reply_delay_max = delay(200);
  faults.delivery_delay_max = delay(500);
  faults.end_offset_delay_max = delay(200);
  faults.late_max = Duration(1) + delay(60'000);
  faults.delivery_records_max = 1 + static_cast<int>(random.below(random.one_in(2) ? 3 : 500));
  faults.failed = rate(100);
  faults.lost_reply = rate(100);
  faults.late = rate(100);
  faults.partial = rate(100);
  faults.hole = rate(100);
  faults.split = rate(300);
  faults.duplicate = rate(100);
  faults.gap = rate(200);
  faults.end_offset_error = rate(100);
  return faults;
}

class SimLog::Cluster : public std::enable_shared_from_this<SimLog::Cluster> {
 public:
  Cluster(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults)
      : scheduler_(scheduler), random_(seed), faults_(faults) {}

  void append(std::shared_ptr<Session> session, const TopicPartition& at, std::vector<Record> batch,
              AppendCallback done) {
    if (!session->alive) return;
    if (auto status = check_append(at, batch); !status) {
      reply(scheduler_.now(), std::move(session), std::move(done), failed(status.error()));
      return;
    }
    auto flight = std::make_shared<Flight>();
    flight->at = at;
    flight->batch = std::move(batch);
    flight->done = std::move(done);
    flight->session = std::move(session);
    const auto count = flight->batch.size();
    const auto lands = scheduler_.now() + faults_.append_delay_min +
                       upto(faults_.append_delay_max - faults_.append_delay_min);
    switch (draw_append_fault(count)) {
      case AppendFault::kNone:
        land_durably(std::move(flight), lands);
        return;
      case AppendFault::kFailed:
        reply_at(lands, flight,
                 failed(make_error(
                     random_.one_in(2) ? ErrorKind::kResourceExhausted : ErrorKind::kUnavailable,
                     "APPEND_FAILED", "simulated: the append failed")));
        return;
      case AppendFault::kLostReply:
        land_range(flight, lands, 0, count);
        break;
      case AppendFault::kLate:
        land_late(flight, 0, count);
        break;
      case AppendFault::kPartial: {
        const auto first = 1 + random_.below(count - 1);
        land_range(flight, lands, 0, first);
        land_late(flight, first, count);
        break;
      }
      case AppendFault::kHole: {
        const auto missing = random_.below(count);
        land_range(flight, lands, 0, missing);
        land_range(flight, lands, missing + 1, count);
        land_late(flight, missing, missing + 1);
        break;
      }
    }
    reply_at(lands + upto(faults_.reply_delay_max), flight,
             unknown(make_error(ErrorKind::kDeadlineExceeded, "APPEND_UNKNOWN",
                                "simulated: no reply came")));
  }

  std::shared_ptr<Follower> follow(std::shared_ptr<Session> session, const TopicPartition& at,
                                   Offset from, std::shared_ptr<FollowSink> sink) {
    auto follower = std::make_shared<Follower>();
    follower->at = at;
    follower->next = from;
    follower->sink = std::move(sink);
    follower->session = std::move(session);
    if (auto status = check_topic_partition(at); !status) {
      run_at(scheduler_.now(), [this, follower, error = status.error()] {
        if (follower->over || !follower->session->alive) return;
        follower->over = true;
        follower->sink->on_error(error);
      });
      return follower;
    }
    auto& followers = partitions_[at].followers;
    std::erase_if(followers, [](const auto& weak) { return weak.expired(); });
    followers.push_back(follower);
    schedule_delivery(follower);
    return follower;
  }

  void end_offset(std::shared_ptr<Session> session, const TopicPartition& at,
                  EndOffsetCallback done) {
    if (!session->alive) return;
    auto answer = std::make_shared<Result<Offset>>(Offset{0});
    const auto asked = scheduler_.now() + upto(faults_.end_offset_delay_max);
    if (auto status = check_topic_partition(at); !status) {
      *answer = fail(status.error());
    } else if (drawn("end_offset_error", faults_.end_offset_error)) {
      *answer = fail(ErrorKind::kUnavailable, "END_OFFSET_FAILED",
                     "simulated: the question for the end failed");
    } else {
      run_at(asked, [this, at, answer] { *answer = partitions_[at].end; });
    }
    run_at(asked + upto(faults_.end_offset_delay_max),
           [answer, session = std::move(session), done = std::move(done)] {
             if (session->alive) done(std::move(*answer));
           });
  }

  Result<TopicInfo> describe(const std::string& topic) const {
    if (auto status = check_topic_partition({topic, 0}); !status) return fail(status.error());
    const auto found = topics_.find(topic);
    return found == topics_.end() ? ruled_topic() : found->second;
  }

  void resume(const std::shared_ptr<Follower>& follower) {
    follower->paused = false;
    schedule_delivery(follower);
  }

  void set_faults(SimLogFaults faults) { faults_ = faults; }

  void heal() {
    faults_ = {};
    auto late = std::exchange(late_, {});
    for (auto& [id, landing] : late) {
      if (random_.one_in(2)) land(landing.first, std::move(landing.second));
    }
  }

  void truncate(const TopicPartition& at, Offset end) {
    auto& partition = partitions_[at];
    std::erase_if(partition.records, [&](const Record& record) { return record.offset >= end; });
    partition.end = std::min(partition.end, end);
    wake(partition);
  }

  void set_topic(const std::string& topic, TopicInfo info) { topics_[topic] = std::move(info); }

  std::shared_ptr<Session> open_session(int id) {
    auto session = std::make_shared<Session>();
    auto& sessions = sessions_[id];
    std::erase_if(sessions, [](const auto& weak) { return weak.expired(); });
    sessions.push_back(session);
    return session;
  }

  void crash(int id) {
    for (const auto& weak : sessions_[id]) {
      if (const auto session = weak.lock()) session->alive = false;
    }
    sessions_.erase(id);
  }

  const Partition& partition(const TopicPartition& at) { return partitions_[at]; }
  const std::map<TopicPartition, Partition>& partitions() const { return partitions_; }
  std::size_t outstanding() const { return late_.size(); }
  const std::map<std::string, std::uint64_t>& happened() const { return happened_; }

 private:
  bool drawn(const char* fault, int in_a_thousand) {
    // Nothing is drawn for what cannot happen, so that a fault added later moves no old seed.
    if (in_a_thousand <= 0 || random_.below(1000) >= static_cast<std::uint64_t>(in_a_thousand)) {
      return false;
    }
    ++happened_[fault];
    return true;
  }

  Duration upto(Duration max) {
    if (max <= Duration(0)) return Duration(0);
    return Duration(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(max.count()) + 1)));
  }

  AppendFault draw_append_fault(std::size_t count) {
    if (drawn("failed", faults_.failed)) return AppendFault::kFailed;
    if (drawn("lost_reply", faults_.lost_reply)) return AppendFault::kLostReply;
    if (drawn("late", faults_.late)) return AppendFault::kLate;
    const bool many = count > 1;  // Of one record, either is no more than late.
    if (drawn(many ? "partial" : "late", faults_.partial)) {
      return many ? AppendFault::kPartial : AppendFault::kLate;
    }
    if (drawn(many ? "hole" : "late", faults_.hole)) return AppendFault::kHole;
    return AppendFault::kNone;
  }

  template <class Task>
  void run_at(Time time, Task task) {
    scheduler_.at(time, [weak = weak_from_this(), task = std::move(task)]() mutable {
      if (const auto self = weak.lock()) task();
    });
  }

  void reply(Time time, std::shared_ptr<Session> session, AppendCallback done,
             AppendOutcome outcome) {
    run_at(time, [session = std::move(session), done = std::move(done),
                  outcome = std::move(outcome)]() mutable {
      if (session->alive) done(std::move(outcome));
    });
  }

  void reply_at(Time time, const std::shared_ptr<Flight>& flight, AppendOutcome outcome) {
    reply(time, flight->session, flight->done, std::move(outcome));
  }

  void land_range(const std::shared_ptr<Flight>& flight, Time time, std::size_t begin,
                  std::size_t end) {
    run_at(time, [this, flight, begin, end] {
      for (auto i = begin; i < end; ++i) land(flight->at, flight->batch[i]);
    });
  }

  // Each record lands by itself, or never; half of the time they keep together and in order.
  void land_late(const std::shared_ptr<Flight>& flight, std::size_t begin, std::size_t end) {
    const bool together = random_.one_in(2);
    const auto delay = upto(faults_.late_max);
    const bool never = random_.one_in(3);
    for (auto i = begin; i < end; ++i) {
      const auto own_delay = together ? delay : upto(faults_.late_max);
      const bool own_never = together ? never : random_.one_in(3);
      if (own_never) continue;
      const auto id = late_count_++;
      late_.emplace(id, std::pair(flight->at, flight->batch[i]));
      run_at(scheduler_.now() + own_delay, [this, id] {
        const auto found = late_.find(id);
        if (found == late_.end()) return;
        auto [at, record] = std::move(found->second);
        late_.erase(found);
        land(at, std::move(record));
      });
    }
  }

  void land_durably(std::shared_ptr<Flight> flight, Time lands) {
    const auto count = flight->batch.size();
    const bool split = drawn("split", faults_.split);
    const bool twice = drawn("duplicate", faults_.duplicate);
    auto time = lands;
    for (std::size_t i = 0; i < count;) {
      const auto end = split ? i + 1 : count;
      run_at(time, [this, flight, i, end] {
        for (auto j = i; j < end; ++j) land_and_note(*flight, j);
      });
      if (split) time += upto(faults_.append_delay_max);
      i = end;
    }
    // A retry inside the client: the outcome speaks of the first copy or of the second.
    if (twice && random_.one_in(2)) {
      time += upto(faults_.append_delay_max);
      run_at(time, [this, flight, count] {
        flight->offsets.clear();
        flight->stamps.clear();
        for (std::size_t j = 0; j < count; ++j) land_and_note(*flight, j);
      });
    } else if (twice) {
      run_at(time, [this, flight, count] { land_late(flight, 0, count); });
    }
    const bool forgotten = drawn("forgotten", faults_.forgotten);
    run_at(time + upto(faults_.reply_delay_max), [this, flight, forgotten] {
      if (forgotten) forget(flight->at, flight->offsets.front());
      if (!flight->session->alive) return;
      AppendOutcome outcome;
      outcome.fate = Fate::kDurable;
      outcome.offsets = std::move(flight->offsets);
      outcome.stamps = std::move(flight->stamps);
      flight->done(std::move(outcome));
    });
  }

  void land_and_note(Flight& flight, std::size_t i) {
    land(flight.at, flight.batch[i]);
    flight.offsets.push_back(partitions_[flight.at].records.back().offset);
    flight.stamps.push_back(partitions_[flight.at].records.back().stamp);
  }

  void forget(const TopicPartition& at, Offset offset) {
    std::erase_if(partitions_[at].records,
                  [&](const Record& record) { return record.offset == offset; });
  }

  void land(const TopicPartition& at, Record record) {
    auto& partition = partitions_[at];
    const bool gap = drawn("gap", faults_.gap);
    const auto gap_size = gap ? static_cast<Offset>(1 + random_.below(3)) : 0;
    const bool behind = gap && random_.one_in(2);
    if (gap && !behind) partition.end += gap_size;
    partition.last_stamp = std::max(partition.last_stamp, scheduler_.now());
    record.offset = partition.end++;
    record.stamp = partition.last_stamp;
    partition.records.push_back(std::move(record));
    if (behind) {
      run_at(scheduler_.now() + upto(faults_.append_delay_max), [this, at, gap_size] {
        auto& later = partitions_[at];
        later.end += gap_size;
        wake(later);
      });
    }
    wake(partition);
  }

  void wake(Partition& partition) {
    for (const auto& weak : partition.followers) {
      if (const auto follower = weak.lock()) schedule_delivery(follower);
    }
  }

  void schedule_delivery(const std::shared_ptr<Follower>& follower) {
    if (follower->silent() || follower->scheduled) return;
    if (follower->next == partitions_[follower->at].end) return;
    follower->scheduled = true;
    run_at(scheduler_.now() + upto(faults_.delivery_delay_max), [this, follower] {
      follower->scheduled = false;
      deliver(follower);
    });
  }

  void deliver(const std::shared_ptr<Follower>& follower) {
    if (follower->silent()) return;
    auto& partition = partitions_[follower->at];
    if (follower->next > partition.end || follower->next < 0) {
      follower->over = true;
      follower->sink->on_error(out_of_range(follower->at, follower->next, 0, partition.end));
      return;
    }
    const auto first = std::lower_bound(
        partition.records.begin(), partition.records.end(), follower->next,
        [](const Record& record, Offset offset) { return record.offset < offset; });
    const auto there = partition.records.end() - first;
    const auto wanted = static_cast<std::ptrdiff_t>(
        1 + random_.below(static_cast<std::uint64_t>(std::max(1, faults_.delivery_records_max))));
    std::vector<Record> batch(first, first + std::min(there, wanted));
    follower->next = there <= wanted ? partition.end : batch.back().offset + 1;
    follower->sink->on_records(std::move(batch), follower->next);
    schedule_delivery(follower);
  }

  sim::SimScheduler& scheduler_;
  SeededRandom random_;
  SimLogFaults faults_;
  std::map<TopicPartition, Partition> partitions_;
  std::map<std::string, TopicInfo> topics_;
  std::map<int, std::vector<std::weak_ptr<Session>>> sessions_;
  std::uint64_t late_count_ = 0;
  std::map<std::uint64_t, std::pair<TopicPartition, Record>> late_;
  std::map<std::string, std::uint64_t> happened_;
};

namespace {

class SimFollowing final : public Following {
 public:
  SimFollowing(std::shared_ptr<SimLog::Cluster> cluster, std::shared_ptr<Follower> follower)
      : cluster_(std::move(cluster)), follower_(std::move(follower)) {}
  ~SimFollowing() override { follower_->over = true; }

  void pause() override { follower_->paused = true; }
  void resume() override { cluster_->resume(follower_); }

 private:
  std::shared_ptr<SimLog::Cluster> cluster_;
  std::shared_ptr<Follower> follower_;
};

class SimClient final : public Log {
 public:
  SimClient(std::shared_ptr<SimLog::Cluster> cluster, std::shared_ptr<Session> session)
      : cluster_(std::move(cluster)), session_(std::move(session)) {}
  ~SimClient() override { session_->alive = false; }

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) override {
    cluster_->append(session_, at, std::move(batch), std::move(done));
  }

  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink) override {
    return std::make_unique<SimFollowing>(cluster_,
                                          cluster_->follow(session_, at, from, std::move(sink)));
  }

  void end_offset(const TopicPartition& at, EndOffsetCallback done) override {
    cluster_->end_offset(session_, at, std::move(done));
  }

  Result<TopicInfo> describe(const std::string& topic) override {
    return cluster_->describe(topic);
  }

 private:
  std::shared_ptr<SimLog::Cluster> cluster_;
  std::shared_ptr<Session> session_;
};

}  // namespace

SimLog::SimLog(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults)
    : cluster_(std::make_shared<Cluster>(scheduler, seed, faults)) {}
SimLog::~SimLog() = default;

std::unique_ptr<Log> SimLog::client(int id) {
  return std::make_unique<SimClient>(cluster_, cluster_->open_session(id));
}
void SimLog::crash(int id) { cluster_->crash(id); }
void SimLog::set_faults(SimLogFaults faults) { cluster_->set_faults(faults); }
void SimLog::heal() { cluster_->heal(); }
void SimLog::truncate(const TopicPartition& at, Offset end) { cluster_->truncate(at, end); }
void SimLog::recreate(const TopicPartition& at) { cluster_->truncate(at, 0); }
void SimLog::set_topic(const std::string& topic, TopicInfo info) {
  cluster_->set_topic(topic, std::move(info));
}
const std::vector<Record>& SimLog::records(const TopicPartition& at) const {
  return cluster_->partition(at).records;
}
Offset SimLog::end(const TopicPartition& at) const { return cluster_->partition(at).end; }
std::vector<TopicPartition> SimLog::partitions() const {
  std::vector<TopicPartition> all;
  for (const auto& [at, partition] : cluster_->partitions()) all.push_back(at);
  return all;
}
std::size_t SimLog::outstanding() const { return cluster_->outstanding(); }
const std::map<std::string, std::uint64_t>& SimLog::happened() const {
  return cluster_->happened();
}

}  // namespace lianmeng::log
