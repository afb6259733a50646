// One partition of one service: a passive state machine (design: the partition).
//
// Commands, records, append outcomes, foreign records and time go in; appends, questions to the
// log, answers, store batches and wake-up times come out. No thread, clock or I/O inside:
// production drives it from a loop (core_loop.h), the simulation drives the very same code from one
// thread and a seed.
//
//   opening ──► replaying ──► serving ──► closing ──► closed
//      └────────────┴────────────┴──────────┴──► failed (says why; the operator must act)
//
// State in three layers: the store (durable prefix of the log), the dirty rows above it (applied,
// not yet written), the overlay above those (decided, not yet durable).
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "platform/base/latency.h"
#include "platform/base/random.h"
#include "platform/log/log.h"
#include "platform/runtime/chain.h"
#include "platform/runtime/command.h"
#include "platform/runtime/command_queue.h"
#include "platform/runtime/fold.h"
#include "platform/runtime/requests.h"
#include "platform/state/read_cache.h"
#include "platform/store/store.h"

namespace lianmeng::runtime {

struct PartitionConfig {
  int partition = 0;
  std::string host = "local";               // Who we are: ce_host.
  std::vector<std::string> hosts{"local"};  // All hosts of the partition, the first one first.

  std::size_t batch_records_max = 256;
  std::size_t batch_calls_max = 1024;  // Decided in one go, also where they give no record.
  std::size_t batch_bytes_max = 1024 * 1024;
  std::size_t read_cache_rows = 256;
  std::size_t county_queue_max = 4096;  // Commands that wait per county and lane.
  Duration takeover{700};               // Work undone for so long is taken up by a standby.
  Duration clock_tolerance{2000};
  Duration heartbeat{10 * 60 * 1000};
  std::uint64_t carry_after = 1000;  // Foreign events without work until a no-op carries the cause.
  std::size_t waiting_max = 20'000;  // Calls that wait in all; the next one is BUSY.
  int hops_max = 2;
};

// Both clocks at the moment of an input.
struct Now {
  Time wall;
  SteadyTime steady;
};

// What the driver must do; every one of these comes back as an input.
struct Effects {
  struct Append {
    std::uint64_t ticket;
    std::vector<log::Record> records;
  };
  struct Follow {
    int source;  // kOwnLog, or the index of a followed log.
    log::Offset from;
  };
  struct Forward {
    std::string host;
    Command command;  // Its `done` is not called when that host answers.
  };
  std::vector<Append> appends;            // → on_append_outcome
  std::vector<Follow> follows;            // → on_records / on_follow_error
  std::optional<std::uint64_t> ask_end;   // Ticket → on_end_offset
  std::vector<int> ask_followed_ends;     // Sources → on_followed_end
  std::optional<log::Offset> verify_tip;  // Read one record there → on_tip_read
  std::vector<Forward> forwards;          // → on_forward_failed, or answered by the other host
};

struct PartitionStats {
  std::uint64_t accepted = 0;  // Own records accepted.
  std::uint64_t applied = 0;   // Valid records applied, own and others'.
  std::uint64_t void_records = 0;
  std::uint64_t lost_races = 0;  // Own batches that were voided, whole or in part.
  std::uint64_t unknown_outcomes = 0;
  std::uint64_t noops = 0;  // Appended here.
  std::uint64_t refused = 0;
  std::uint64_t repeated = 0;  // Requests answered from an earlier attempt.
  std::uint64_t timers_fired = 0;
  std::uint64_t policies = 0;  // Own records that answer a foreign event.
  std::uint64_t batches = 0;
  std::uint64_t oversized = 0;          // Events of timers and policies that no record could hold.
  std::uint64_t differing_digests = 0;  // No-ops of a host with another state than this one's.
  LatencyCounts append_latency;  // Of batches, from the append until its outcome is known here.
};

class Partition {
 public:
  static constexpr int kOwnLog = -1;
  enum class State { kOpening, kReplaying, kServing, kClosing, kClosed, kFailed };

  // Lifetime: borrows the fold, the store's view and the random source. Threads: one at a time.
  Partition(PartitionConfig config, const Fold& fold, std::unique_ptr<store::PartitionStore> store,
            Random& random);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  // Inputs. Each may leave effects, answer calls and change next_wakeup().
  void open(Now now);
  void on_command(Command command, Now now);
  void on_query(Query query, Now now);
  void on_watch(Watch watch);
  void on_records(int source, std::vector<log::Record> records, log::Offset next, Now now);
  void on_follow_error(int source, Error error, Now now);
  void on_append_outcome(std::uint64_t ticket, log::AppendOutcome outcome, Now now);
  void on_end_offset(std::uint64_t ticket, Result<log::Offset> end, Now now);
  void on_followed_end(int source, Result<log::Offset> end, Now now);
  // The record at the tip's offset as the log holds it now; nothing when it holds none there.
  void on_tip_read(std::optional<log::Record> record, Now now);
  // The host did not answer. `fate_unknown`: it may have decided the command.
  void on_forward_failed(const std::string& host, Command command, bool fate_unknown, Now now);
  // Decides what waits and fires what is due. Call after a round of inputs and at next_wakeup().
  void advance(Now now);
  // While it is on, no command is taken and no timer or policy begun; what was taken is answered,
  // reads go on.
  void drain(bool on);
  bool drained() const;
  // Refuses what waits, lets the batch in flight finish; closed() tells when.
  void close(Now now);
  // Closes at once; what is in flight is told that its fate is unknown.
  void abort();

  Effects take_effects() { return std::exchange(effects_, {}); }
  // When advance() has work without further input; steady time. max() when never.
  SteadyTime next_wakeup() const { return wakeup_; }

  // Writes the dirty rows to the store with the position they belong to, as one batch.
  Status flush();
  // Records applied since the last flush, and what they hold in memory. Of those that left no row,
  // as most followed ones, ten count as one: they cost a restart little, and a flush for their sake
  // would write a table file for a position.
  std::uint64_t unflushed() const { return unflushed_ + passed_over_ / 10; }
  std::size_t dirty_bytes() const { return dirty_.bytes(); }

  State state() const { return state_; }
  bool closed() const { return state_ == State::kClosed || state_ == State::kFailed; }
  // Why it is not ready to serve; empty when it is.
  std::string not_ready() const;
  // Whether it can answer now as far as it knows: it serves, reaches its log, and knows what became
  // of what it wrote. Where it cannot, another host may.
  bool can_answer() const { return state_ == State::kServing && !settling_ && !end_error_; }
  // For operators; its callers are told stopped() (errors.h).
  const std::optional<Error>& failure() const { return failure_; }
  const PartitionStats& stats() const { return stats_; }
  // The last event that no record could hold, in a sentence; empty when there was none.
  const std::string& oversized() const { return oversized_; }
  // The last no-op of a host with another state, in a sentence; empty when there was none.
  const std::string& difference() const { return difference_; }
  const Tip& tip() const { return chain_.tip(); }
  // Of the applied state (digest.h).
  std::uint64_t digest() const { return digest_; }
  // Foreign events that were read and that no answer has settled yet.
  std::size_t backlog(int source) const {
    const auto& followed = followed_[static_cast<std::size_t>(source)];
    return followed.inbox.size() + followed.pending.size();
  }
  int followed() const { return static_cast<int>(followed_.size()); }
  // The offset up to which a followed log was read.
  log::Offset read_up_to(int source) const {
    return followed_[static_cast<std::size_t>(source)].next;
  }
  // The oldest of those; nothing when there is none.
  std::optional<Time> oldest_backlog() const;
  // When the next timer is due, as far as it is known.
  std::optional<Time> next_timer() const;
  // Records that are to be read before it serves.
  std::uint64_t replay_left() const;
  std::size_t waiting() const { return queue_.size() + parked_.size() + waiters_.size(); }
  // The applied state, for verification.
  const state::View& view() const { return dirty_; }
  std::string name() const;  // "dispatch/7"

 private:
  // A question for a log's end that got no answer is asked again after this.
  static constexpr Duration kAskAgain{50};

  // One foreign event, read and not yet answered by the policy.
  struct ForeignItem {
    EventMeta meta;
    EventPtr event;
    Tip tip;             // The foreign chain with this event.
    bool asked = false;  // The policy has work for it.
  };
  // What is known of one followed log.
  struct Followed {
    const Foreign* foreign = nullptr;
    Chain chain;  // How far it was read.
    log::Offset next = 0;
    bool verify_first = false;                // The first record read must be the stored tip.
    std::optional<log::Offset> replay_until;  // Where it ended when this partition was opened.
    SteadyTime ask_at{SteadyTime::max()};     // That question got no answer: when to ask again.
    std::uint64_t projected = 0;              // How far the projection is folded.
    Tip settled;                              // How far the policy is done, durably.
    std::deque<ForeignItem> inbox;            // Read, not projected.
    std::deque<ForeignItem>
        pending;  // Projected, policy not yet asked (standby) or to be asked again.
    // The first of those, and since when it is the first: a host that gets on with them is not
    // silent.
    std::uint64_t first_pending = 0;
    SteadyTime pending_since{SteadyTime::max()};
  };
  // One thing decided in a batch.
  struct Work {
    std::optional<Command> command;
    int followed = -1;
    std::optional<ForeignItem> item;
    std::optional<std::size_t> record;  // Its record in the batch.
    // For a command without a record of its own: what to say when the batch is accepted.
    std::optional<std::variant<Accepted, Error>> answer;
    bool is_timer = false;
  };
  struct Batch {
    enum class Phase { kInFlight, kReading, kSettling };
    Phase phase = Phase::kInFlight;
    std::uint64_t ticket = 0;
    std::uint64_t arrival = 0;  // Calls that arrived before it was appended are answered by it.
    Now sent;
    std::vector<Work> works;
    std::vector<Envelope> records;
    std::vector<EventPtr> events;  // Null for the runtime's own records.
    std::vector<bool> landed;      // Seen valid.
    std::vector<Tip> settled;      // Per followed log: how far its policy is done with this batch.
    log::Offset until = 0;         // kReading: read up to here.
    std::size_t bytes = 0;
    Tip tip;                   // What the next record is decided on.
    std::uint64_t digest = 0;  // Of the state that it is decided on.
  };
  // The no-op that settles an unknown outcome.
  struct Settling {
    std::uint64_t ticket = 0;
    std::string id;
    Now sent;
    bool valid = false;
    bool in_flight = false;
    std::optional<log::Offset> until;
    SteadyTime retry_at{SteadyTime::max()};
    int tries = 0;
  };
  // Waits for a view known to be current.
  struct Refused {
    Command command;
    std::variant<Accepted, Error> answer;
    std::string tip_id;  // Decided on this.
  };
  struct Waiter {
    std::uint64_t arrival = 0;
    std::uint64_t need = 0;  // The first end-offset ticket asked after it arrived.
    std::optional<log::Offset> target;
    SteadyTime as_of{SteadyTime::min()};  // When that end was asked for.
    bool current = false;
    std::variant<Query, Command, Refused> what;
  };
  struct Parked {
    std::variant<Query, Command> what;
  };

  // partition.cc: states, inputs, answers
  void set_state(State state);
  void fail(Error error);
  Error closed_error() const;  // What callers are told once it is closed.
  void read_positions();
  bool serving() const { return state_ == State::kServing || state_ == State::kClosing; }
  void after_input(Now now);
  bool own_is_read() const { return !verify_first_ && next_offset_ >= *replay_until_; }
  void answer(Command& command, std::variant<Accepted, Error> outcome, const state::View* view);
  // Undecided, for this host's own sake.
  void turn_away(Command& command, const Error& error);
  void answer_all(const Error& error, const Error& in_flight_error);
  SteadyTime compute_wakeup(Now now) const;
  void expire(Now now);
  void park(std::variant<Query, Command> what);

  // partition_decide.cc: building batches
  bool acting() const;
  std::optional<std::size_t> forward_target() const;
  void forward_waiting(Now now);
  bool was_set(Now since, Now now) const;
  void note_drift(Now now);
  bool may_append(Now now) const;
  void refuse_by_clock();
  bool may_decide(Now now);
  SteadyTime probe_at() const;
  bool has_work(Now now) const;
  bool timer_due(Now now) const;
  void build(Now now);
  void build_timers(Batch& batch, Now now);
  void build_policies(Batch& batch, Now now);
  void build_commands(Batch& batch, Now now);
  void decide(Batch& batch, Command command, Now now);
  void note_oversized(std::string what, const google::protobuf::Message& event);
  // Calls `use` with the view as if the held timers were not in it.
  template <class Use>
  auto without_held(const state::View& view, const Use& use) const {
    if (held_timers_.empty()) return use(view);
    state::Layer without(view);
    for (const auto& [key, held] : held_timers_) without.erase(key);
    return use(static_cast<const state::View&>(without));
  }
  // Of the timer that has just been fired on the overlay.
  void hold_timer(const TimerDue& due, const google::protobuf::Message& event,
                  const DecideContext& context, Now now);
  void append_noop(Batch& batch, std::optional<Place> cause, CountyId county);
  bool add_record(Batch& batch, Envelope envelope, EventPtr event,
                  const v1::RequestRefused* refused);
  Envelope next_envelope(const Batch& batch, const CountyId& county, Time now) const;
  Time decide_time(const Batch& batch, Now now) const;
  Batch new_batch() const;
  void send(Batch batch, Now now);
  void send_probe(Now now);
  bool full(const Batch& batch) const;

  // partition_settle.cc: outcomes and reading
  void accept_batch(const std::vector<log::Offset>& offsets, Now now);
  void drop_overlay();
  void finish_batch(Now now);
  void fail_batch(const Error& error, Now now);
  void start_settling(Now now);
  void send_settling_noop(Now now);
  void check_settled(Now now);
  void process_held(Now now);
  void process_own(std::vector<log::Record> records, log::Offset next, Now now);
  void compare_digest(const Envelope& envelope);
  void applied(const Envelope& envelope, const EventPtr& event);
  void note_timers(const state::Changes& changes);
  void check_clock(Time stamp, Now sent, Now now);
  void refresh_timer(Now now);

  // partition_follow.cc: followed logs
  void on_foreign_records(std::size_t index, std::vector<log::Record> records, log::Offset next,
                          Now now);
  void pump_foreign(Now now);
  void ask_followed_ends(Now now);
  // The first that is not read far enough to serve; null: all are. Once the own log is read.
  const Followed* unread_followed() const;
  void project(Followed& followed, ForeignItem& item);
  bool gives_no_work(const Followed& followed, ForeignItem& item, Now now);
  bool has_policy_work() const;
  std::uint64_t last_cause(const state::View& view, const Followed& followed) const;
  void settle_foreign(Followed& followed, const Tip& tip);

  // partition_wait.cc: tokens and views known to be current
  bool tokens_reached(const std::vector<Place>& tokens) const;
  void wait_current(Waiter waiter, Now now);
  void ask_end(Now now);
  void serve_waiters(Now now);
  void unpark(Now now);
  void run_query(Query& query, Now now);
  void run_validate(Command& command, Now now);

  const PartitionConfig config_;
  const Fold& fold_;
  const std::string source_;  // ce_source
  std::unique_ptr<store::PartitionStore> store_;
  Random& random_;

  State state_ = State::kOpening;
  bool draining_ = false;
  std::optional<Error> failure_;
  Effects effects_;
  SteadyTime wakeup_{SteadyTime::max()};
  PartitionStats stats_;

  // The applied state and where in the log it stands.
  state::ReadCache read_cache_;  // Of the store.
  state::Layer dirty_;
  state::Layer overlay_;
  Chain chain_;
  std::uint64_t digest_ = 0;
  log::Offset next_offset_ = 0;
  bool verify_first_ = false;
  std::optional<Tip> verifying_;  // Asked for again: is it still there?
  std::optional<log::Offset> replay_until_;
  SteadyTime replay_as_of_{SteadyTime::min()};
  std::uint64_t unflushed_ = 0;
  std::uint64_t passed_over_ = 0;  // Followed records that left no row.
  RequestSpan requests_;
  std::uint64_t stored_request_ms_ = 0;  // No request of the store was made later.

  // The batch in flight, and own records that came while it was.
  std::optional<Batch> batch_;
  std::optional<Settling> settling_;
  struct Held {
    std::vector<log::Record> records;
    log::Offset next;
  };
  std::vector<Held> held_;
  SteadyTime retry_at_{SteadyTime::min()};  // After a failed append.
  int failures_ = 0;

  CommandQueue queue_;
  std::vector<Parked> parked_;
  std::deque<Waiter> waiters_;
  SteadyTime calls_expire_at_{SteadyTime::max()};  // No deadline of these two comes before.
  std::vector<Watch> watches_;
  std::vector<Followed> followed_;

  std::uint64_t tickets_ = 0;
  std::uint64_t arrivals_ = 0;
  std::optional<std::uint64_t> asked_;  // The end-offset question that is out.
  SteadyTime asked_at_{SteadyTime::min()};
  std::uint64_t next_ask_ = 1;
  SteadyTime ask_at_{SteadyTime::max()};
  std::optional<Error> end_error_;            // Why the last question got no answer.
  SteadyTime current_at_{SteadyTime::min()};  // As of then, what is applied was all.

  // Clocks (design: clocks).
  enum class ClockState { kUnchecked, kGood, kBad };
  ClockState clock_ = ClockState::kUnchecked;
  Now clock_seen_{};  // When the log's time last came.
  static constexpr Duration kClockRetryMin{500};
  static constexpr Duration kClockRetryMax{60'000};
  Duration clock_retry_ = kClockRetryMin;
  SteadyTime clock_look_at_{SteadyTime::max()};  // When one that was off is looked at again.
  SteadyTime last_record_{SteadyTime::min()};

  // Timers.
  const std::vector<std::string> timer_prefixes_;
  std::vector<std::string> first_timer_keys_;  // Of each prefix; empty when it has none.
  std::optional<TimerDue> timer_;
  bool timer_stale_ = true;
  // Those whose event no record could hold, by the keys that they are due by: until then they are
  // left out, so that those behind them fire.
  struct HeldTimer {
    Time due;
    SteadyTime until;
  };
  std::map<std::string, HeldTimer> held_timers_;
  std::string oversized_;
  std::string difference_;

  // Hosts before us that we take for silent.
  std::vector<bool> silent_;
};

}  // namespace lianmeng::runtime
