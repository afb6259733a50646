#include "platform/runtime/core_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include "platform/base/assert.h"
#include "platform/runtime/errors.h"

namespace lianmeng::runtime {

// Threads: any. After close() nothing is taken any more.
class CoreLoop::Inbox {
 public:
  // False when the loop has ended: `what` is then left with the caller.
  template <class What>
  bool post(std::size_t slot, What&& what) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      inputs_.push_back({slot, std::forward<What>(what)});
      wake = std::exchange(asleep_, false);
    }
    if (wake) wake_.notify_one();
    return true;
  }

  void ask_stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_asked_ = true;
      asleep_ = false;
    }
    wake_.notify_one();
  }

  bool stop_asked() {
    const std::lock_guard lock(mutex_);
    return stop_asked_;
  }

  // Takes what has arrived, after waiting for it until `wakeup`.
  void take(std::vector<Input>& inputs, Clock& clock, SteadyTime wakeup, bool stopping) {
    std::unique_lock lock(mutex_);
    const auto time = clock.steady();
    if (inputs_.empty() && wakeup > time && stop_asked_ == stopping) {
      asleep_ = true;
      // In steps of a second at most, so that no far wake-up overflows the wait.
      const auto wait = std::min<std::chrono::nanoseconds>(wakeup - time, std::chrono::seconds{1});
      wake_.wait_for(lock, wait, [&] { return !asleep_; });
      asleep_ = false;
    }
    inputs.swap(inputs_);
  }

  std::vector<Input> close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return std::exchange(inputs_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Input> inputs_;
  bool asleep_ = false;
  bool stop_asked_ = false;
  bool closed_ = false;
};

// Hands a followed log's records to the loop, and pauses the log while the loop has enough: what
// waits for it, and what the partition holds unanswered (`backlog`).
// Threads: on_* on the log's threads, the rest on the loop's.
class CoreLoop::Sink final : public log::FollowSink {
 public:
  Sink(std::shared_ptr<Inbox> inbox, std::shared_ptr<ReadAhead> all, const LoopConfig& config,
       std::size_t slot, int source)
      : inbox_(std::move(inbox)),
        all_(std::move(all)),
        slot_(slot),
        source_(source),
        ahead_max_(config.read_ahead),
        all_max_(config.read_ahead_all) {}

  void on_records(std::vector<log::Record> records, log::Offset next) override {
    {
      const std::lock_guard lock(mutex_);
      const auto count = static_cast<int>(records.size());
      ahead_ += count;
      const int all = all_->records.fetch_add(count) + count;
      const bool enough = ahead_ + backlog_ > ahead_max_ || all > all_max_ || all_->overfull;
      if (enough && !paused_ && following_ != nullptr) {
        paused_ = true;
        ++all_->paused;
        following_->pause();
      }
    }
    inbox_->post(slot_, RecordsIn{source_, std::move(records), next});
  }

  void on_error(Error error) override {
    inbox_->post(slot_, FollowErrorIn{source_, std::move(error)});
  }

  void attach(log::Following* following) {
    const std::lock_guard lock(mutex_);
    following_ = following;
  }

  void folded(std::size_t count, std::size_t backlog) {
    log::Following* resumed = nullptr;
    {
      const std::lock_guard lock(mutex_);
      ahead_ -= static_cast<int>(count);
      backlog_ = static_cast<int>(backlog);
      const int all = all_->records.fetch_sub(static_cast<int>(count)) - static_cast<int>(count);
      const bool room = ahead_ + backlog_ < ahead_max_ / 2 && all < all_max_ / 2;
      if (paused_ && room && !all_->overfull) {
        paused_ = false;
        --all_->paused;
        resumed = following_;
      }
    }
    // Outside the lock, since records may come inside the call. The loop alone ends followings.
    if (resumed != nullptr) resumed->resume();
  }

  // May be told late: asked after each round of the partition.
  bool paused() const { return paused_; }

 private:
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<ReadAhead> all_;
  const std::size_t slot_;
  const int source_;
  const int ahead_max_;
  const int all_max_;
  std::mutex mutex_;
  log::Following* following_ = nullptr;  // Guarded by mutex_.
  int ahead_ = 0;                        // Guarded by mutex_.
  int backlog_ = 0;                      // Guarded by mutex_.
  std::atomic<bool> paused_{false};      // Written under mutex_.
};

// Reads one record: what the log holds at the tip's offset.
struct CoreLoop::TipReader final : public log::FollowSink {
  TipReader(std::shared_ptr<Inbox> inbox, std::size_t slot) : inbox(std::move(inbox)), slot(slot) {}

  void on_records(std::vector<log::Record> records, log::Offset) override {
    if (records.empty() || done.exchange(true)) return;
    inbox->post(slot, TipIn{std::move(records.front())});
  }
  void on_error(Error) override {
    if (!done.exchange(true)) inbox->post(slot, TipIn{});
  }

  const std::shared_ptr<Inbox> inbox;
  const std::size_t slot;
  std::atomic<bool> done{false};
};

CoreLoop::CoreLoop(LoopConfig config, log::Log& log, Clock& clock, Observer observer)
    : config_(config),
      log_(log),
      clock_(clock),
      observer_(std::move(observer)),
      inbox_(std::make_shared<Inbox>()),
      read_ahead_(std::make_shared<ReadAhead>()) {}

CoreLoop::~CoreLoop() { LM_ASSERT(!thread_.joinable(), "stop() before destruction"); }

std::size_t CoreLoop::add(std::unique_ptr<Partition> partition, std::string topic, int number,
                          std::vector<std::string> followed_topics) {
  Slot slot;
  slot.partition = std::move(partition);
  slot.own = {std::move(topic), number};
  for (auto& followed : followed_topics) slot.followed.push_back({std::move(followed), number});
  slot.sinks.resize(slot.followed.size() + 1);
  slot.followings.resize(slot.followed.size() + 1);
  slots_.push_back(std::move(slot));
  return slots_.size() - 1;
}

void CoreLoop::start() {
  thread_ = std::thread([this] { run(); });
}

void CoreLoop::stop() {
  inbox_->ask_stop();
  if (thread_.joinable()) thread_.join();
}

// Bounded: a call over the limit is told so at once, on the caller's thread.
bool CoreLoop::admit(std::size_t calls) {
  if (calls_.fetch_add(calls, std::memory_order_relaxed) < config_.calls_max) return true;
  calls_.fetch_sub(calls, std::memory_order_relaxed);
  return false;
}

void CoreLoop::command(std::size_t slot, Command command) {
  if (read_ahead_->overfull) {
    if (const auto error = store_error()) return command.done({store_full(*error), nullptr});
  }
  if (!admit()) return command.done({busy(), nullptr});
  if (!inbox_->post(slot, std::move(command))) command.done({shutting_down(), nullptr});
}

void CoreLoop::commands(std::size_t slot, std::vector<Command> commands) {
  const auto refuse = [](std::vector<Command>& refused, const Error& error) {
    for (auto& command : refused) command.done({error, nullptr});
  };
  if (read_ahead_->overfull) {
    if (const auto error = store_error()) return refuse(commands, store_full(*error));
  }
  if (!admit(commands.size())) return refuse(commands, busy());
  if (!inbox_->post(slot, std::move(commands))) refuse(commands, shutting_down());
}

void CoreLoop::query(std::size_t slot, Query query) {
  if (!admit()) return query.done(tl::unexpected(busy()));
  if (!inbox_->post(slot, std::move(query))) query.done(tl::unexpected(shutting_down()));
}

void CoreLoop::watch(std::size_t slot, Watch watch) {
  if (!inbox_->post(slot, std::move(watch))) watch.on_end(shutting_down());
}

void CoreLoop::drain(bool on) { inbox_->post(0, DrainIn{on}); }

std::optional<Error> CoreLoop::store_error() const {
  const std::lock_guard lock(store_error_mutex_);
  return store_error_;
}

bool CoreLoop::inspect(Look look) { return inbox_->post(0, std::move(look)); }

void CoreLoop::run() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].partition->open(now());
    perform(i);
  }
  std::vector<Input> inputs;
  SteadyTime close_at = SteadyTime::max();
  auto woken = clock_.steady();
  while (true) {
    auto wakeup = close_at;
    for (const auto& slot : slots_) wakeup = std::min(wakeup, slot.partition->next_wakeup());
    busy_ns_ += (clock_.steady() - woken).count();
    inbox_->take(inputs, clock_, wakeup, close_at != SteadyTime::max());
    const bool stop = inbox_->stop_asked();
    const auto at = now();
    woken = at.steady;
    if (stop && close_at == SteadyTime::max()) {
      close_at = at.steady + config_.close_budget;
      for (auto& slot : slots_) slot.partition->close(at);
    }
    for (auto& input : inputs) handle(input, at);
    inputs.clear();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& slot = slots_[i];
      if (slot.partition->next_wakeup() > at.steady) continue;
      slot.partition->advance(at);
      perform(i);
      report(slot);
    }
    flush_some(at);
    resume_followings();
    if (draining_) flush_drained(at);
    if (close_at == SteadyTime::max()) continue;
    if (at.steady >= close_at) {
      for (auto& slot : slots_) slot.partition->abort();
    }
    const bool closed =
        std::ranges::all_of(slots_, [](const Slot& slot) { return slot.partition->closed(); });
    if (closed) break;
  }
  for (auto& slot : slots_) {
    slot.tip_following.reset();
    slot.followings.clear();
    // A failed partition's rows are a valid prefix all the same.
    flush_slot(slot, now());
  }
  // Late calls are told; late outcomes belong to nobody any more.
  for (auto& input : inbox_->close()) {
    const bool call = std::holds_alternative<Command>(input.what) ||
                      std::holds_alternative<std::vector<Command>>(input.what) ||
                      std::holds_alternative<Query>(input.what) ||
                      std::holds_alternative<Watch>(input.what) ||
                      std::holds_alternative<ForwardFailedIn>(input.what) ||
                      std::holds_alternative<Look>(input.what);
    if (call) handle(input, now());
  }
}

void CoreLoop::handle(Input& input, Now now) {
  LM_ASSERT(input.slot < slots_.size(), "a loop has at least one partition");
  auto& slot = slots_[input.slot];
  auto& partition = *slot.partition;
  std::visit(
      [&](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, Command>) {
          calls_.fetch_sub(1, std::memory_order_relaxed);
          partition.on_command(std::move(what), now);
        } else if constexpr (std::is_same_v<What, std::vector<Command>>) {
          calls_.fetch_sub(what.size(), std::memory_order_relaxed);
          for (auto& command : what) partition.on_command(std::move(command), now);
        } else if constexpr (std::is_same_v<What, ForwardFailedIn>) {
          for (auto& command : what.commands) {
            partition.on_forward_failed(what.host, std::move(command), what.fate_unknown, now);
          }
        } else if constexpr (std::is_same_v<What, Query>) {
          calls_.fetch_sub(1, std::memory_order_relaxed);
          partition.on_query(std::move(what), now);
        } else if constexpr (std::is_same_v<What, Watch>) {
          partition.on_watch(std::move(what));
        } else if constexpr (std::is_same_v<What, RecordsIn>) {
          const auto count = what.records.size();
          const auto& sink = slot.sinks[static_cast<std::size_t>(what.source + 1)];
          partition.on_records(what.source, std::move(what.records), what.next, now);
          sink->folded(count,
                       what.source == Partition::kOwnLog ? 0 : partition.backlog(what.source));
        } else if constexpr (std::is_same_v<What, FollowErrorIn>) {
          partition.on_follow_error(what.source, std::move(what.error), now);
        } else if constexpr (std::is_same_v<What, OutcomeIn>) {
          partition.on_append_outcome(what.ticket, std::move(what.outcome), now);
        } else if constexpr (std::is_same_v<What, EndIn>) {
          partition.on_end_offset(what.ticket, std::move(what.end), now);
        } else if constexpr (std::is_same_v<What, TipIn>) {
          slot.tip_following.reset();
          partition.on_tip_read(std::move(what.record), now);
        } else if constexpr (std::is_same_v<What, DrainIn>) {
          draining_ = what.on;
          for (auto& each : slots_) each.partition->drain(what.on);
        } else {
          std::vector<const Partition*> all;
          for (const auto& each : slots_) all.push_back(each.partition.get());
          what(all);
        }
      },
      input.what);
}

// Effects to the log. Its callbacks only enqueue.
void CoreLoop::perform(std::size_t index) {
  auto& slot = slots_[index];
  auto effects = slot.partition->take_effects();
  for (auto& append : effects.appends) {
    log_.append(slot.own, std::move(append.records),
                [inbox = inbox_, index, ticket = append.ticket](log::AppendOutcome outcome) {
                  inbox->post(index, OutcomeIn{ticket, std::move(outcome)});
                });
  }
  for (const auto& each : effects.follows) follow(index, each);
  if (effects.ask_end) {
    log_.end_offset(slot.own,
                    [inbox = inbox_, index, ticket = *effects.ask_end](Result<log::Offset> end) {
                      inbox->post(index, EndIn{ticket, std::move(end)});
                    });
  }
  if (effects.verify_tip) read_tip(index, *effects.verify_tip);
  if (!effects.forwards.empty()) forward(index, std::move(effects.forwards));
}

// What came with one call goes as one call, in its order.
void CoreLoop::forward(std::size_t index, std::vector<Effects::Forward> forwards) {
  struct Group {
    OriginalCall* call;
    Attempt attempt;
    std::vector<int> parts;
    std::shared_ptr<ForwardFailedIn> back;
  };
  std::vector<Group> groups;
  std::unordered_map<OriginalCall*, std::size_t> known;
  for (auto& each : forwards) {
    auto* call = each.command.call;
    if (call == nullptr) {
      inbox_->post(index, ForwardFailedIn{each.host, {std::move(each.command)}, false});
      continue;
    }
    const auto [found, is_new] = known.try_emplace(call, groups.size());
    if (is_new) {
      groups.push_back({call, {}, {}, std::make_shared<ForwardFailedIn>()});
      groups.back().back->host = each.host;
    }
    auto& group = groups[found->second];
    group.attempt.repeat = group.attempt.repeat || each.command.repeat;
    group.attempt.hops = std::max(group.attempt.hops, each.command.hops);
    group.parts.push_back(each.command.part);
    group.back->commands.push_back(std::move(each.command));
  }
  for (auto& group : groups) {
    group.call->forward(
        group.back->host, group.attempt, std::move(group.parts),
        [inbox = inbox_, index, back = group.back](bool unknown) {
          back->fate_unknown = unknown;
          if (inbox->post(index, std::move(*back))) return;
          for (auto& command : back->commands) {
            command.done({unknown ? fate_unknown(back->host) : shutting_down(), nullptr});
          }
        });
  }
}

void CoreLoop::follow(std::size_t index, const Effects::Follow& follow) {
  auto& slot = slots_[index];
  const auto at = static_cast<std::size_t>(follow.source + 1);
  const auto& topic = follow.source == Partition::kOwnLog ? slot.own : slot.followed[at - 1];
  auto sink = std::make_shared<Sink>(inbox_, read_ahead_, config_, index, follow.source);
  slot.sinks[at] = sink;
  slot.followings[at] = log_.follow(topic, follow.from, sink);
  sink->attach(slot.followings[at].get());
}

void CoreLoop::read_tip(std::size_t index, log::Offset offset) {
  auto& slot = slots_[index];
  slot.tip_reader = std::make_shared<TipReader>(inbox_, index);
  slot.tip_following = log_.follow(slot.own, offset, slot.tip_reader);
}

// What was folded, what a policy has answered and what was written makes room without a record that
// comes in.
void CoreLoop::resume_followings() {
  if (read_ahead_->paused == 0) return;
  for (auto& slot : slots_) {
    for (std::size_t i = 0; i < slot.sinks.size(); ++i) {
      const auto& sink = slot.sinks[i];
      if (!sink || !sink->paused()) continue;
      sink->folded(0, i == 0 ? 0 : slot.partition->backlog(static_cast<int>(i) - 1));
    }
  }
}

// The one with the most first, until the bounds hold again: a partition or two while commands come
// in, more while a log is read anew.
void CoreLoop::flush_some(Now now) {
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  for (const auto& slot : slots_) {
    events += slot.partition->unflushed();
    bytes += slot.partition->dirty_bytes();
  }
  while (events >= config_.flush_events || bytes >= config_.flush_bytes) {
    Slot* fullest = nullptr;
    for (auto& slot : slots_) {
      if (slot.flush_after > now.steady) continue;
      if (fullest == nullptr || slot.partition->unflushed() > fullest->partition->unflushed()) {
        fullest = &slot;
      }
    }
    if (fullest == nullptr || fullest->partition->unflushed() == 0) break;
    const auto of_it = fullest->partition->unflushed();
    const auto bytes_of_it = fullest->partition->dirty_bytes();
    if (!flush_slot(*fullest, now)) break;
    events -= of_it;
    bytes -= bytes_of_it;
  }
  // Memory is bounded by configuration: what cannot be written may not gather for ever, neither by
  // commands nor by reading a long log.
  read_ahead_->overfull = events >= config_.overfull * config_.flush_events ||
                          bytes >= config_.overfull * config_.flush_bytes;
}

void CoreLoop::flush_drained(Now now) {
  for (auto& slot : slots_) {
    if (slot.partition->unflushed() == 0 || !slot.partition->drained()) continue;
    if (slot.flush_after <= now.steady) flush_slot(slot, now);
  }
}

bool CoreLoop::flush_slot(Slot& slot, Now now) {
  const auto status = slot.partition->flush();
  {
    const std::lock_guard lock(store_error_mutex_);
    store_error_ = status ? std::nullopt : std::optional(status.error());
  }
  if (status) return true;
  // The log has it all: nothing is lost, a restart only reads more.
  slot.flush_after = now.steady + std::chrono::seconds{1};
  observer_("warn", fmt::format("{}: the state could not be written: {}", slot.partition->name(),
                                status.error().message_en));
  return false;
}

void CoreLoop::report(Slot& slot) {
  *slot.can_answer = slot.partition->can_answer();
  if (slot.oversized != slot.partition->stats().oversized) {
    slot.oversized = slot.partition->stats().oversized;
    observer_("error", slot.partition->oversized());
  }
  if (slot.differences != slot.partition->stats().differing_digests) {
    slot.differences = slot.partition->stats().differing_digests;
    if (!slot.partition->failure()) observer_("error", slot.partition->difference());
  }
  if (slot.reported || !slot.partition->failure()) return;
  slot.reported = true;
  if (slot.partition->failure()->reason == shutting_down().reason) return;
  observer_("error", fmt::format("{} has stopped: {}", slot.partition->name(),
                                 slot.partition->failure()->message_en));
}

}  // namespace lianmeng::runtime
