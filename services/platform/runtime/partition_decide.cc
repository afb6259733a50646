// Deciding: what waits becomes one batch of records, each behind the one before.
#include <fmt/format.h>

#include <algorithm>

#include "platform/base/assert.h"
#include "platform/base/trace.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/partition.h"
#include "platform/runtime/replay.h"
#include "platform/runtime/requests.h"
#include "platform/state/table.h"

namespace lianmeng::runtime {
namespace {

constexpr int kTimersPerBatch = 64;
// A timer whose event fits into no record is tried again so seldom: what it waits for may change.
constexpr auto kOversizedRetry = std::chrono::minutes{1};
constexpr std::size_t kRefusedBytesMax = 16 * 1024;

const Reason* find_reason(const Fold& fold, std::string_view code) {
  for (const auto* reason : fold.reasons()) {
    if (reason->code == code) return reason;
  }
  for (const auto* reason : shared_reasons()) {
    if (reason->code == code) return reason;
  }
  return nullptr;
}

// The answer that a kept request gives again. Who may see what of it is judged by now.
std::variant<Accepted, Error> answer_of(const Fold& fold, int partition, const v1::RequestRow& row,
                                        Time now) {
  if (!row.has_refused()) {
    Accepted accepted;
    accepted.place = {std::string(fold.service()), partition, row.sequence()};
    accepted.time = now;
    accepted.subject = row.subject();
    accepted.repeated = true;
    return accepted;
  }
  const auto& refused = row.refused();
  if (const auto* reason = find_reason(fold, refused.reason())) {
    return to_error(refuse(*reason, {refused.params().begin(), refused.params().end()}));
  }
  return to_error(refuse(kRequestRefused, {{"reason", refused.reason()}}));
}

}  // namespace

bool Partition::acting() const { return !forward_target(); }

// The first host before us that is not known to be silent. The first host never forwards.
std::optional<std::size_t> Partition::forward_target() const {
  for (std::size_t i = 0; i < config_.hosts.size(); ++i) {
    if (config_.hosts[i] == config_.host) return std::nullopt;
    if (!silent_[i]) return i;
  }
  return std::nullopt;
}

void Partition::forward_waiting(Now now) {
  refresh_timer(now);
  std::vector<Command> stay;
  while (auto command = queue_.pop()) {
    if (command->hops >= config_.hops_max) {
      stay.push_back(std::move(*command));
      continue;
    }
    ++command->hops;
    effects_.forwards.push_back({config_.hosts[*forward_target()], std::move(*command)});
  }
  // Work that stays undone for the takeover time: the hosts before us are silent. With a clock that
  // is off nothing could be done about it, and what is due is not known.
  bool overdue = timer_ && timer_->due + config_.takeover <= now.wall;
  for (const auto& followed : followed_) {
    overdue = overdue || (!followed.pending.empty() &&
                          followed.pending_since + config_.takeover <= now.steady);
  }
  const bool quiet =
      !chain_.tip().empty() && last_record_ + config_.heartbeat + config_.takeover <= now.steady;
  // A command that came here the whole way round must be decided somewhere.
  if (!stay.empty() || ((overdue || quiet) && clock_ != ClockState::kBad)) {
    for (std::size_t i = 0; i < config_.hosts.size() && config_.hosts[i] != config_.host; ++i) {
      silent_[i] = true;
    }
  }
  queue_.requeue(std::move(stay));
}

void Partition::on_forward_failed(const std::string& host, Command command, bool fate_unknown,
                                  Now now) {
  for (std::size_t i = 0; i < config_.hosts.size(); ++i) {
    if (config_.hosts[i] == host) silent_[i] = true;
  }
  // No repeat of it could be recognised, so it must not be decided a second time.
  if (fate_unknown && command.request_id.empty() && command.external_id.empty() &&
      !command.may_be_doubled) {
    return answer(command, runtime::fate_unknown(host), nullptr);
  }
  // An earlier copy may still be decided by the silent host, so a refusal must move the tip.
  command.repeat = command.repeat || fate_unknown;
  on_command(std::move(command), now);
}

bool Partition::has_work(Now now) const {
  if (draining_) return !queue_.empty();
  return !queue_.empty() || timer_due(now) || has_policy_work() ||
         (!chain_.tip().empty() && last_record_ + config_.heartbeat <= now.steady);
}

bool Partition::timer_due(Now now) const { return timer_ && timer_->due <= now.wall; }

// Whether somebody set the wall clock: the steady clock vouches for it (design: clocks).
bool Partition::was_set(Now since, Now now) const {
  const auto drift =
      (now.wall - since.wall) - std::chrono::duration_cast<Duration>(now.steady - since.steady);
  return drift > config_.clock_tolerance || drift < -config_.clock_tolerance;
}

// Between two stamps.
void Partition::note_drift(Now now) {
  if (clock_ == ClockState::kUnchecked || !was_set(clock_seen_, now)) return;
  if (clock_ == ClockState::kBad) clock_look_at_ = now.steady;  // It may have been set right.
  clock_ = ClockState::kUnchecked;
}

// One batch at a time, and none while it is not sure that this is still the same log.
bool Partition::may_append(Now now) const {
  return !batch_ && !settling_ && !verifying_ && retry_at_ <= now.steady;
}

// When the log is to be asked for the time though nothing is to be decided: for a validation on a
// host that appends nothing otherwise; and on any host whose clock was off, since by its own clock
// it may never see that it is right.
SteadyTime Partition::probe_at() const {
  const auto waits = [](const Waiter& waiter) {
    return waiter.current && std::holds_alternative<Command>(waiter.what);
  };
  if (clock_ == ClockState::kUnchecked && std::ranges::any_of(waiters_, waits)) {
    return SteadyTime::min();
  }
  return draining_ ? SteadyTime::max() : clock_look_at_;
}

// At once, also while a probe is out: another host may be asked.
void Partition::refuse_by_clock() {
  if (clock_ != ClockState::kBad) return;
  while (auto command = queue_.pop()) turn_away(*command, clock_off());
}

// Only with a clock that agrees with the log's.
bool Partition::may_decide(Now now) {
  if (clock_ == ClockState::kUnchecked) send_probe(now);
  return clock_ == ClockState::kGood;
}

void Partition::build(Now now) {
  refuse_by_clock();
  refresh_timer(now);
  if (!may_append(now) || !has_work(now) || !may_decide(now)) return;
  auto batch = new_batch();
  if (!draining_) {
    build_timers(batch, now);
    build_policies(batch, now);
  }
  build_commands(batch, now);
  const bool idle = !draining_ && last_record_ + config_.heartbeat <= now.steady;
  if (batch.records.empty() && idle && !chain_.tip().empty()) append_noop(batch, {}, {});
  send(std::move(batch), now);
}

bool Partition::full(const Batch& batch) const {
  return batch.records.size() >= config_.batch_records_max ||
         batch.works.size() >= config_.batch_calls_max || batch.bytes >= config_.batch_bytes_max;
}

Partition::Batch Partition::new_batch() const {
  Batch batch;
  batch.tip = chain_.tip();
  batch.digest = digest_;
  batch.settled.resize(followed_.size());
  return batch;
}

// ce_time never runs back.
Time Partition::decide_time(const Batch& batch, Now now) const {
  return std::max(now.wall, batch.tip.time);
}

Envelope Partition::next_envelope(const Batch& batch, const CountyId& county, Time time) const {
  Envelope envelope;
  envelope.id = random_record_id(random_);
  envelope.prev = batch.tip.id;
  envelope.sequence = batch.tip.sequence + 1;
  envelope.time = time;
  envelope.county = county;
  envelope.host = config_.host;
  envelope.fold = fold_.version();
  return envelope;
}

// Applies the record to the overlay and adds it. False when it is too large: nothing has changed.
bool Partition::add_record(Batch& batch, Envelope envelope, EventPtr event,
                           const v1::RequestRefused* refused) {
  if (event) {
    envelope.type = event_type(*event);
    envelope.value = event_bytes(*event);
    envelope.subject = fold_.subject(*event);
  } else if (refused != nullptr) {
    envelope.type = kRequestRefusedType;
    envelope.value = state::internal::serialize(*refused);
  }
  if (envelope.value.size() > log::kRecordBytesMax) return false;
  apply_record(overlay_, fold_, envelope, event, requests_, batch.digest);
  batch.bytes += envelope.value.size() + 512;  // About what the headers take.
  batch.tip = Tip{envelope.id, envelope.sequence, log::kNoOffset, envelope.time};
  batch.records.push_back(std::move(envelope));
  batch.events.push_back(std::move(event));
  return true;
}

// An event that no record can hold is a mistake of the program, and no reason to stop what others
// wait for: it is counted and told, and the work goes on without it.
void Partition::note_oversized(std::string what, const google::protobuf::Message& event) {
  ++stats_.oversized;
  oversized_ = fmt::format(
      "{}: an event of {} bytes was not written, since a record holds {}: {}. Report it; the rest "
      "goes on.",
      name(), event_bytes(event).size(), log::kRecordBytesMax, what);
}

void Partition::append_noop(Batch& batch, std::optional<Place> cause, CountyId county) {
  // Carries the tip's time: it says nothing about the clock, its stamp does.
  auto envelope = next_envelope(batch, county, batch.tip.time);
  envelope.type = kNoOpType;
  envelope.value = noop_bytes(batch.digest);
  envelope.cause = std::move(cause);
  ++stats_.noops;
  LM_ASSERT(add_record(batch, std::move(envelope), nullptr, nullptr));
}

// Due timers, oldest first, in bounded batches.
void Partition::build_timers(Batch& batch, Now now) {
  if (!timer_due(now)) return;
  auto due = timer_;
  for (int i = 0; i < kTimersPerBatch && due && due->due <= now.wall && !full(batch); ++i) {
    DecideContext context;
    context.county = due->county;
    context.now = decide_time(batch, now);
    context.effective_time = context.now;
    auto event = without_held(
        overlay_, [&](const state::View& view) { return fold_.fire_timer(view, context); });
    LM_ASSERT(event != nullptr, "{}: a timer is due and gives no event", name());
    auto envelope = next_envelope(batch, due->county, context.now);
    envelope.actor = context.actor;
    Work work;
    work.record = batch.records.size();
    work.is_timer = true;
    if (!add_record(batch, std::move(envelope), event, nullptr)) {
      note_oversized(fmt::format("a timer of {} makes it", due->county.str()), *event);
      hold_timer(*due, *event, context, now);
    } else {
      batch.works.push_back(std::move(work));
    }
    due = without_held(overlay_, [&](const state::View& view) { return fold_.next_timer(view); });
  }
  timer_stale_ = true;
}

// Which key it is due by only the fold knows: it is the one without which another timer fires, or
// none. Firing is pure, so it may be tried.
void Partition::hold_timer(const TimerDue& due, const google::protobuf::Message& event,
                           const DecideContext& context, Now now) {
  const auto bytes = event_bytes(event);
  std::string held;
  without_held(overlay_, [&](const state::View& view) {
    for (const auto& prefix : timer_prefixes_) {
      const auto cursor = view.cursor();
      cursor->seek(prefix);
      if (!cursor->valid() || !cursor->key().starts_with(prefix)) continue;
      std::string key(cursor->key());
      state::Layer without(view);
      without.erase(key);
      const auto next = fold_.next_timer(without);
      const bool same = next && next->due == due.due && next->county == due.county &&
                        event_bytes(*fold_.fire_timer(without, context)) == bytes;
      if (same && !held.empty()) continue;
      held = std::move(key);
      if (!same) return;
    }
  });
  LM_ASSERT(!held.empty(), "{}: a timer fired that no key names", name());
  held_timers_[held] = {due.due, now.steady + kOversizedRetry};
}

std::optional<Time> Partition::next_timer() const {
  std::optional<Time> next;
  if (timer_) next = timer_->due;
  for (const auto& [key, held] : held_timers_) next = std::min(next.value_or(held.due), held.due);
  return next;
}

void Partition::build_policies(Batch& batch, Now now) {
  for (std::size_t i = 0; i < followed_.size(); ++i) {
    auto& followed = followed_[i];
    if (!followed.foreign->policy) continue;
    auto done = followed.settled;
    bool recorded = false;
    while (!full(batch)) {
      if (followed.pending.empty()) {
        if (followed.inbox.empty()) break;
        project(followed, followed.inbox.front());
        followed.pending.push_back(std::move(followed.inbox.front()));
        followed.inbox.pop_front();
      }
      auto item = std::move(followed.pending.front());
      followed.pending.pop_front();
      done = item.tip;
      const auto answered = last_cause(overlay_, followed);
      if (!item.event || item.meta.sequence <= answered) {
        // Long stretches without work are carried past by a no-op.
        if (item.meta.sequence < answered + config_.carry_after) continue;
      }
      DecideContext context;
      context.county = item.meta.county;
      context.now = decide_time(batch, now);
      context.effective_time = context.now;
      RawPolicyDecision decision = Ignore{};
      if (item.event) {
        decision = followed.foreign->policy(overlay_, *item.event, item.meta, context);
      }
      const Place cause{followed.foreign->service, config_.partition, item.meta.sequence};
      Work work;
      work.followed = static_cast<int>(i);
      work.record = batch.records.size();
      if (auto* event = std::get_if<EventPtr>(&decision)) {
        auto envelope = next_envelope(batch, item.meta.county, context.now);
        envelope.cause = cause;
        envelope.actor = context.actor;
        envelope.traceparent = child_traceparent(item.meta.traceparent, random_);
        if (!add_record(batch, std::move(envelope), *event, nullptr)) {
          note_oversized("it would answer " + to_string(cause), **event);
          append_noop(batch, cause, {});
        }
      } else if (std::holds_alternative<Nothing>(decision) ||
                 item.meta.sequence >= answered + config_.carry_after) {
        append_noop(batch, cause, {});
      } else {
        continue;
      }
      recorded = true;
      work.item = std::move(item);
      batch.works.push_back(std::move(work));
    }
    batch.settled[i] = done;
    // Told by the foreign events alone: nothing to wait for.
    if (!recorded) settle_foreign(followed, done);
  }
}

void Partition::build_commands(Batch& batch, Now now) {
  while (!full(batch)) {
    auto command = queue_.pop();
    if (!command) return;
    decide(batch, std::move(*command), now);
  }
}

void Partition::decide(Batch& batch, Command command, Now now) {
  Work work;
  const auto time = decide_time(batch, now);
  const RequestKey key{command.county, command.actor, command.request_id, command.external_id,
                       command.request_hash};
  const auto add_work = [&] {
    work.command = std::move(command);
    batch.works.push_back(std::move(work));
  };
  const auto append_refusal = [&](const Refusal& refusal) {
    auto envelope = next_envelope(batch, command.county, time);
    envelope.actor = command.actor;
    envelope.request_id = command.request_id;
    envelope.request_hash = command.request_hash;
    envelope.traceparent = command.traceparent;
    v1::RequestRefused refused;
    refused.set_reason(std::string(refusal.reason->code));
    refused.mutable_params()->insert(refusal.params.begin(), refusal.params.end());
    work.record = batch.records.size();
    work.answer = to_error(refusal);
    // Params may repeat what the caller wrote, at any length.
    if (refused.ByteSizeLong() > kRefusedBytesMax) refused.clear_params();
    LM_ASSERT(add_record(batch, std::move(envelope), nullptr, &refused));
  };

  const AboveStore above{&overlay_, &dirty_, stored_request_ms_};
  auto known = find_request(overlay_, key, time, &above);
  if (auto* before = std::get_if<Known>(&known)) {
    ++stats_.repeated;
    work.answer = answer_of(fold_, config_.partition, before->row, time);
    return add_work();
  }
  if (auto* refusal = std::get_if<Refusal>(&known)) {
    work.answer = to_error(*refusal);
    return add_work();
  }
  DecideContext context;
  context.county = command.county;
  context.actor = command.actor;
  context.now = time;
  context.effective_time = command.effective_time.value_or(time);
  context.imported = command.effective_time.has_value();
  auto decision = command.decide(overlay_, context);
  if (auto* event = std::get_if<EventPtr>(&decision)) {
    auto envelope = next_envelope(batch, command.county, time);
    envelope.actor = command.actor;
    envelope.effective_time = command.effective_time;
    envelope.request_id = command.request_id;
    envelope.request_hash = command.request_hash;
    envelope.external_id = command.external_id;
    envelope.traceparent = command.traceparent;
    const auto at = batch.records.size();
    if (add_record(batch, std::move(envelope), *event, nullptr)) {
      work.record = at;
    } else {
      work.answer = event_too_large(event_bytes(**event).size());
    }
  } else if (auto* refusal = std::get_if<Refusal>(&decision)) {
    // The refusal of a retry is appended: no late copy of an earlier attempt can be accepted.
    if (command.repeat && !command.request_id.empty()) {
      append_refusal(*refusal);
    } else {
      work.answer = to_error(*refusal);
    }
  } else {
    Accepted nothing;
    nothing.place = {std::string(fold_.service()), config_.partition, batch.tip.sequence};
    nothing.time = time;
    work.answer = std::move(nothing);
  }
  add_work();
}

void Partition::send(Batch batch, Now now) {
  if (batch.records.empty()) {
    // Nothing to append: these answers wait for a view known to be current.
    for (auto& work : batch.works) {
      Waiter waiter;
      waiter.what = Refused{std::move(*work.command), std::move(*work.answer), chain_.tip().id};
      wait_current(std::move(waiter), now);
    }
    return;
  }
  batch.ticket = ++tickets_;
  batch.arrival = arrivals_;
  batch.sent = now;
  batch.landed.assign(batch.records.size(), false);
  Effects::Append append;
  append.ticket = batch.ticket;
  append.records.reserve(batch.records.size());
  for (const auto& envelope : batch.records) {
    append.records.push_back(to_record(envelope, source_));
  }
  ++stats_.batches;
  batch_ = std::move(batch);
  effects_.appends.push_back(std::move(append));
}

// The no-op whose stamp is compared with our clock before the first decision.
void Partition::send_probe(Now now) {
  auto batch = new_batch();
  append_noop(batch, {}, {});
  send(std::move(batch), now);
}

}  // namespace lianmeng::runtime
