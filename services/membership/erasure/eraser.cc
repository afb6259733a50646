#include "membership/erasure/eraser.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "membership/domain/tables.h"

namespace lianmeng::membership {

namespace {

// Between looks when nobody waits; a failed one is tried again as late.
constexpr std::chrono::milliseconds kBetweenSweeps{200};

// What stands behind `after` in this state: key ids, and whose they are.
struct Found {
  std::vector<std::string> key_ids;
  std::vector<std::string> people;
};

void gather(const state::View& view, std::uint64_t after, Found* found) {
  state::PageRequest request;
  request.page_size = 1'000;
  do {
    auto page = erasures().list(view, kErasuresLatest, state::Key{}, request);
    LM_ASSERT(page.has_value());
    for (const auto& row : page->rows) {
      if (row.sequence() <= after) return;
      found->key_ids.insert(found->key_ids.end(), row.key_ids().begin(), row.key_ids().end());
      found->people.push_back(row.person_id());
    }
    request.page_token = std::move(page->next_page_token);
  } while (!request.page_token.empty());
}

// The reason alone: its text names paths of the server, and operators are told it.
Error still_pending(const Error& why) {
  auto error = make_error(
      ErrorKind::kUnavailable, "ERASURE_PENDING",
      fmt::format("The erasure stands in the log and no answer shows these values any more, but "
                  "their keys cannot be deleted yet ({}). It is tried again until they are; see to "
                  "the key store.",
                  why.reason));
  error.message_zh =
      "删除已生效，任何查询均不再显示这些信息，但密钥暂时无法清除；系统将自动重试。请运维人员检查"
      "密钥库。";
  return error;
}

Error server_stopping() {
  return make_error(ErrorKind::kUnavailable, "SERVER_STOPPING", "the server stops");
}

}  // namespace

Eraser::Eraser(seal::KeyStore& keys, EachPartition each, Tell tell)
    : keys_(keys), each_(std::move(each)), tell_(std::move(tell)) {}

Eraser::~Eraser() { stop(); }

Status Eraser::sweep() {
  std::map<int, std::uint64_t> seen;
  Found found;
  each_([&](int partition, std::uint64_t sequence, const state::View& view) {
    const auto swept = swept_.find(partition);
    const auto after = swept == swept_.end() ? 0 : swept->second;
    if (sequence <= after) return;
    gather(view, after, &found);
    seen[partition] = sequence;
  });
  pending_ = found.people.size();
  // A value that was sealed and never entered the log in force has a key that no event names.
  for (const auto& person : found.people) {
    const auto key_id = keys_.find(person_subject(person));
    if (!key_id) return fail(key_id.error());
    if (*key_id) found.key_ids.push_back(std::move(**key_id));
  }
  if (!found.key_ids.empty()) {
    if (const auto gone = keys_.erase(found.key_ids); !gone) return gone;
  }
  for (const auto& [partition, sequence] : seen) swept_[partition] = sequence;
  pending_ = 0;
  return {};
}

void Eraser::start() {
  thread_ = std::thread([this] { run(); });
}

void Eraser::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Eraser::settle(const Place& place, Done done) {
  {
    std::unique_lock lock(mutex_);
    if (ended_) {
      lock.unlock();
      const auto error = still_pending(server_stopping());
      return done(&error);
    }
    waiting_.push_back({place, std::move(done)});
    asked_ = true;
  }
  wake_.notify_one();
}

void Eraser::run() {
  while (true) {
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = stopping_;
      asked_ = false;
    }
    const auto swept = sweep();
    if (!swept && !told_) tell_(swept.error());
    told_ = !swept;
    answer(swept, last);
    if (last) return;
    std::unique_lock lock(mutex_);
    // What fails is not tried again at once.
    wake_.wait_for(lock, kBetweenSweeps, [&] { return stopping_ || (swept && asked_); });
  }
}

void Eraser::answer(const Status& swept, bool last) {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    ended_ = last;
  }
  for (auto& one : waiting) {
    const auto found = swept_.find(one.place.partition);
    if (found != swept_.end() && one.place.sequence <= found->second) {
      one.done(nullptr);
    } else if (!swept || last) {
      const auto error = still_pending(swept ? server_stopping() : swept.error());
      one.done(&error);
    } else {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(one));
    }
  }
}

}  // namespace lianmeng::membership
