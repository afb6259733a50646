#include "platform/log/embedded/embedded_log.h"

#include <utility>

#include "platform/log/check.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

class EmbeddedFollowing final : public Following {
 public:
  EmbeddedFollowing(std::shared_ptr<Journal> journal, std::shared_ptr<Follower> follower)
      : journal_(std::move(journal)), follower_(std::move(follower)) {}
  ~EmbeddedFollowing() override { journal_->unfollow(follower_); }

  void pause() override { journal_->pause(follower_); }
  void resume() override { journal_->resume(follower_); }

 private:
  std::shared_ptr<Journal> journal_;
  std::shared_ptr<Follower> follower_;
};

}  // namespace

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(EmbeddedLogConfig config, Clock& clock,
                                                       LogObserver observer) {
  return open(std::move(config), clock, std::move(observer), system_file_ops());
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(EmbeddedLogConfig config, Clock& clock,
                                                       LogObserver observer, FileOps& ops) {
  auto journal = std::make_shared<Journal>(std::move(config), clock, std::move(observer), ops);
  if (auto status = journal->open(); !status) return fail(status.error());
  journal->start();
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(std::move(journal)));
}

EmbeddedLog::EmbeddedLog(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}
EmbeddedLog::~EmbeddedLog() { journal_->stop(); }

void EmbeddedLog::append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) {
  journal_->append(at, std::move(batch), std::move(done));
}

std::unique_ptr<Following> EmbeddedLog::follow(const TopicPartition& at, Offset from,
                                               std::shared_ptr<FollowSink> sink) {
  auto follower = std::make_shared<Follower>();
  follower->next = from;
  follower->sink = std::move(sink);
  auto following = std::make_unique<EmbeddedFollowing>(journal_, follower);
  follower->sink->on_begin(*following);
  journal_->follow(at, follower);
  return following;
}

void EmbeddedLog::end_offset(const TopicPartition& at, EndOffsetCallback done) {
  done(journal_->end_offset(at));
}

Result<TopicInfo> EmbeddedLog::describe(const std::string& topic) {
  if (auto status = check_topic_partition({topic, 0}); !status) return fail(status.error());
  return ruled_topic();
}

std::uint64_t EmbeddedLog::scrub() { return journal_->scrub_all(); }
EmbeddedLogStats EmbeddedLog::stats() const { return journal_->stats(); }

}  // namespace lianmeng::log
