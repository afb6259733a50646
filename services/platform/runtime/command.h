// What comes into a partition from a call, and what goes back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform/base/decision.h"
#include "platform/runtime/fold.h"
#include "platform/state/view.h"

namespace lianmeng::runtime {

// Accepted: the event is durable in the log and applied here (or was, by an earlier attempt).
struct Accepted {
  Place place;
  Time time;               // ce_time; validate_only: what it would be; a repeat: of this answer.
  std::string subject;     // Of the event: what the reply shows.
  bool repeated = false;   // The same request was accepted before.
  bool validated = false;  // validate_only: nothing was appended; place.sequence is 0.
};

struct CommandResult {
  std::variant<Accepted, Error> outcome;
  // The state with the event applied; lives until the callback returns. Null with an error.
  const state::View* view = nullptr;

  const Accepted* accepted() const { return std::get_if<Accepted>(&outcome); }
  const Error* error() const { return std::get_if<Error>(&outcome); }
};

// How often a call was sent before, and by how many pods.
struct Attempt {
  bool repeat = false;
  int hops = 0;
};

// The call that commands came with, as another host can take it: whole, or of a batch some of its
// commands. Lifetime: until its last command is answered.
class OriginalCall {
 public:
  virtual ~OriginalCall() = default;
  // Sends the commands numbered `parts` to that host. Its answer, also a refusal, is theirs: their
  // `done` is never called. `failed` hears instead that there was no answer; `fate_unknown`: the
  // host may have decided them. Any thread; never blocks; `failed` comes on any thread, or inside.
  virtual void forward(const std::string& host, Attempt attempt, std::vector<int> parts,
                       std::function<void(bool fate_unknown)> failed) = 0;
};

struct Command {
  std::string name;  // "TakeDemand": for metrics and logs.
  CountyId county;
  Actor actor;
  std::string request_id;    // A UUIDv7; empty: no repeat can be recognised.
  std::string request_hash;  // Of the payload without request_id, validate_only and sealed fields.
  std::string external_id;   // Unique in the county for ever; empty for people.
  std::optional<Time> effective_time;
  bool validate_only = false;
  bool repeat = false;        // Not the first attempt (`lianmeng-attempt`): a refusal is appended.
  bool bulk = false;          // Imports: served behind people.
  int hops = 0;               // How often it was forwarded.
  std::vector<Place> tokens;  // Waits until these are applied here.
  SteadyTime deadline{SteadyTime::max()};  // Past it, it is not decided (DEADLINE_EXCEEDED).
  std::string traceparent;
  // Deciding it once more does no harm, though no repeat of it can be recognised.
  bool may_be_doubled = false;
  OriginalCall* call = nullptr;  // Null: no other host can take it.
  int part = 0;                  // Of a batch: which of its commands.

  DecideFn decide;
  // Called exactly once, on the loop's thread, unless another host answers; must not block.
  std::function<void(const CommandResult&)> done;
};

// What a query reads: a view known to be current (or as fresh as it asked for).
struct QueryContext {
  const state::View* view = nullptr;  // Lives until the callback returns.
  Time now;
  Place applied;  // The read token: how far the own log is applied.
};

struct Query {
  std::string name;
  CountyId county;
  Actor actor;
  std::vector<Place> tokens;
  // Nothing: current. Otherwise what was read no longer ago than this will do.
  std::optional<Duration> staleness;
  SteadyTime deadline{SteadyTime::max()};
  // Called exactly once, on the loop's thread.
  std::function<void(const Result<QueryContext>&)> done;
};

// Follows one county's events as they are applied.
struct WatchedEvent {
  EventMeta meta;
  Place place;
  EventPtr event;
  const state::View* view = nullptr;  // With the event applied; lives until the callback returns.
};

struct Watch {
  CountyId county;
  // False ends the watch. On the loop's thread.
  std::function<bool(const WatchedEvent&)> on_event;
  // Empty, or whether anybody still listens: asked when another watch comes, so that those whose
  // reader has gone do not gather in a county where nothing happens.
  std::function<bool()> wanted = {};
  // The partition closed or failed; the watch is over.
  std::function<void(const Error&)> on_end;
};

}  // namespace lianmeng::runtime
