#include "simulation/workload/wishes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace lianmeng::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPatience = 2s;
constexpr Duration kRetryAfter = 2500ms;
constexpr int kBackoffsMax = 8;  // 2.5 s · 2^8: about ten minutes.
// A request id is good for six days.
constexpr auto kAskAgainWithin = 5 * 24h;

SteadyTime steady(Time time) { return SteadyTime(time.time_since_epoch()); }

}  // namespace

std::string id_of(const runtime::Accepted& accepted) {
  return accepted.subject.substr(accepted.subject.find('/') + 1);
}

Wishes::Wishes(testing::SimCluster& cluster, int partition, Random& dice)
    : cluster_(cluster), partition_(partition), dice_(dice) {}

Place Wishes::token(const CountyId& county, const std::string& service) {
  return {service, partition_, acknowledged_[county][service]};
}

int Wishes::any_host() {
  return static_cast<int>(dice_.below(static_cast<std::uint64_t>(cluster_.hosts())));
}

// --- Asked, until it is answered. ---

std::size_t Wishes::ask_for(Wish wish, Then then) {
  const auto index = wishes_.size();
  wish.asked_time = cluster_.scheduler().now();
  wish.request_id = make_uuid_v7(wish.asked_time, dice_);
  if (wish.hash.empty()) wish.hash = fmt::format("{}:{}", wish.name, index);
  wish.then = std::move(then);
  wishes_.push_back(std::move(wish));
  ask(index);
  return index;
}

runtime::Command Wishes::command_of(const Wish& wish) const {
  runtime::Command command;
  command.name = wish.name;
  command.county = wish.county;
  command.actor = wish.actor;
  command.request_id = wish.request_id;
  command.request_hash = wish.hash;
  command.external_id = wish.external_id;
  command.effective_time = wish.effective;
  command.validate_only = wish.validate_only;
  command.bulk = wish.bulk;
  command.tokens = wish.tokens;
  command.deadline = steady(cluster_.scheduler().now()) + kPatience;
  command.decide = wish.decide;
  return command;
}

void Wishes::ask(std::size_t index) {
  const auto host = any_host();
  auto& wish = wishes_[index];
  if (wish.settled()) return;
  const auto attempt = ++wish.attempts;
  auto command = command_of(wish);
  command.repeat = attempt > 1;
  command.done = [this, index, attempt](const runtime::CommandResult& result) {
    answered(index, attempt, result);
  };
  cluster_.command(host, wish.service, std::move(command));
  const auto wait = kRetryAfter * (1 << std::min(attempt - 1, kBackoffsMax));
  cluster_.scheduler().after(wait, [this, index, attempt] {
    if (wishes_[index].attempts == attempt) ask(index);
  });
}

void Wishes::answered(std::size_t index, int attempt, const runtime::CommandResult& result) {
  // What follows from an answer may add wishes.
  const auto wrong = [&](std::string_view what) {
    const auto& wish = wishes_[index];
    add_wrong(fmt::format("{} {} of {} ({}): {}", wish.service, wish.name, to_string(wish.actor),
                          wish.request_id, what));
  };
  if (const auto* accepted = result.accepted()) {
    auto& wish = wishes_[index];
    if (wish.refused) wrong("refused and then accepted");
    if (wish.accepted) {
      if (wish.accepted->place != accepted->place && !wish.validate_only) {
        wrong("two places for one request");
      }
      return;
    }
    if (accepted->validated != wish.validate_only) wrong("validated what was not to be, or not");
    wish.accepted = *accepted;
    auto& last = acknowledged_[wish.county][wish.service];
    last = std::max(last, accepted->place.sequence);
    if (const auto then = wish.then) then(*accepted);
    return;
  }
  auto& wish = wishes_[index];
  const auto& error = *result.error();
  if (error.error_class() != ErrorClass::kRejected) {
    if (wish.attempts == attempt && !wish.settled()) {
      const auto wait = Duration{20} * (1 << std::min(attempt - 1, kBackoffsMax));
      cluster_.scheduler().after(wait, [this, index, attempt] {
        if (wishes_[index].attempts == attempt) ask(index);
      });
    }
    return;
  }
  // The retry is out: only its answer counts.
  if (wish.attempts != attempt || wish.accepted) return;
  wish.refused = error;
  if (wish.must_succeed) wrong("refused: " + error.message_en);
}

// --- In the end. ---

bool Wishes::done() const {
  return repeats_out_ == 0 &&
         std::ranges::all_of(wishes_, [](const Wish& wish) { return wish.settled(); });
}

void Wishes::ask_again() {
  const auto now = cluster_.scheduler().now();
  const auto size = wishes_.size();
  for (int i = 0; i < 20; ++i) {
    const auto index = dice_.below(size);
    const auto& wish = wishes_[index];
    // A first attempt that was refused leaves no trace, and may be right by now.
    const bool traced = wish.accepted ? !wish.accepted->subject.empty() : wish.attempts > 1;
    if (!traced || wish.validate_only || wish.asked_time < now - kAskAgainWithin) continue;
    ++repeats_out_;
    ask_again(index, dice_.one_in(3));
  }
}

void Wishes::ask_again(std::size_t index, bool other_payload) {
  auto command = command_of(wishes_[index]);
  command.repeat = true;
  command.deadline = steady(cluster_.scheduler().now()) + 60s;
  if (other_payload) command.request_hash += " and more";
  command.done = [this, index, other = other_payload](const runtime::CommandResult& result) {
    // Not yet: a clock that was off for little more than it may be is looked at again by and by.
    if (result.error() != nullptr && result.error()->error_class() != ErrorClass::kRejected) {
      cluster_.scheduler().after(1s, [this, index, other] { ask_again(index, other); });
      return;
    }
    --repeats_out_;
    const auto& asked = wishes_[index];
    const auto wrong = [&](std::string_view what) {
      add_wrong(fmt::format("{} {} asked again: {}", asked.name, asked.request_id, what));
    };
    const auto* accepted = result.accepted();
    if (other) {
      // What was sent under another request id before is known by its external id.
      if (accepted != nullptr || (result.error()->reason != "REQUEST_ID_REUSED" &&
                                  result.error()->reason != "EXTERNAL_ID_REUSED")) {
        wrong("another payload under the same id");
      }
    } else if (asked.accepted) {
      if (accepted == nullptr) return wrong("refused, though accepted before");
      if (accepted->place != asked.accepted->place || !accepted->repeated ||
          accepted->subject != asked.accepted->subject) {
        wrong("another answer");
      }
    } else if (accepted != nullptr) {
      wrong("accepted, though refused before");
    }
  };
  cluster_.command(any_host(), wishes_[index].service, std::move(command));
}

void Wishes::read_by_tokens() {
  for (int host = 0; host < cluster_.hosts(); ++host) {
    for (const auto& [county, services] : acknowledged_) {
      runtime::Query query;
      query.name = "ReadByTokens";
      query.county = county;
      for (const auto& [service, sequence] : services) {
        query.tokens.push_back({service, partition_, sequence});
      }
      ++unanswered_reads_;
      query.done = [this](const Result<runtime::QueryContext>& context) {
        if (context) --unanswered_reads_;
      };
      // Notification follows both of the others.
      cluster_.query(host, "notification", std::move(query));
    }
  }
}

}  // namespace lianmeng::simulation
