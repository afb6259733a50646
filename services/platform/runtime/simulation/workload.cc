#include "platform/runtime/simulation/workload.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "platform/runtime/simulation/audit.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {

const CountyId kCounty("610524");
const log::TopicPartition kTallyLog{"lianmeng.tally.v1", 0};
const log::TopicPartition kMirrorLog{"lianmeng.mirror.v1", 0};

namespace {

constexpr std::size_t kWishesMax = 400;
// More than the time after which a standby takes up what stays undone, and less than what a caller
// has patience for.
constexpr Duration kPrompt{2000};

SteadyTime steady(Time time) { return SteadyTime(time.time_since_epoch()); }

}  // namespace

SimClusterOptions tally_and_mirror(int hosts) {
  SimClusterOptions options;
  options.hosts = hosts;
  options.folds = {&tally_fold(), &mirror_fold()};
  return options;
}

std::string Workload::pick_name() {
  return random_.one_in(12) ? std::string(kVast) : fmt::format("n{}", random_.below(3));
}

std::int64_t Workload::pick_amount() { return static_cast<std::int64_t>(random_.below(180)) - 60; }

int Workload::pick_host() {
  return static_cast<int>(random_.below(static_cast<std::uint64_t>(cluster_.hosts())));
}

void Workload::add_wish() {
  const auto host = pick_host();
  const auto amount = pick_amount();
  add_wish(pick_name(), amount, host);
}

void Workload::add_burst(std::uint64_t count) {
  const auto usual = pick_host();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto host = random_.one_in(4) ? pick_host() : usual;
    const auto amount = pick_amount();
    add_wish(pick_name(), amount, host);
  }
}

void Workload::add_wish(const std::string& name, std::int64_t amount, int host) {
  Wish wish;
  wish.name = name;
  wish.amount = amount;
  wish.actor = {Actor::Kind::kPerson, fmt::format("610524-p{}", wishes_.size()), ""};
  wish.once = random_.one_in(3);
  if (!wish.once) wish.request_id = make_uuid_v7(cluster_.scheduler().now(), random_);
  wish.asked_at = cluster_.log().end(kTallyLog);
  wishes_.push_back(wish);
  ask(wishes_.size() - 1, host);
}

void Workload::add_look(int host) {
  Wish wish;
  wish.of_mirror = true;
  wish.actor = {Actor::Kind::kPerson, fmt::format("610524-p{}", wishes_.size()), ""};
  wish.request_id = make_uuid_v7(cluster_.scheduler().now(), random_);
  wishes_.push_back(wish);
  ask(wishes_.size() - 1, host);
}

bool Workload::done() const {
  return std::ranges::all_of(wishes_, [](const Wish& wish) { return wish.settled(); });
}

void Workload::read() { read(pick_host()); }

void Workload::read(int host) {
  const auto floor = acknowledged_;
  runtime::Query query;
  query.name = "Read";
  query.county = kCounty;
  query.deadline = steady(cluster_.scheduler().now()) + std::chrono::seconds{20};
  query.done = [floor](const Result<runtime::QueryContext>& context) {
    if (!context) return;
    EXPECT_GE(context->applied.sequence, floor);
  };
  cluster_.query(host, "tally", std::move(query));
}

void Workload::read_by_token() {
  for (int host = 0; host < cluster_.hosts(); ++host) {
    runtime::Query query;
    query.name = "ReadByToken";
    query.county = kCounty;
    query.tokens = {{"tally", 0, acknowledged_}};
    ++token_reads_;
    auto answered = std::make_shared<bool>(false);
    query.done = [this, answered](const Result<runtime::QueryContext>& context) {
      *answered = true;
      if (context) --token_reads_;
    };
    if (prompt_ != Prompt::kNo) {
      cluster_.scheduler().after(kPrompt, [host, answered] {
        EXPECT_TRUE(*answered) << "a read by token waits on host " << host;
      });
    }
    cluster_.query(host, "mirror", std::move(query));
  }
}

void Workload::ask(std::size_t index, int host) {
  auto& wish = wishes_[index];
  if (wish.settled() && wish.attempts > 0) return;
  const auto attempt = ++wish.attempts;
  runtime::Command command;
  command.name = "Add";
  command.county = kCounty;
  command.actor = wish.actor;
  command.request_id = wish.request_id;
  command.request_hash = fmt::format("{}+{}", wish.name, wish.amount);
  command.repeat = attempt > 1;
  command.deadline = steady(cluster_.scheduler().now()) +
                     (wish.once ? Duration{random_.below(2000)} : Duration{2000});
  command.decide = add(wish.name, wish.amount);
  if (wish.of_mirror) {
    command.name = "Look";
    command.tokens = {{"tally", 0, acknowledged_}};
    command.decide = [](const state::View&, const DecideContext&) { return Nothing{}; };
  }
  if (prompt_ != Prompt::kNo && attempt == 1) {
    command.deadline = steady(cluster_.scheduler().now()) + 5 * kPrompt;
    cluster_.scheduler().after(kPrompt, [this, index, host] {
      EXPECT_TRUE(wishes_[index].first_answered)
          << (wishes_[index].of_mirror ? "a command by token" : "a command") << " waits on host "
          << host;
    });
  }
  command.done = [this, index, attempt](const runtime::CommandResult& result) {
    answered(index, attempt, result);
  };
  cluster_.command(host, wish.of_mirror ? "mirror" : "tally", std::move(command));
  if (wish.once) return;
  cluster_.scheduler().after(std::chrono::milliseconds{2500}, [this, index, attempt] {
    if (wishes_[index].attempts == attempt) ask(index, pick_host());
  });
}

void Workload::answered(std::size_t index, int attempt, const runtime::CommandResult& result) {
  auto& wish = wishes_[index];
  wish.first_answered = wish.first_answered || attempt == 1;
  if (const auto* accepted = result.accepted()) {
    EXPECT_FALSE(wish.refused) << "refused and then accepted";
    if (wish.of_mirror) {
      wish.accepted = *accepted;
      return;
    }
    if (wish.accepted && wish.amount != 0) {
      EXPECT_EQ(wish.accepted->place, accepted->place) << "two places for one request";
    }
    wish.accepted = *accepted;
    acknowledged_ = std::max(acknowledged_, accepted->place.sequence);
    if (result.view != nullptr && random_.one_in(3)) build_on(wish.name, *result.view);
    if (random_.one_in(5) && wishes_.size() < kWishesMax) {
      cluster_.scheduler().after(Duration{0}, [this, host = pick_host()] { add_look(host); });
    }
    return;
  }
  const auto& error = *result.error();
  judge_error(wish, attempt, error);
  if (wish.once) {
    wish.refused = error;
    wish.refused_at = cluster_.log().end(kTallyLog);
    return;
  }
  if (error.error_class() != ErrorClass::kRejected) {
    if (wish.attempts == attempt && !wish.settled()) {
      cluster_.scheduler().after(Duration{20}, [this, index, attempt] {
        if (wishes_[index].attempts == attempt) ask(index, pick_host());
      });
    }
    return;
  }
  // A late answer to an earlier attempt is not the answer that the client waits for: the retry is
  // out, and only its answer counts.
  if (wish.attempts != attempt || wish.accepted) return;
  wish.refused = error;
  wish.refused_at = cluster_.log().end(kTallyLog);
}

void Workload::judge_error(const Wish& wish, int attempt, const Error& error) const {
  if (prompt_ == Prompt::kDone && attempt == 1) {
    EXPECT_EQ(error.reason, kOutOfBounds.code) << error.message_en;
  }
  // Of a later attempt its caller knows that an earlier one may have been done.
  if (wish.attempts > 1 || wish.of_mirror) return;
  if (error.message_en.find("may have been done") != std::string::npos) return;
  for (const auto& record : valid_records(cluster_.log().records(kTallyLog))) {
    if (record.headers.find("ce_type") != v1::Added::descriptor()->full_name()) continue;
    EXPECT_NE(record.headers.find("ce_actor"), to_string(wish.actor))
        << "in the log and answered with " << error.reason << ": " << error.message_en;
  }
}

void Workload::build_on(const std::string& name, const state::View& view) {
  const auto sum = tally_of(view, kCounty, name);
  const auto amount = random_.one_in(2) ? -sum : kTallyCeiling - sum;
  cluster_.scheduler().after(Duration{0}, [this, name, amount, host = pick_host()] {
    read(host);
    if (wishes_.size() < kWishesMax) add_wish(name, amount, host);
  });
}

}  // namespace lianmeng::testing
