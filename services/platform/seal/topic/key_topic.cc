#include "platform/seal/topic/key_topic.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "platform/base/assert.h"
#include "platform/seal/key_id.h"

namespace lianmeng::seal {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kCheckKey = "check-";
constexpr std::string_view kBeatKey = "beat";

log::Record make_record(std::string key, std::string value) {
  log::Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  return record;
}

}  // namespace

log::Record key_record(const std::string& key_id, const KeptKey& key) {
  LM_ASSERT(key.wrapped.size() == kWrappedBytes, "{}", key_id);
  return make_record(key_id, "K" + key.wrapped + key.subject);
}

log::Record erased_record(const std::string& key_id) { return make_record(key_id, "E"); }

Result<log::Record> check_record(std::string check, const FillRandom& random) {
  const auto id = new_key_id(random);
  if (!id) return fail(id.error());
  return make_record(std::string(kCheckKey) + *id, "C" + std::move(check));
}

log::Record beat_record() { return make_record(std::string(kBeatKey), "B"); }

// ---------------------------------------------------------------- the table

Status KeyTable::apply(const log::Record& record, const std::string& topic) {
  const auto key = record.key.value_or("");
  const std::string_view value = record.value;
  const auto kind = value.empty() ? '\0' : value.front();
  newest_ = record.stamp;
  if (kind == 'B' && key == kBeatKey) return {};
  if (kind == 'C' && key.starts_with(kCheckKey)) {
    if (check_.empty()) check_ = value.substr(1);
    return {};
  }
  if (kind == 'E' && is_key_id(key)) {
    auto& kept = keys_[key];
    if (kept.wrapped.empty()) return {};
    const auto subject = std::move(kept.subject);
    kept = {};
    const auto found = by_subject_.find(subject);
    const auto rivals = rivals_.find(subject);
    if (rivals != rivals_.end()) std::erase(rivals->second, key);
    if (found->second == key) {
      if (rivals == rivals_.end() || rivals->second.empty()) {
        by_subject_.erase(found);
      } else {
        found->second = rivals->second.front();
        rivals->second.erase(rivals->second.begin());
      }
    }
    if (rivals != rivals_.end() && rivals->second.empty()) rivals_.erase(rivals);
    return {};
  }
  if (kind == 'K' && is_key_id(key) && value.size() > 1 + kWrappedBytes &&
      value.size() <= 1 + kWrappedBytes + kSubjectMax) {
    if (is_erased(key)) {
      came_back_.push_back(key);
      return {};
    }
    const std::string subject(value.substr(1 + kWrappedBytes));
    const auto [at, is_new] =
        keys_.try_emplace(key, KeptKey{subject, std::string(value.substr(1, kWrappedBytes))});
    if (!is_new) return {};  // The log may have a record twice.
    if (!by_subject_.try_emplace(subject, key).second) rivals_[subject].push_back(key);
    return {};
  }
  return fail(
      ErrorKind::kDataLoss, "KEY_STORE_DAMAGED",
      fmt::format("topic {}: the record at offset {} is no key; somebody else writes there, "
                  "or a newer version does",
                  topic, record.offset));
}

const std::string* KeyTable::find(const std::string& subject) const {
  const auto found = by_subject_.find(subject);
  return found == by_subject_.end() ? nullptr : &found->second;
}

bool KeyTable::is_erased(const std::string& key_id) const {
  const auto found = keys_.find(key_id);
  return found != keys_.end() && found->second.wrapped.empty();
}

// ---------------------------------------------------------------- the topic

void KeyTopic::State::on_records(std::vector<log::Record> records, log::Offset after) {
  {
    const std::lock_guard lock(mutex);
    if (failed) return;
    for (const auto& record : records) {
      if (auto applied = table.apply(record, at.topic); !applied) {
        failed = applied.error();
        break;
      }
    }
    next = after;
  }
  moved.notify_all();
}

void KeyTopic::State::on_error(Error error) {
  {
    const std::lock_guard lock(mutex);
    failed = std::move(error);
  }
  moved.notify_all();
}

KeyTopic::KeyTopic(log::Log& log, Clock& clock, std::string topic, Duration timeout)
    : log_(log), clock_(clock), timeout_(timeout), state_(std::make_shared<State>()) {
  state_->at = {std::move(topic), 0};
}

KeyTopic::~KeyTopic() { following_.reset(); }

Result<std::unique_ptr<KeyTopic>> KeyTopic::open(log::Log& log, Clock& clock, std::string topic,
                                                 Duration timeout) {
  std::unique_ptr<KeyTopic> opened(new KeyTopic(log, clock, std::move(topic), timeout));
  opened->following_ = log.follow(opened->state_->at, 0, opened->state_);
  if (auto read = opened->catch_up(); !read) return fail(read.error());
  return opened;
}

Error KeyTopic::unavailable(const std::string& why) const {
  return make_error(ErrorKind::kUnavailable, "KEYS_UNAVAILABLE",
                    fmt::format("the keys of personal values ({}) cannot be reached: {}; try again",
                                state_->at.topic, why));
}

// As long as there is progress: a topic of millions of keys takes its time.
Status KeyTopic::wait_for(log::Offset end, Duration silent_max, SteadyClock::time_point until) {
  std::unique_lock lock(state_->mutex);
  while (!state_->failed && state_->next < end) {
    const auto before = state_->next;
    const auto silent_until = std::min(until, SteadyClock::now() + silent_max);
    const bool moved = state_->moved.wait_until(
        lock, silent_until, [&] { return state_->failed || state_->next != before; });
    if (!moved) {
      return fail(unavailable(
          fmt::format("no record came behind offset {}, and {} is the end", before, end)));
    }
  }
  if (state_->failed) return fail(*state_->failed);
  return {};
}

Status KeyTopic::reach_end(SteadyTime asked_at, Duration silent_max) {
  const auto told = std::make_shared<std::promise<Result<log::Offset>>>();
  auto answer = told->get_future();
  log_.end_offset(state_->at, [told](Result<log::Offset> end) { told->set_value(std::move(end)); });
  if (answer.wait_for(silent_max) != std::future_status::ready) {
    return fail(unavailable("the log does not tell its end"));
  }
  const auto end = answer.get();
  if (!end) return fail(unavailable(end.error().message_en));
  if (auto read = wait_for(*end, silent_max, SteadyClock::time_point::max()); !read) return read;
  const std::lock_guard lock(state_->mutex);
  state_->current_at = std::max(state_->current_at, asked_at);
  return {};
}

Status KeyTopic::catch_up(Duration silent_max) {
  auto reached = reach_end(clock_.steady(), silent_max);
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_reached = reached.has_value();
  }
  state_->moved.notify_all();
  return reached;
}

Status KeyTopic::check_fresh(Duration age, Duration patience) {
  std::unique_lock lock(state_->mutex);
  const auto is_fresh = [&] { return clock_.steady() - state_->current_at < age; };
  const auto is_over = [&] { return state_->failed || !state_->is_reached || is_fresh(); };
  if (patience > Duration::zero()) state_->moved.wait_for(lock, patience, is_over);
  if (state_->failed) return fail(*state_->failed);
  if (is_fresh()) return {};
  return fail(unavailable(fmt::format("its end was not heard of for more than {} ms",
                                      std::chrono::milliseconds(age).count())));
}

SteadyTime KeyTopic::current_at() {
  const std::lock_guard lock(state_->mutex);
  return state_->current_at;
}

Status KeyTopic::put(std::vector<log::Record> records, Duration patience) {
  const auto until = SteadyClock::now() + patience;
  const auto told = std::make_shared<std::promise<log::AppendOutcome>>();
  auto answer = told->get_future();
  log_.append(state_->at, std::move(records),
              [told](log::AppendOutcome outcome) { told->set_value(std::move(outcome)); });
  if (answer.wait_until(until) != std::future_status::ready) {
    return fail(unavailable("the log does not answer an append"));
  }
  const auto outcome = answer.get();
  if (outcome.fate != log::AppendOutcome::Fate::kDurable) {
    return fail(unavailable(outcome.error.message_en));
  }
  return wait_for(outcome.offsets.back() + 1, timeout_, until);
}

}  // namespace lianmeng::seal
