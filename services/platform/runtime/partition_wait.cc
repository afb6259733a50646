// Calls that wait: for the places that their tokens name, or for a view known to be current.
#include <algorithm>

#include "platform/base/assert.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/partition.h"
#include "platform/runtime/requests.h"

namespace lianmeng::runtime {

// A token of a log that is neither the own one nor followed speaks of nothing that is kept here.
bool Partition::tokens_reached(const std::vector<Place>& tokens) const {
  for (const auto& token : tokens) {
    if (token.partition != config_.partition) continue;
    if (token.service == fold_.service()) {
      if (chain_.tip().sequence < token.sequence) return false;
      continue;
    }
    for (const auto& followed : followed_) {
      if (followed.foreign->service == token.service &&
          followed.settled.sequence < token.sequence) {
        return false;
      }
    }
  }
  return true;
}

void Partition::unpark(Now now) {
  if (parked_.empty()) return;
  auto parked = std::exchange(parked_, {});
  for (auto& one : parked) {
    auto& tokens =
        std::visit([](auto& what) -> std::vector<Place>& { return what.tokens; }, one.what);
    if (!tokens_reached(tokens)) {
      parked_.push_back(std::move(one));
      continue;
    }
    if (auto* query = std::get_if<Query>(&one.what)) {
      on_query(std::move(*query), now);
    } else {
      on_command(std::move(std::get<Command>(one.what)), now);
    }
  }
}

void Partition::wait_current(Waiter waiter, Now now) {
  waiter.arrival = ++arrivals_;
  waiter.need = next_ask_;
  const auto* refused = std::get_if<Refused>(&waiter.what);
  const auto* query = std::get_if<Query>(&waiter.what);
  const auto deadline = refused != nullptr ? refused->command.deadline
                        : query != nullptr ? query->deadline
                                           : std::get<Command>(waiter.what).deadline;
  calls_expire_at_ = std::min(calls_expire_at_, deadline);
  waiters_.push_back(std::move(waiter));
  if (!asked_) ask_end(now);
}

// One question serves all that wait; those that come while it is out need the next one.
void Partition::ask_end(Now now) {
  asked_ = next_ask_++;
  asked_at_ = now.steady;
  ask_at_ = SteadyTime::max();
  effects_.ask_end = asked_;
}

void Partition::on_end_offset(std::uint64_t ticket, Result<log::Offset> end, Now now) {
  if (closed() || asked_ != ticket) return;
  asked_.reset();
  end_error_ = end ? std::nullopt : std::optional(end.error());
  if (!end) {
    ask_at_ = now.steady + kAskAgain;
    // Those that waited for this answer are served by the next.
    for (auto& waiter : waiters_) {
      if (!waiter.target) waiter.need = next_ask_;
    }
    return after_input(now);
  }
  if (!replay_until_) {
    replay_until_ = *end;
    replay_as_of_ = asked_at_;
  }
  bool more = false;
  for (auto& waiter : waiters_) {
    if (waiter.target) continue;
    if (waiter.need <= ticket) {
      waiter.target = *end;
      waiter.as_of = asked_at_;
    } else {
      more = true;
    }
  }
  after_input(now);
  if (closed()) return;
  serve_waiters(now);
  if (more && !asked_) ask_end(now);
}

// Negative answers and reads come from a view known to be current, with none of the own outcomes
// unknown.
void Partition::serve_waiters(Now now) {
  if (!serving() || verifying_) return;
  // While it settles its outcome is unknown, and while it is read the view is known to be old.
  if (batch_ && batch_->phase != Batch::Phase::kInFlight) return;
  std::deque<Waiter> ready;
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (waiter.target && next_offset_ >= *waiter.target) waiter.current = true;
    if (!waiter.current) return false;
    if (clock_ == ClockState::kUnchecked && std::holds_alternative<Command>(waiter.what)) {
      return false;  // advance() asks the log for the time.
    }
    current_at_ = std::max(current_at_, waiter.as_of);
    ready.push_back(std::move(waiter));
    return true;
  });
  std::vector<Command> again;
  for (auto& waiter : ready) {
    if (auto* query = std::get_if<Query>(&waiter.what)) {
      run_query(*query, now);
    } else if (auto* command = std::get_if<Command>(&waiter.what)) {
      if (clock_ == ClockState::kBad) {
        answer(*command, clock_off(), nullptr);
      } else {
        run_validate(*command, now);
      }
    } else {
      auto& refused = std::get<Refused>(waiter.what);
      if (refused.tip_id == chain_.tip().id) {
        answer(refused.command, std::move(refused.answer), &dirty_);
      } else {
        again.push_back(std::move(refused.command));
      }
    }
  }
  if (again.empty()) return;
  queue_.requeue(std::move(again));
  wakeup_ = SteadyTime::min();
}

void Partition::run_query(Query& query, Now now) {
  QueryContext context;
  context.view = &dirty_;
  context.now = std::max(now.wall, chain_.tip().time);
  context.applied = {std::string(fold_.service()), config_.partition, chain_.tip().sequence};
  query.done(context);
}

// Decides and answers without appending.
void Partition::run_validate(Command& command, Now now) {
  const auto time = std::max(now.wall, chain_.tip().time);
  const RequestKey key{command.county, command.actor, command.request_id, command.external_id,
                       command.request_hash};
  const auto known = find_request(dirty_, key, time);
  if (const auto* refusal = std::get_if<Refusal>(&known)) {
    return answer(command, to_error(*refusal), nullptr);
  }
  Accepted accepted;
  accepted.validated = true;
  accepted.time = time;
  accepted.place = {std::string(fold_.service()), config_.partition, 0};
  if (const auto* before = std::get_if<Known>(&known)) {
    accepted.repeated = true;
    accepted.subject = before->row.subject();
    return answer(command, std::move(accepted), &dirty_);
  }
  DecideContext context;
  context.county = command.county;
  context.actor = command.actor;
  context.now = time;
  context.effective_time = command.effective_time.value_or(time);
  context.imported = command.effective_time.has_value();
  const auto decision = command.decide(dirty_, context);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return answer(command, to_error(*refusal), nullptr);
  }
  state::Layer scratch(dirty_);
  if (const auto* event = std::get_if<EventPtr>(&decision)) {
    EventMeta meta;
    meta.county = command.county;
    meta.actor = command.actor;
    meta.time = time;
    meta.effective_time = context.effective_time;
    meta.sequence = chain_.tip().sequence + 1;
    meta.imported = context.imported;
    fold_.apply(scratch, **event, meta);
    accepted.subject = fold_.subject(**event);
  }
  answer(command, std::move(accepted), &scratch);
}

}  // namespace lianmeng::runtime
