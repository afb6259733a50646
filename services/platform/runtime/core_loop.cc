#include "platform/runtime/core_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "platform/base/assert.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/follow_sinks.h"
#include "platform/runtime/inbox.h"

namespace lianmeng::runtime {
namespace {

void turn_away(Command& command, const Error& error) {
  command.done({of_attempt(error, command.repeat), nullptr});
}

}  // namespace

CoreLoop::CoreLoop(LoopConfig config, log::Log& log, Clock& clock, Observer observer)
    : config_(config),
      log_(log),
      clock_(clock),
      observer_(std::move(observer)),
      inbox_(std::make_shared<Inbox>()),
      read_ahead_(std::make_shared<ReadAhead>(config.read_ahead, config.read_ahead_all)) {}

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
    if (const auto error = store_error()) return turn_away(command, store_full(*error));
  }
  if (!admit()) return turn_away(command, busy());
  if (!inbox_->post(slot, std::move(command))) turn_away(command, shutting_down());
}

void CoreLoop::commands(std::size_t slot, std::vector<Command> commands) {
  const auto refuse = [](std::vector<Command>& refused, const Error& error) {
    for (auto& command : refused) turn_away(command, error);
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

bool CoreLoop::overfull() const { return read_ahead_->overfull; }

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
        } else if constexpr (std::is_same_v<What, FollowedEndIn>) {
          partition.on_followed_end(what.source, std::move(what.end), now);
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
  for (const int source : effects.ask_followed_ends) {
    log_.end_offset(slot.followed[static_cast<std::size_t>(source)],
                    [inbox = inbox_, index, source](Result<log::Offset> end) {
                      inbox->post(index, FollowedEndIn{source, std::move(end)});
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
    group.call->forward(group.back->host, group.attempt, std::move(group.parts),
                        [inbox = inbox_, index, back = group.back](bool unknown) {
                          back->fate_unknown = unknown;
                          if (inbox->post(index, std::move(*back))) return;
                          for (auto& command : back->commands) {
                            if (unknown) {
                              command.done({fate_unknown(back->host), nullptr});
                            } else {
                              turn_away(command, shutting_down());
                            }
                          }
                        });
  }
}

void CoreLoop::follow(std::size_t index, const Effects::Follow& follow) {
  auto& slot = slots_[index];
  const auto at = static_cast<std::size_t>(follow.source + 1);
  const auto& topic = follow.source == Partition::kOwnLog ? slot.own : slot.followed[at - 1];
  auto sink = std::make_shared<RecordSink>(inbox_, read_ahead_, index, follow.source);
  slot.sinks[at] = sink;
  slot.followings[at] = log_.follow(topic, follow.from, sink);
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
// in, more while a log is read anew. What cannot be written is no reason to write all others.
void CoreLoop::flush_some(Now now) {
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  std::uint64_t stuck_events = 0;
  std::size_t stuck_bytes = 0;
  for (const auto& slot : slots_) {
    const bool stuck = slot.flush_after > now.steady;
    (stuck ? stuck_events : events) += slot.partition->unflushed();
    (stuck ? stuck_bytes : bytes) += slot.partition->dirty_bytes();
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
    const bool written = flush_slot(*fullest, now);
    events -= of_it;
    bytes -= bytes_of_it;
    if (written) continue;
    stuck_events += of_it;
    stuck_bytes += bytes_of_it;
    break;
  }
  // Memory is bounded by configuration: what cannot be written may not gather for ever, neither by
  // commands nor by reading a long log.
  read_ahead_->overfull = events + stuck_events >= config_.overfull * config_.flush_events ||
                          bytes + stuck_bytes >= config_.overfull * config_.flush_bytes;
  forget_store_error();
}

// Another partition's rows that could be written say nothing of those that could not.
void CoreLoop::forget_store_error() {
  const std::lock_guard lock(store_error_mutex_);
  if (!store_error_ || overfull()) return;
  if (std::ranges::none_of(slots_, &Slot::unwritten)) store_error_.reset();
}

void CoreLoop::flush_drained(Now now) {
  for (auto& slot : slots_) {
    if (slot.partition->unflushed() == 0 || !slot.partition->drained()) continue;
    if (slot.flush_after <= now.steady) flush_slot(slot, now);
  }
}

bool CoreLoop::flush_slot(Slot& slot, Now now) {
  const auto status = slot.partition->flush();
  slot.unwritten = !status;
  if (status) return true;
  {
    const std::lock_guard lock(store_error_mutex_);
    store_error_ = status.error();
  }
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
