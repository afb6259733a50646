// Outcomes of appends, and reading the own log (design: the chain).
#include <algorithm>

#include "platform/base/assert.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/partition.h"
#include "platform/runtime/replay.h"

namespace lianmeng::runtime {
namespace {

constexpr Duration kRetryMin{20};
constexpr Duration kRetryMax{2000};

Duration backoff(int failures) {
  return std::min(kRetryMax, kRetryMin * (1 << std::min(failures, 8)));
}

}  // namespace

void Partition::on_append_outcome(std::uint64_t ticket, log::AppendOutcome outcome, Now now) {
  using Fate = log::AppendOutcome::Fate;
  if (closed()) return;
  if (settling_ && settling_->ticket == ticket) {
    settling_->in_flight = false;
    if (outcome.fate == Fate::kDurable) {
      check_clock(outcome.stamps.back(), settling_->sent, now);
      settling_->until = outcome.offsets.back() + 1;
      check_settled(now);
    } else {
      settling_->retry_at = now.steady + backoff(settling_->tries);
    }
    return after_input(now);
  }
  if (!batch_ || batch_->ticket != ticket) return;
  stats_.append_latency.add(now.steady - batch_->sent.steady);
  switch (outcome.fate) {
    case Fate::kDurable: {
      LM_ASSERT(outcome.offsets.size() == batch_->records.size());
      failures_ = 0;
      check_clock(outcome.stamps.back(), batch_->sent, now);
      const auto count = static_cast<log::Offset>(outcome.offsets.size());
      const bool right_behind = outcome.offsets.front() == next_offset_ &&
                                outcome.offsets.back() == next_offset_ + count - 1;
      if (right_behind) {
        accept_batch(outcome.offsets, now);
      } else {
        batch_->phase = Batch::Phase::kReading;
        batch_->until = outcome.offsets.back() + 1;
        drop_overlay();
        process_held(now);
      }
      break;
    }
    case Fate::kFailed:
      fail_batch(outcome.error, now);
      process_held(now);
      break;
    case Fate::kUnknown:
      ++stats_.unknown_outcomes;
      start_settling(now);
      break;
  }
  after_input(now);
}

// The batch landed right behind what was read: nothing can lie between, so all of it is valid.
void Partition::accept_batch(const std::vector<log::Offset>& offsets, Now now) {
  note_timers(overlay_.changes());
  overlay_.merge_into(dirty_);
  digest_ = batch_->digest;
  auto& batch = *batch_;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto& envelope = batch.records[i];
    chain_.accept(envelope.id, envelope.sequence, offsets[i], envelope.time);
    batch.landed[i] = true;
    applied(envelope, batch.events[i]);
  }
  next_offset_ = offsets.back() + 1;
  last_record_ = now.steady;
  finish_batch(now);
  process_held(now);
}

void Partition::drop_overlay() {
  overlay_.clear();
  requests_.oldest_ms = 0;  // The overlay may have aged requests that are there again.
  timer_stale_ = true;
}

// Everything is known of the batch: what is valid is answered, what is void is decided anew.
void Partition::finish_batch(Now now) {
  auto batch = std::move(*batch_);
  batch_.reset();
  settling_.reset();
  const bool whole = std::ranges::all_of(batch.landed, [](bool landed) { return landed; });
  if (!whole) ++stats_.lost_races;
  stats_.accepted += static_cast<std::uint64_t>(std::ranges::count(batch.landed, true));
  std::vector<Command> again;
  std::vector<std::deque<ForeignItem>> items(followed_.size());
  for (auto& work : batch.works) {
    const bool valid = work.record ? batch.landed[*work.record] : whole;
    if (work.item) {
      if (valid) {
        ++stats_.policies;
      } else {
        items[static_cast<std::size_t>(work.followed)].push_back(std::move(*work.item));
      }
      continue;
    }
    if (work.is_timer) {
      if (valid) ++stats_.timers_fired;
      continue;
    }
    if (!valid) {
      again.push_back(std::move(*work.command));
      continue;
    }
    if (work.answer) {
      answer(*work.command, std::move(*work.answer), &dirty_);
      continue;
    }
    const auto& envelope = batch.records[*work.record];
    Accepted accepted;
    accepted.place = {std::string(fold_.service()), config_.partition, envelope.sequence};
    accepted.time = envelope.time;
    accepted.subject = envelope.subject;
    answer(*work.command, std::move(accepted), &dirty_);
  }
  for (std::size_t i = 0; i < followed_.size(); ++i) {
    auto& followed = followed_[i];
    if (items[i].empty()) {
      if (i < batch.settled.size()) settle_foreign(followed, batch.settled[i]);
      continue;
    }
    for (auto it = items[i].rbegin(); it != items[i].rend(); ++it) {
      followed.pending.push_front(std::move(*it));
    }
  }
  queue_.requeue(std::move(again));
  if (whole) {
    // An append accepted after a call arrived is proof enough that the view was current.
    for (auto& waiter : waiters_) {
      if (waiter.arrival <= batch.arrival) waiter.current = true;
    }
    current_at_ = std::max(current_at_, batch.sent.steady);
  }
  serve_waiters(now);
  unpark(now);
}

// None of it is in the log or ever will be.
void Partition::fail_batch(const Error& error, Now now) {
  drop_overlay();
  ++failures_;
  retry_at_ = now.steady + backoff(failures_);
  auto batch = std::move(*batch_);
  batch_.reset();
  for (auto& work : batch.works) {
    if (work.command) answer(*work.command, not_written(error, work.command->repeat), nullptr);
  }
  for (std::size_t i = followed_.size(); i-- > 0;) {
    for (auto it = batch.works.rbegin(); it != batch.works.rend(); ++it) {
      if (it->followed == static_cast<int>(i) && it->item) {
        followed_[i].pending.push_front(std::move(*it->item));
      }
    }
  }
}

// An unknown outcome: no-ops, each on the current tip, until one is valid or the whole batch is.
void Partition::start_settling(Now now) {
  drop_overlay();
  batch_->phase = Batch::Phase::kSettling;
  settling_ = Settling{};
  process_held(now);
  if (batch_ && !closed()) send_settling_noop(now);
}

void Partition::send_settling_noop(Now now) {
  LM_ASSERT(settling_ && batch_);
  auto& settling = *settling_;
  settling.retry_at = SteadyTime::max();
  ++settling.tries;
  settling.ticket = ++tickets_;
  settling.in_flight = true;
  settling.valid = false;
  settling.until.reset();
  settling.sent = now;
  const auto alone = new_batch();
  auto envelope = next_envelope(alone, {}, chain_.tip().time);
  envelope.type = kNoOpType;
  envelope.value = noop_bytes(digest_);
  settling.id = envelope.id;
  ++stats_.noops;
  Effects::Append append;
  append.ticket = settling.ticket;
  append.records.push_back(to_record(envelope, source_));
  effects_.appends.push_back(std::move(append));
}

// After reading: is the batch known by now?
void Partition::check_settled(Now now) {
  if (!batch_) return;
  if (batch_->phase == Batch::Phase::kReading) {
    if (next_offset_ >= batch_->until) finish_batch(now);
    return;
  }
  if (batch_->phase != Batch::Phase::kSettling) return;
  const bool whole = std::ranges::all_of(batch_->landed, [](bool landed) { return landed; });
  if (whole || settling_->valid) return finish_batch(now);
  if (settling_->until && next_offset_ >= *settling_->until) send_settling_noop(now);
}

// The log stamped between the sending and now, so neither may be further from the stamp than the
// steady clock allows: a clock that was set while the append was out is noticed too.
void Partition::check_clock(Time stamp, Now sent, Now now) {
  const auto passed = std::chrono::duration_cast<Duration>(now.steady - sent.steady);
  const auto allowed = passed + config_.clock_tolerance;
  const auto within = [&](Duration off) {
    return off >= -config_.clock_tolerance && off <= allowed;
  };
  clock_seen_ = now;
  if (was_set(sent, now)) {
    // Which of the two clocks was off the stamp does not tell.
    if (clock_look_at_ != SteadyTime::max()) clock_look_at_ = now.steady;
    clock_ = ClockState::kUnchecked;
    return;
  }
  const bool good = within(stamp - sent.wall) && within(now.wall - stamp);
  // Each look at a clock that is off costs a record, so they come more and more seldom.
  clock_retry_ = good ? kClockRetryMin : std::min(kClockRetryMax, 2 * clock_retry_);
  clock_look_at_ = good ? SteadyTime::max() : now.steady + clock_retry_;
  clock_ = good ? ClockState::kGood : ClockState::kBad;
  // A host before this one may be able to decide: it is asked before a call is refused.
  if (!good) silent_.assign(silent_.size(), false);
}

void Partition::on_records(int source, std::vector<log::Record> records, log::Offset next,
                           Now now) {
  if (closed()) return;
  if (source != kOwnLog) {
    on_foreign_records(static_cast<std::size_t>(source), std::move(records), next, now);
    return after_input(now);
  }
  // While the outcome of a batch is out, it may tell that these are our own.
  if (batch_ && batch_->phase == Batch::Phase::kInFlight) {
    held_.push_back({std::move(records), next});
    return;
  }
  process_own(std::move(records), next, now);
  after_input(now);
}

void Partition::process_held(Now now) {
  for (auto& held : std::exchange(held_, {})) {
    if (closed()) return;
    process_own(std::move(held.records), held.next, now);
  }
}

void Partition::process_own(std::vector<log::Record> records, log::Offset next, Now now) {
  for (auto& record : records) {
    const auto offset = record.offset;
    if (verify_first_) {
      const auto envelope = parse_record(std::move(record));
      if (offset != chain_.tip().offset || !envelope || envelope->id != chain_.tip().id) {
        return fail(log_changed(name(), chain_.tip().sequence));
      }
      verify_first_ = false;
      continue;
    }
    if (offset < next_offset_) continue;
    auto envelope = parse_record(std::move(record));
    const auto verdict = envelope ? chain_.judge(*envelope) : Verdict::kVoid;
    if (verdict == Verdict::kBroken) return fail(chain_broken(name(), chain_.tip().sequence));
    EventPtr event;
    if (verdict == Verdict::kValid && !decode_own(fold_, *envelope, &event)) {
      return fail(event_unknown(name(), envelope->type));
    }
    if (verdict == Verdict::kUnexplained && chain_.tip().empty()) {
      return fail(log_headless(name()));
    }
    if (verdict == Verdict::kValid) compare_digest(*envelope);
    if (closed()) return;
    // From here on the position says that the record was read, so nothing above may have moved it.
    next_offset_ = offset + 1;
    last_record_ = now.steady;
    if (verdict != Verdict::kValid) {
      ++stats_.void_records;
      if (verdict == Verdict::kVoid || verifying_) continue;
      verifying_ = chain_.tip();
      effects_.verify_tip = chain_.tip().offset;
      continue;
    }
    chain_.accept(envelope->id, envelope->sequence, offset, envelope->time);
    // The overlay stands on a tip that is gone; a batch in flight was dropped before.
    apply_record(dirty_, fold_, *envelope, event, requests_, digest_);
    timer_stale_ = true;
    for (std::size_t i = 0; i < config_.hosts.size(); ++i) {
      if (config_.hosts[i] == envelope->host) silent_[i] = false;
    }
    if (batch_) {
      for (std::size_t i = 0; i < batch_->records.size(); ++i) {
        if (batch_->records[i].id == envelope->id) batch_->landed[i] = true;
      }
    }
    if (settling_ && settling_->id == envelope->id) settling_->valid = true;
    applied(*envelope, event);
  }
  if (verify_first_ && next > chain_.tip().offset) {
    return fail(log_changed(name(), chain_.tip().sequence));
  }
  next_offset_ = std::max(next_offset_, next);
  check_settled(now);
  serve_waiters(now);
}

// False when this version cannot read it. The runtime's own records have no event.
void Partition::on_tip_read(std::optional<log::Record> record, Now now) {
  if (closed() || !verifying_) return;
  // What was the tip when it was asked for: it may have moved on since.
  const auto asked = *std::exchange(verifying_, std::nullopt);
  const auto offset = record ? record->offset : log::kNoOffset;
  const auto envelope = record ? parse_record(std::move(*record)) : std::nullopt;
  if (!envelope || offset != asked.offset || envelope->id != asked.id) {
    fail(log_changed(name(), asked.sequence));
  }
  after_input(now);
}

// Fatal on a host that serves. One that reads what was written before it did goes on: the log holds
// that digest for ever, and by its own fold the state here is what the log says.
void Partition::compare_digest(const Envelope& envelope) {
  const auto there = carried_digest(fold_, envelope);
  if (!there || *there == digest_) return;
  ++stats_.differing_digests;
  auto differs = state_differs(name(), envelope.sequence, envelope.host, *there, digest_);
  difference_ = differs.message_en;
  if (serving()) fail(std::move(differs));
}

void Partition::applied(const Envelope& envelope, const EventPtr& event) {
  ++unflushed_;
  ++stats_.applied;
  // What is replayed happened before the watch began.
  if (!event || watches_.empty() || !serving()) return;
  WatchedEvent watched;
  watched.meta = meta_of(envelope);
  watched.place = {std::string(fold_.service()), config_.partition, envelope.sequence};
  watched.event = event;
  watched.view = &dirty_;
  std::erase_if(watches_, [&](Watch& watch) {
    return watch.county == envelope.county && !watch.on_event(watched);
  });
}

// Is another timer the first one after these changes? One that is new and before the first, or the
// first one itself.
void Partition::note_timers(const state::Changes& changes) {
  for (std::size_t i = 0; i < timer_prefixes_.size() && !timer_stale_; ++i) {
    const auto& first = first_timer_keys_[i];
    changes.visit([&](const state::Change& change) {
      if (!change.key.starts_with(timer_prefixes_[i])) return;
      timer_stale_ = timer_stale_ || first.empty() || change.key <= first;
    });
  }
}

void Partition::refresh_timer(Now now) {
  const auto is_over = [&](const auto& held) { return held.second.until <= now.steady; };
  if (std::erase_if(held_timers_, is_over) > 0) timer_stale_ = true;
  if (!timer_stale_) return;
  timer_stale_ = false;
  timer_.reset();
  without_held(dirty_, [&](const state::View& view) {
    bool any = false;
    for (std::size_t i = 0; i < timer_prefixes_.size(); ++i) {
      first_timer_keys_[i].clear();
      const auto cursor = view.cursor();
      cursor->seek(timer_prefixes_[i]);
      if (!cursor->valid() || !cursor->key().starts_with(timer_prefixes_[i])) continue;
      first_timer_keys_[i] = cursor->key();
      any = true;
    }
    if (any) timer_ = fold_.next_timer(view);
  });
}

}  // namespace lianmeng::runtime
