// Followed logs: the projection folds every event, the policy answers it once. The policy's
// position is the last cause in the own fold and nothing else (design: between services).
#include <algorithm>

#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "platform/base/assert.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/partition.h"
#include "platform/runtime/tables.h"
#include "platform/state/key.h"

namespace lianmeng::runtime {

void Partition::on_foreign_records(std::size_t index, std::vector<log::Record> records,
                                   log::Offset next, Now now) {
  auto& followed = followed_[index];
  for (auto& record : records) {
    const auto offset = record.offset;
    if (followed.verify_first) {
      const auto envelope = parse_record(std::move(record));
      if (offset != followed.chain.tip().offset || !envelope ||
          envelope->id != followed.chain.tip().id) {
        return fail(log_changed(followed.foreign->service, followed.chain.tip().sequence));
      }
      followed.verify_first = false;
      followed.next = offset + 1;
      continue;
    }
    if (offset < followed.next) continue;
    followed.next = offset + 1;
    auto envelope = parse_record(std::move(record));
    if (!envelope) continue;
    const auto verdict = followed.chain.judge(*envelope);
    if (verdict == Verdict::kBroken) {
      return fail(chain_broken(followed.foreign->service, followed.chain.tip().sequence));
    }
    if (verdict == Verdict::kUnexplained && followed.chain.tip().empty()) {
      return fail(log_headless(followed.foreign->service));
    }
    if (verdict != Verdict::kValid) continue;
    followed.chain.accept(envelope->id, envelope->sequence, offset, envelope->time);
    ForeignItem item;
    item.meta = meta_of(*envelope);
    // A type that we do not know is passed over in a foreign log.
    item.event = decode_event(*followed.foreign->prototype, envelope->type, envelope->value);
    item.tip = followed.chain.tip();
    followed.inbox.push_back(std::move(item));
  }
  if (followed.verify_first && next > followed.chain.tip().offset) {
    return fail(log_changed(followed.foreign->service, followed.chain.tip().sequence));
  }
  followed.next = std::max(followed.next, next);
  pump_foreign(now);
}

// Without what the followed logs held when it was opened, a host that was killed would refuse whom
// it knew before, and its timers would find nobody to tell. Where it comes upon an event that the
// policy has yet to answer, only the policy leads on, which begins when it serves.
const Partition::Followed* Partition::unread_followed() const {
  const auto found = std::ranges::find_if(followed_, [](const Followed& followed) {
    if (followed.verify_first || !followed.replay_until) return true;
    return followed.next < *followed.replay_until && followed.pending.empty();
  });
  return found == followed_.end() ? nullptr : &*found;
}

void Partition::ask_followed_ends(Now now) {
  for (std::size_t i = 0; i < followed_.size(); ++i) {
    if (followed_[i].ask_at > now.steady) continue;
    followed_[i].ask_at = SteadyTime::max();
    effects_.ask_followed_ends.push_back(static_cast<int>(i));
  }
}

void Partition::on_followed_end(int source, Result<log::Offset> end, Now now) {
  if (closed()) return;
  auto& followed = followed_[static_cast<std::size_t>(source)];
  if (!end) {
    followed.ask_at = now.steady + kAskAgain;
  } else if (followed.verify_first && *end <= followed.chain.tip().offset) {
    return fail(log_changed(followed.foreign->service, followed.chain.tip().sequence));
  } else {
    followed.replay_until = *end;
  }
  after_input(now);
}

void Partition::project(Followed& followed, ForeignItem& item) {
  ++passed_over_;
  if (item.meta.sequence <= followed.projected) return;
  followed.projected = item.meta.sequence;
  if (!item.event || !followed.foreign->project) return;
  const auto before = dirty_.bytes();
  followed.foreign->project(dirty_, *item.event, item.meta);
  if (dirty_.bytes() == before) return;
  --passed_over_;
  ++unflushed_;
}

// Projects what has been read. Where there is a policy, an acting host does both in turn while it
// builds a batch; a standby, and whoever builds none, only keeps what the policy of the acting host
// has not answered.
void Partition::pump_foreign(Now now) {
  for (auto& followed : followed_) {
    if (!followed.foreign->policy) {
      for (auto& item : std::exchange(followed.inbox, {})) {
        project(followed, item);
        settle_foreign(followed, item.tip);
      }
      continue;
    }
    if (!acting() || !serving() || draining_ || clock_ == ClockState::kBad) {
      for (auto& item : std::exchange(followed.inbox, {})) {
        project(followed, item);
        followed.pending.push_back(std::move(item));
      }
    }
    // What any host's record has answered is done, and what gives no work by itself.
    const auto answered = last_cause(dirty_, followed);
    while (!batch_ && !followed.pending.empty()) {
      auto& item = followed.pending.front();
      if (item.meta.sequence > answered && !gives_no_work(followed, item, now)) break;
      settle_foreign(followed, item.tip);
      followed.pending.pop_front();
    }
    // Nothing is left, so all that was read is done: also what gave no work in a batch that was
    // voided.
    if (!batch_ && followed.inbox.empty() && followed.pending.empty()) {
      settle_foreign(followed, followed.chain.tip());
    }
    const auto first = followed.pending.empty() ? 0 : followed.pending.front().meta.sequence;
    if (first != followed.first_pending) {
      followed.first_pending = first;
      followed.pending_since = first == 0 ? SteadyTime::max() : now.steady;
    }
  }
}

// Told by the foreign event alone, so that a standby need not wait for a record that never comes.
bool Partition::gives_no_work(const Followed& followed, ForeignItem& item, Now now) {
  if (item.asked) return false;
  item.asked = true;
  if (!item.event) return true;
  DecideContext context;
  context.county = item.meta.county;
  context.now = std::max(now.wall, chain_.tip().time);
  context.effective_time = context.now;
  return std::holds_alternative<Ignore>(
      followed.foreign->policy(dirty_, *item.event, item.meta, context));
}

bool Partition::has_policy_work() const {
  return std::ranges::any_of(followed_, [](const Followed& followed) {
    return followed.foreign->policy && (!followed.inbox.empty() || !followed.pending.empty());
  });
}

std::uint64_t Partition::last_cause(const state::View& view, const Followed& followed) const {
  std::string key(1, static_cast<char>(tables::kCauses));
  key += state::Key{}.add(followed.foreign->service).bytes();
  std::string bytes;
  if (!view.get(key, &bytes)) return 0;
  v1::CauseRow row;
  LM_ASSERT(row.ParseFromString(bytes));
  return row.sequence();
}

void Partition::settle_foreign(Followed& followed, const Tip& tip) {
  if (tip.sequence > followed.settled.sequence) followed.settled = tip;
}

}  // namespace lianmeng::runtime
