#include "platform/log/sim/sim_appends.h"

#include "platform/log/check.h"

namespace lianmeng::log {

using Fate = AppendOutcome::Fate;

struct SimAppends::Flight {
  TopicPartition at;
  std::vector<Record> batch;
  AppendCallback done;
  std::shared_ptr<SimSession> session;
  std::vector<Offset> offsets;
  std::vector<Time> stamps;
};

void SimAppends::append(std::shared_ptr<SimSession> session, const TopicPartition& at,
                        std::vector<Record> batch, AppendCallback done) {
  if (!session->alive) return;
  if (auto status = check_append(at, batch); !status) {
    reply_at(chances_.now(), session, std::move(done), failed(status.error()));
    return;
  }
  auto flight = std::make_shared<Flight>();
  flight->at = at;
  flight->batch = std::move(batch);
  flight->done = std::move(done);
  flight->session = std::move(session);
  const auto count = flight->batch.size();
  const auto& faults = chances_.faults();
  const auto lands = chances_.now() + faults.append_delay_min +
                     chances_.upto(faults.append_delay_max - faults.append_delay_min);
  switch (draw_fault(count)) {
    case Fault::kNone:
      land_durably(flight, lands);
      return;
    case Fault::kFailed: {
      const auto kind =
          chances_.random().one_in(2) ? ErrorKind::kResourceExhausted : ErrorKind::kUnavailable;
      reply_at(lands, flight->session, flight->done,
               failed(make_error(kind, "APPEND_FAILED", "simulated: the append failed")));
      return;
    }
    case Fault::kLostReply:
      land(flight, lands, 0, count);
      break;
    case Fault::kLate:
      land_late(flight, 0, count);
      break;
    case Fault::kPartial: {
      const auto first = 1 + chances_.random().below(count - 1);
      land(flight, lands, 0, first);
      land_late(flight, first, count);
      break;
    }
    case Fault::kHole: {
      const auto missing = chances_.random().below(count);
      land(flight, lands, 0, missing);
      land(flight, lands, missing + 1, count);
      land_late(flight, missing, missing + 1);
      break;
    }
  }
  reply_at(lands + chances_.upto(faults.reply_delay_max), flight->session, flight->done,
           unknown(make_error(ErrorKind::kDeadlineExceeded, "APPEND_UNKNOWN",
                              "simulated: no reply came")));
}

void SimAppends::end_lateness() {
  auto late = std::exchange(late_, {});
  for (auto& [id, landing] : late) {
    if (chances_.random().one_in(2)) partitions_.land(landing.first, std::move(landing.second));
  }
}

SimAppends::Fault SimAppends::draw_fault(std::size_t count) {
  const auto& faults = chances_.faults();
  if (chances_.drawn("failed", faults.failed)) return Fault::kFailed;
  if (chances_.drawn("lost_reply", faults.lost_reply)) return Fault::kLostReply;
  if (chances_.drawn("late", faults.late)) return Fault::kLate;
  const bool many = count > 1;  // Of one record, either is no more than late.
  if (chances_.drawn(many ? "partial" : "late", faults.partial)) {
    return many ? Fault::kPartial : Fault::kLate;
  }
  if (chances_.drawn(many ? "hole" : "late", faults.hole)) return Fault::kHole;
  return Fault::kNone;
}

void SimAppends::reply_at(Time time, const std::shared_ptr<SimSession>& session,
                          AppendCallback done, AppendOutcome outcome) {
  chances_.run_at(time, [session, done = std::move(done), outcome = std::move(outcome)]() mutable {
    if (session->alive) done(std::move(outcome));
  });
}

void SimAppends::land(const std::shared_ptr<Flight>& flight, Time time, std::size_t begin,
                      std::size_t end) {
  chances_.run_at(time, [this, flight, begin, end] {
    for (auto i = begin; i < end; ++i) partitions_.land(flight->at, flight->batch[i]);
  });
}

// Each record lands by itself, or never; half of the time they keep together and in order.
void SimAppends::land_late(const std::shared_ptr<Flight>& flight, std::size_t begin,
                           std::size_t end) {
  auto& random = chances_.random();
  const auto late_max = chances_.faults().late_max;
  const bool together = random.one_in(2);
  const auto delay = chances_.upto(late_max);
  const bool never = random.one_in(3);
  for (auto i = begin; i < end; ++i) {
    const auto own_delay = together ? delay : chances_.upto(late_max);
    const bool own_never = together ? never : random.one_in(3);
    if (own_never) continue;
    const auto id = late_count_++;
    late_.emplace(id, std::pair(flight->at, flight->batch[i]));
    chances_.run_at(chances_.now() + own_delay, [this, id] {
      const auto found = late_.find(id);
      if (found == late_.end()) return;
      auto [at, record] = std::move(found->second);
      late_.erase(found);
      partitions_.land(at, std::move(record));
    });
  }
}

void SimAppends::land_durably(const std::shared_ptr<Flight>& flight, Time lands) {
  const auto& faults = chances_.faults();
  const auto count = flight->batch.size();
  const bool split = chances_.drawn("split", faults.split);
  const bool twice = chances_.drawn("duplicate", faults.duplicate);
  auto time = lands;
  for (std::size_t i = 0; i < count;) {
    const auto end = split ? i + 1 : count;
    chances_.run_at(time, [this, flight, i, end] {
      for (auto j = i; j < end; ++j) land_and_note(*flight, j);
    });
    if (split) time += chances_.upto(faults.append_delay_max);
    i = end;
  }
  // A retry inside the client: the outcome speaks of the first copy or of the second.
  if (twice && chances_.random().one_in(2)) {
    time += chances_.upto(faults.append_delay_max);
    chances_.run_at(time, [this, flight, count] {
      flight->offsets.clear();
      flight->stamps.clear();
      for (std::size_t j = 0; j < count; ++j) land_and_note(*flight, j);
    });
  } else if (twice) {
    chances_.run_at(time, [this, flight, count] { land_late(flight, 0, count); });
  }
  const bool forgotten = chances_.drawn("forgotten", faults.forgotten);
  chances_.run_at(time + chances_.upto(faults.reply_delay_max), [this, flight, forgotten] {
    if (forgotten) partitions_.forget(flight->at, flight->offsets.front());
    if (!flight->session->alive) return;
    AppendOutcome outcome;
    outcome.fate = Fate::kDurable;
    outcome.offsets = std::move(flight->offsets);
    outcome.stamps = std::move(flight->stamps);
    flight->done(std::move(outcome));
  });
}

void SimAppends::land_and_note(Flight& flight, std::size_t i) {
  const auto& landed = partitions_.land(flight.at, flight.batch[i]);
  flight.offsets.push_back(landed.offset);
  flight.stamps.push_back(landed.stamp);
}

}  // namespace lianmeng::log
