#include "platform/log/sim/sim_log.h"

#include <utility>

#include "platform/log/check.h"
#include "platform/log/sim/sim_appends.h"
#include "platform/log/sim/sim_chances.h"
#include "platform/log/sim/sim_partitions.h"

namespace lianmeng::log {

class SimLog::Cluster {
 public:
  Cluster(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults)
      : chances_(scheduler, seed, faults), partitions_(chances_), appends_(chances_, partitions_) {}

  SimChances& chances() { return chances_; }
  SimPartitions& partitions() { return partitions_; }
  SimAppends& appends() { return appends_; }

  void end_offset(std::shared_ptr<SimSession> session, const TopicPartition& at,
                  EndOffsetCallback done) {
    if (!session->alive) return;
    const auto& faults = chances_.faults();
    auto answer = std::make_shared<Result<Offset>>(Offset{0});
    const auto asked = chances_.now() + chances_.upto(faults.end_offset_delay_max);
    if (auto status = check_topic_partition(at); !status) {
      *answer = fail(status.error());
    } else if (chances_.drawn("end_offset_error", faults.end_offset_error)) {
      *answer = fail(ErrorKind::kUnavailable, "END_OFFSET_FAILED",
                     "simulated: the question for the end failed");
    } else {
      chances_.run_at(asked, [this, at, answer] { *answer = partitions_.at(at).end; });
    }
    chances_.run_at(asked + chances_.upto(faults.end_offset_delay_max),
                    [answer, session = std::move(session), done = std::move(done)] {
                      if (session->alive) done(std::move(*answer));
                    });
  }

  Result<TopicInfo> describe(const std::string& topic) const {
    if (auto status = check_topic_partition({topic, 0}); !status) return fail(status.error());
    const auto found = topics_.find(topic);
    return found == topics_.end() ? ruled_topic() : found->second;
  }

  void set_topic(const std::string& topic, TopicInfo info) { topics_[topic] = std::move(info); }

  std::shared_ptr<SimSession> open_session(int id) {
    auto session = std::make_shared<SimSession>();
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

 private:
  SimChances chances_;
  SimPartitions partitions_;
  SimAppends appends_;
  std::map<std::string, TopicInfo> topics_;
  std::map<int, std::vector<std::weak_ptr<SimSession>>> sessions_;
};

namespace {

class SimFollowing final : public Following {
 public:
  SimFollowing(std::shared_ptr<SimLog::Cluster> cluster, std::shared_ptr<SimFollower> follower)
      : cluster_(std::move(cluster)), follower_(std::move(follower)) {}
  ~SimFollowing() override { follower_->over = true; }

  void pause() override { follower_->paused = true; }
  void resume() override { cluster_->partitions().resume(follower_); }

 private:
  std::shared_ptr<SimLog::Cluster> cluster_;
  std::shared_ptr<SimFollower> follower_;
};

class SimClient final : public Log {
 public:
  SimClient(std::shared_ptr<SimLog::Cluster> cluster, std::shared_ptr<SimSession> session)
      : cluster_(std::move(cluster)), session_(std::move(session)) {}
  ~SimClient() override { session_->alive = false; }

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) override {
    cluster_->appends().append(session_, at, std::move(batch), std::move(done));
  }

  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink) override {
    // Nothing comes inside the call.
    auto follower = cluster_->partitions().follow(session_, at, from, sink);
    auto following = std::make_unique<SimFollowing>(cluster_, std::move(follower));
    sink->on_begin(*following);
    return following;
  }

  void end_offset(const TopicPartition& at, EndOffsetCallback done) override {
    cluster_->end_offset(session_, at, std::move(done));
  }

  Result<TopicInfo> describe(const std::string& topic) override {
    return cluster_->describe(topic);
  }

 private:
  std::shared_ptr<SimLog::Cluster> cluster_;
  std::shared_ptr<SimSession> session_;
};

}  // namespace

SimLog::SimLog(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults)
    : cluster_(std::make_shared<Cluster>(scheduler, seed, faults)) {
  cluster_->chances().set_owner(cluster_);
}
SimLog::~SimLog() = default;

std::unique_ptr<Log> SimLog::client(int id) {
  return std::make_unique<SimClient>(cluster_, cluster_->open_session(id));
}
void SimLog::crash(int id) { cluster_->crash(id); }
void SimLog::set_faults(SimLogFaults faults) { cluster_->chances().set_faults(faults); }
void SimLog::heal() {
  cluster_->chances().set_faults({});
  cluster_->appends().end_lateness();
}
void SimLog::truncate(const TopicPartition& at, Offset end) {
  cluster_->partitions().truncate(at, end);
}
void SimLog::recreate(const TopicPartition& at) { truncate(at, 0); }
void SimLog::set_topic(const std::string& topic, TopicInfo info) {
  cluster_->set_topic(topic, std::move(info));
}
const std::vector<Record>& SimLog::records(const TopicPartition& at) const {
  return cluster_->partitions().at(at).records;
}
Offset SimLog::end(const TopicPartition& at) const { return cluster_->partitions().at(at).end; }
std::vector<TopicPartition> SimLog::partitions() const {
  std::vector<TopicPartition> all;
  for (const auto& [at, partition] : cluster_->partitions().all()) all.push_back(at);
  return all;
}
std::size_t SimLog::outstanding() const { return cluster_->appends().outstanding(); }
const std::map<std::string, std::uint64_t>& SimLog::happened() const {
  return cluster_->chances().happened();
}

}  // namespace lianmeng::log
