// States, inputs and answers. Deciding: partition_decide.cc; outcomes and reading:
// partition_settle.cc; followed logs: partition_follow.cc; tokens and current views:
// partition_wait.cc.
#include "platform/runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/assert.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/positions.h"
#include "platform/runtime/tables.h"

namespace lianmeng::runtime {

Partition::Partition(PartitionConfig config, const Fold& fold,
                     std::unique_ptr<store::PartitionStore> store, Random& random)
    : config_(std::move(config)),
      fold_(fold),
      source_(fmt::format("/lianmeng/{}/{}", fold.service(), config_.partition)),
      store_(std::move(store)),
      random_(random),
      read_cache_(*store_, config_.read_cache_rows),
      dirty_(read_cache_),
      overlay_(dirty_),
      queue_(config_.county_queue_max),
      timer_prefixes_(fold.timer_prefixes()),
      first_timer_keys_(timer_prefixes_.size()),
      silent_(config_.hosts.size(), false) {
  LM_ASSERT(std::ranges::find(config_.hosts, config_.host) != config_.hosts.end(),
            "{} is no host of this partition", config_.host);
  for (const auto& foreign : fold_.foreign()) {
    Followed followed;
    followed.foreign = &foreign;
    followed_.push_back(std::move(followed));
  }
}

Partition::~Partition() = default;

std::string Partition::name() const {
  return fmt::format("{}/{}", fold_.service(), config_.partition);
}

void Partition::set_state(State state) {
  const auto allowed = [&] {
    switch (state_) {
      case State::kOpening:
        return state == State::kReplaying || state == State::kClosed || state == State::kFailed;
      case State::kReplaying:
        return state == State::kServing || state == State::kClosed || state == State::kFailed;
      case State::kServing:
        return state == State::kClosing || state == State::kFailed;
      case State::kClosing:
        return state == State::kClosed || state == State::kFailed;
      case State::kClosed:
      case State::kFailed:
        return false;
    }
    return false;
  };
  LM_ASSERT(allowed(), "{}: no way from state {} to {}", name(), static_cast<int>(state_),
            static_cast<int>(state));
  state_ = state;
}

void Partition::fail(Error error) {
  if (closed()) return;
  failure_ = std::move(error);
  set_state(State::kFailed);
  answer_all(closed_error(), fate_unknown(name()));
  wakeup_ = SteadyTime::min();  // The driver hears of it now, not when it would have woken.
}

Error Partition::closed_error() const {
  return failure_ ? stopped(name(), *failure_) : shutting_down();
}

void Partition::open(Now now) {
  read_positions();
  verify_first_ = !chain_.tip().empty();
  effects_.follows.push_back({kOwnLog, verify_first_ ? chain_.tip().offset : 0});
  for (std::size_t i = 0; i < followed_.size(); ++i) {
    auto& followed = followed_[i];
    followed.verify_first = !followed.chain.tip().empty();
    followed.next = followed.verify_first ? followed.chain.tip().offset : 0;
    effects_.follows.push_back({static_cast<int>(i), followed.next});
    effects_.ask_followed_ends.push_back(static_cast<int>(i));
  }
  last_record_ = now.steady;
  ask_end(now);
  after_input(now);
}

void Partition::read_positions() {
  const auto own = positions::read_own(*store_);
  chain_ = Chain(own.tip);
  next_offset_ = own.next;
  digest_ = own.digest;
  requests_.newest_ms = stored_request_ms_ = own.newest_request_ms;
  for (auto& followed : followed_) {
    const auto position = positions::read_foreign(*store_, followed.foreign->service);
    followed.chain = Chain(position.settled);
    followed.settled = position.settled;
    followed.projected = position.projected;
  }
}

Status Partition::flush() {
  if (unflushed() == 0 && dirty_.empty()) return {};
  positions::write_own(dirty_, {chain_.tip(), next_offset_, requests_.newest_ms, digest_});
  for (const auto& followed : followed_) {
    positions::write_foreign(dirty_, followed.foreign->service,
                             {followed.settled, followed.projected});
  }
  if (auto written = store_->commit(dirty_.changes()); !written) {
    return tl::unexpected(written.error());
  }
  read_cache_.forget(dirty_.changes());
  dirty_.clear();
  unflushed_ = 0;
  passed_over_ = 0;
  stored_request_ms_ = requests_.newest_ms;
  return {};
}

void Partition::on_command(Command command, Now now) {
  if (state_ == State::kFailed) return turn_away(command, closed_error());
  if (state_ == State::kClosing || state_ == State::kClosed) {
    return turn_away(command, shutting_down());
  }
  if (draining_) return turn_away(command, draining());
  if (waiting() >= config_.waiting_max) return turn_away(command, busy());
  if (command.validate_only || !tokens_reached(command.tokens)) {
    if (!tokens_reached(command.tokens)) {
      park(std::move(command));
    } else {
      Waiter waiter;
      waiter.what = std::move(command);
      wait_current(std::move(waiter), now);
    }
  } else if (!queue_.push(std::move(command))) {
    return turn_away(command, busy());
  }
  after_input(now);
}

void Partition::on_query(Query query, Now now) {
  if (closed()) {
    return query.done(tl::unexpected(closed_error()));
  }
  if (waiting() >= config_.waiting_max) return query.done(tl::unexpected(busy()));
  if (!tokens_reached(query.tokens)) {
    park(std::move(query));
  } else if (query.staleness && state_ == State::kServing &&
             now.steady - current_at_ <= *query.staleness) {
    run_query(query, now);
  } else {
    Waiter waiter;
    waiter.what = std::move(query);
    wait_current(std::move(waiter), now);
  }
  after_input(now);
}

void Partition::on_watch(Watch watch) {
  if (closed()) {
    watch.on_end(closed_error());
    return;
  }
  std::erase_if(watches_, [](const Watch& open) { return open.wanted && !open.wanted(); });
  watches_.push_back(std::move(watch));
}

void Partition::on_follow_error(int source, Error error, Now now) {
  if (closed()) return;
  const auto of = source == kOwnLog ? name()
                                    : fmt::format("{} (followed by {})",
                                                  followed_[source].foreign->service, name());
  error.message_en = fmt::format("{}: {}", of, error.message_en);
  fail(std::move(error));
  after_input(now);
}

void Partition::close(Now now) {
  if (closed() || state_ == State::kClosing) return;
  if (state_ != State::kServing) {
    set_state(State::kClosed);
    answer_all(shutting_down(), shutting_down());
    return;
  }
  set_state(State::kClosing);
  after_input(now);
}

void Partition::drain(bool on) {
  draining_ = on;
  wakeup_ = SteadyTime::min();
}

bool Partition::drained() const {
  if (closed()) return true;
  const auto holds_command = [](const auto& each) {
    return !std::holds_alternative<Query>(each.what);
  };
  return draining_ && !batch_ && !settling_ && queue_.size() == 0 &&
         std::ranges::none_of(parked_, holds_command) &&
         std::ranges::none_of(waiters_, holds_command);
}

std::optional<Time> Partition::oldest_backlog() const {
  std::optional<Time> oldest;
  for (const auto& followed : followed_) {
    for (const auto* items : {&followed.pending, &followed.inbox}) {
      if (items->empty()) continue;
      const auto time = items->front().tip.time;
      oldest = oldest ? std::min(*oldest, time) : time;
    }
  }
  return oldest;
}

std::uint64_t Partition::replay_left() const {
  if (state_ != State::kReplaying || next_offset_ >= *replay_until_) return 0;
  return static_cast<std::uint64_t>(*replay_until_ - next_offset_);
}

void Partition::abort() {
  if (closed()) return;
  fail(shutting_down());
}

void Partition::advance(Now now) {
  if (closed()) {
    wakeup_ = SteadyTime::max();
    return;
  }
  expire(now);
  note_drift(now);
  after_input(now);
  if (ask_at_ <= now.steady && !asked_) ask_end(now);
  ask_followed_ends(now);
  if (serving()) {
    if (settling_ && settling_->retry_at <= now.steady) send_settling_noop(now);
    serve_waiters(now);
    pump_foreign(now);  // What it settles may be what a call waits for.
    unpark(now);
    if (state_ == State::kServing) {
      if (may_append(now) && probe_at() <= now.steady) send_probe(now);
      // What the own batch may give back goes before what came later.
      const bool settled = !batch_ || batch_->phase == Batch::Phase::kSettling;
      if (!acting() && settled) forward_waiting(now);
      if (acting()) build(now);
      unpark(now);  // Foreign events that give no work are done without a record.
    }
  }
  if (state_ == State::kClosing && !batch_) {
    set_state(State::kClosed);
    answer_all(shutting_down(), shutting_down());
  }
  wakeup_ = compute_wakeup(now);
}

// What may follow from any input: replay begins and ends.
void Partition::after_input(Now now) {
  if (closed()) return;
  if (state_ == State::kOpening && replay_until_) {
    if (verify_first_ && *replay_until_ <= chain_.tip().offset) {
      return fail(log_changed(name(), chain_.tip().sequence));
    }
    set_state(State::kReplaying);
  }
  if (state_ == State::kReplaying && own_is_read()) {
    pump_foreign(now);  // What own records have answered no longer waits.
    if (unread_followed() == nullptr) {
      set_state(State::kServing);
      current_at_ = replay_as_of_;
    }
  }
  // Work is done in advance(), which the driver calls after a round of inputs.
  wakeup_ = SteadyTime::min();
}

void Partition::answer(Command& command, std::variant<Accepted, Error> outcome,
                       const state::View* view) {
  CommandResult result{std::move(outcome), view};
  if (result.error() != nullptr) {
    result.view = nullptr;
    ++stats_.refused;
  }
  command.done(result);
}

void Partition::turn_away(Command& command, const Error& error) {
  answer(command, of_attempt(error, command.repeat), nullptr);
}

void Partition::answer_all(const Error& error, const Error& in_flight_error) {
  if (batch_) {
    for (auto& work : batch_->works) {
      if (work.command) answer(*work.command, in_flight_error, nullptr);
    }
    batch_.reset();
  }
  settling_.reset();
  while (auto command = queue_.pop()) turn_away(*command, error);
  const auto refuse_one = [&](auto& what) {
    using What = std::decay_t<decltype(what)>;
    if constexpr (std::is_same_v<What, Query>) {
      what.done(tl::unexpected(error));
    } else if constexpr (std::is_same_v<What, Command>) {
      turn_away(what, error);
    } else {
      turn_away(what.command, error);
    }
  };
  for (auto& parked : std::exchange(parked_, {})) std::visit(refuse_one, parked.what);
  for (auto& waiter : std::exchange(waiters_, {})) std::visit(refuse_one, waiter.what);
  for (auto& watch : std::exchange(watches_, {})) watch.on_end(error);
}

// A call whose deadline has passed is not decided.
void Partition::expire(Now now) {
  for (auto& command : queue_.take_late(now.steady)) {
    answer(command, too_late(command.name, command.repeat), nullptr);
  }
  if (calls_expire_at_ > now.steady) return;
  calls_expire_at_ = SteadyTime::max();
  const auto refuse_late = [&](auto& what) {
    using What = std::decay_t<decltype(what)>;
    auto& call = [&]() -> auto& {
      if constexpr (std::is_same_v<What, Refused>) {
        return what.command;
      } else {
        return what;
      }
    }();
    if (call.deadline > now.steady) {
      calls_expire_at_ = std::min(calls_expire_at_, call.deadline);
      return false;
    }
    if constexpr (std::is_same_v<What, Query>) {
      call.done(tl::unexpected(too_late(call.name, false)));
    } else {
      answer(call, too_late(call.name, call.repeat), nullptr);
    }
    return true;
  };
  std::erase_if(parked_, [&](Parked& parked) { return std::visit(refuse_late, parked.what); });
  std::erase_if(waiters_, [&](Waiter& waiter) { return std::visit(refuse_late, waiter.what); });
}

// Waits until `tokens_reached`.
void Partition::park(std::variant<Query, Command> what) {
  std::visit(
      [&](const auto& call) { calls_expire_at_ = std::min(calls_expire_at_, call.deadline); },
      what);
  parked_.push_back({std::move(what)});
}

std::string Partition::not_ready() const {
  switch (state_) {
    case State::kOpening:
      return fmt::format("{} is opening its log", name());
    case State::kReplaying: {
      const auto* followed = unread_followed();
      if (!own_is_read() || followed == nullptr) {
        return fmt::format("{} is replaying: {} of {} records read", name(), next_offset_,
                           *replay_until_);
      }
      const auto end = followed->replay_until ? fmt::format("{}", *followed->replay_until) : "?";
      return fmt::format("{} is reading the log of {}, which it follows: {} of {} records read",
                         name(), followed->foreign->service, followed->next, end);
    }
    case State::kServing:
      if (clock_ == ClockState::kBad) {
        return fmt::format("{}: the clock is more than {} ms off the log's; set it right (NTP)",
                           name(), config_.clock_tolerance.count());
      }
      if (settling_) return fmt::format("{} is settling an append of unknown outcome", name());
      if (end_error_) {
        return fmt::format("{} does not reach its log: {}", name(), end_error_->message_en);
      }
      return {};
    case State::kClosing:
    case State::kClosed:
      return fmt::format("{} is closing", name());
    case State::kFailed:
      return fmt::format("{} failed: {}", name(), failure_->message_en);
  }
  return {};
}

SteadyTime Partition::compute_wakeup(Now now) const {
  if (closed()) return SteadyTime::max();
  auto at = SteadyTime::max();
  const auto consider = [&](SteadyTime time) { at = std::min(at, time); };
  consider(queue_.earliest_deadline());
  consider(calls_expire_at_);
  if (!asked_) consider(ask_at_);
  for (const auto& followed : followed_) consider(followed.ask_at);
  if (settling_) consider(settling_->retry_at);
  // Set right again, it is noticed without a call.
  if (clock_ == ClockState::kBad) consider(now.steady + std::chrono::seconds{1});
  if (state_ != State::kServing || batch_) return at;
  const auto blocked_until = std::max(retry_at_, now.steady + Duration{1});
  consider(std::max(probe_at(), blocked_until));
  if (clock_ == ClockState::kBad) return at;  // Nothing is decided before.
  if (draining_) {
    if (acting() && has_work(now)) consider(blocked_until);
    return at;
  }
  if (timer_) {
    // At most a day, since a far one does not fit the steady clock.
    const auto in = std::clamp<Duration>(timer_->due - now.wall, Duration{0}, std::chrono::days{1});
    auto due = now.steady + in;
    if (!acting()) due += config_.takeover;
    consider(std::max(due, blocked_until));
  }
  for (const auto& [key, held] : held_timers_) consider(std::max(held.until, blocked_until));
  if (has_policy_work() && !acting()) {
    for (const auto& followed : followed_) {
      if (!followed.pending.empty()) {
        consider(std::max(followed.pending_since + config_.takeover, blocked_until));
      }
    }
  }
  if (acting() && has_work(now)) consider(blocked_until);
  if (!chain_.tip().empty()) {
    auto quiet = last_record_ + config_.heartbeat;
    if (!acting()) quiet += config_.takeover;
    consider(std::max(quiet, blocked_until));
  }
  return at;
}

}  // namespace lianmeng::runtime
