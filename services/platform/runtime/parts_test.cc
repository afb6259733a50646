// The parts of the runtime that need no log: the queue, the chain, the envelope, the requests; and
// one partition by hand, where the simulation cannot go.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/runtime/chain.h"
#include "platform/runtime/command_queue.h"
#include "platform/runtime/partition.h"
#include "platform/runtime/replay.h"
#include "platform/runtime/requests.h"
#include "platform/store/memory_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::runtime {
namespace {

using namespace std::chrono_literals;

const Time kStart{Duration{1'800'000'000'000}};

// CommandQueue

Command call(const std::string& county, const std::string& name, bool bulk = false) {
  Command command;
  command.name = name;
  command.county = CountyId(county);
  command.bulk = bulk;
  return command;
}

std::string names(CommandQueue& queue) {
  std::string all;
  while (const auto command = queue.pop()) all += command->name;
  return all;
}

TEST(CommandQueue, CountiesTakeTurnsAndImportsStandBehindPeople) {
  CommandQueue queue(10);
  ASSERT_TRUE(queue.push(call("1", "i", true)));
  for (const auto* name : {"a", "b", "c"}) ASSERT_TRUE(queue.push(call("1", name)));
  ASSERT_TRUE(queue.push(call("2", "x")));
  ASSERT_TRUE(queue.push(call("3", "y")));
  EXPECT_EQ(names(queue), "axybci");
}

TEST(CommandQueue, ACountyThatIsFullTakesNoRoomFromTheOthers) {
  CommandQueue queue(2);
  ASSERT_TRUE(queue.push(call("1", "a")));
  ASSERT_TRUE(queue.push(call("1", "b")));
  auto over = call("1", "c");
  EXPECT_FALSE(queue.push(std::move(over)));
  EXPECT_EQ(over.name, "c") << "left with the caller";
  EXPECT_TRUE(queue.push(call("2", "x")));
  EXPECT_TRUE(queue.push(call("1", "i", true))) << "imports have a lane of their own";
  EXPECT_EQ(queue.size(), 4u);
}

TEST(CommandQueue, WhatIsDecidedAnewComesFirstAndInItsOrder) {
  CommandQueue queue(2);
  for (const auto* name : {"c", "d"}) ASSERT_TRUE(queue.push(call("1", name)));
  std::vector<Command> again;
  again.push_back(call("1", "a"));
  again.push_back(call("1", "b"));
  queue.requeue(std::move(again));
  EXPECT_EQ(names(queue), "abcd");
}

TEST(CommandQueue, TakesOutWhatIsLateAndKnowsWhenTheNextIs) {
  CommandQueue queue(10);
  for (int i = 1; i <= 4; ++i) {
    auto command = call(i % 2 == 0 ? "1" : "2", std::to_string(i));
    command.deadline = SteadyTime(std::chrono::seconds{i});
    ASSERT_TRUE(queue.push(std::move(command)));
  }
  EXPECT_EQ(queue.earliest_deadline(), SteadyTime(1s));
  EXPECT_EQ(queue.take_late(SteadyTime(3s)).size(), 3u);
  EXPECT_EQ(queue.earliest_deadline(), SteadyTime(4s));
  EXPECT_EQ(names(queue), "4");
  EXPECT_EQ(queue.earliest_deadline(), SteadyTime::max());
}

// Chain

Envelope record(const std::string& id, const std::string& prev, std::uint64_t sequence) {
  Envelope envelope;
  envelope.id = id;
  envelope.prev = prev;
  envelope.sequence = sequence;
  envelope.type = kNoOpType;
  envelope.time = kStart;
  return envelope;
}

TEST(Chain, OnlyWhatNamesTheTipIsValid) {
  Chain chain;
  EXPECT_EQ(chain.judge(record("a", "", 1)), Verdict::kValid);
  EXPECT_TRUE(chain.tip().empty()) << "judging moves nothing";
  chain.accept("a", 1, 0, kStart);
  chain.accept("b", 2, 1, kStart);
  EXPECT_EQ(chain.judge(record("c", "b", 3)), Verdict::kValid);
  EXPECT_EQ(chain.judge(record("d", "a", 2)), Verdict::kVoid) << "decided on an older tip";
  EXPECT_EQ(chain.judge(record("e", "d", 3)), Verdict::kVoid) << "behind a void one of its batch";
  EXPECT_EQ(chain.judge(record("b", "a", 2)), Verdict::kVoid) << "a copy";
  EXPECT_EQ(chain.judge(record("f", "?", 3)), Verdict::kUnexplained);
  EXPECT_EQ(chain.judge(record("g", "b", 9)), Verdict::kBroken);
}

// Envelope

TEST(Envelope, ARecordComesBackAsItWas) {
  auto envelope = record("id", "prev", 7);
  envelope.type = "lianmeng.testing.v1.Added";
  envelope.effective_time = kStart - 24h;
  envelope.subject = "sums/合阳";
  envelope.county = CountyId("610524");
  envelope.host = "host-1";
  envelope.fold = 3;
  envelope.cause = Place{"tally", 4, 5};
  envelope.actor = Actor{Actor::Kind::kPerson, "610524-p1", "610524-p2"};
  envelope.request_id = "request";
  envelope.request_hash = std::string("\0\xff", 2);
  envelope.external_id = "文件/1";
  envelope.traceparent = "00-1-2-01";
  envelope.value = std::string("\0value", 6);
  const auto back = parse_record(to_record(envelope, "/lianmeng/tally/4"));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, envelope.id);
  EXPECT_EQ(back->prev, envelope.prev);
  EXPECT_EQ(back->sequence, envelope.sequence);
  EXPECT_EQ(back->type, envelope.type);
  EXPECT_EQ(back->time, envelope.time);
  EXPECT_EQ(back->effective_time, envelope.effective_time);
  EXPECT_EQ(back->subject, envelope.subject);
  EXPECT_EQ(back->county, envelope.county);
  EXPECT_EQ(back->host, envelope.host);
  EXPECT_EQ(back->fold, envelope.fold);
  EXPECT_EQ(back->cause, envelope.cause);
  ASSERT_TRUE(back->actor);
  EXPECT_EQ(to_string(*back->actor), to_string(*envelope.actor));
  EXPECT_EQ(back->request_id, envelope.request_id);
  EXPECT_EQ(back->request_hash, envelope.request_hash);
  EXPECT_EQ(back->external_id, envelope.external_id);
  EXPECT_EQ(back->traceparent, envelope.traceparent);
  EXPECT_EQ(back->value, envelope.value);
}

// The headers with another value for `name`, or without it.
log::Headers with(const log::Headers& headers, std::string_view name,
                  std::optional<std::string_view> value) {
  log::Headers changed;
  for (const auto& header : headers) {
    if (header.name != name) {
      changed.add(header.name, header.value);
    } else if (value) {
      changed.add(name, *value);
    }
  }
  return changed;
}

TEST(Envelope, ARecordThatIsNoneOfOursIsNothing) {
  EXPECT_FALSE(parse_record(log::Record{}));
  for (const std::string name : {"ce_id", "ce_prev", "ce_sequence", "ce_type"}) {
    auto bare = to_record(record("id", "prev", 7), "/lianmeng/tally/4");
    bare.headers = with(bare.headers, name, std::nullopt);
    EXPECT_FALSE(parse_record(std::move(bare))) << "without " << name;
  }
  auto damaged = to_record(record("id", "prev", 7), "/lianmeng/tally/4");
  damaged.headers = with(damaged.headers, "ce_sequence", "7x");
  EXPECT_FALSE(parse_record(std::move(damaged)));
}

// The runtime's own events, as they were first written: read for ever.
TEST(Golden, ARefusalThatWasEverKeptIsReadAsItWas) {
  const std::string bytes =
      std::string("\012\016DEMAND_UNKNOWN") + "\022\024\012\006demand" + "\022\012" + "230628-001";
  v1::RequestRefused refused;
  ASSERT_TRUE(refused.ParseFromString(bytes));
  EXPECT_EQ(refused.reason(), "DEMAND_UNKNOWN");
  ASSERT_EQ(refused.params_size(), 1);
  EXPECT_EQ(refused.params().at("demand"), "230628-001");
  EXPECT_EQ(refused.SerializeAsString(), bytes);
  EXPECT_EQ(v1::RequestRefused::descriptor()->field_count(), 2) << "a new field needs its bytes";
  EXPECT_EQ(std::string(kRequestRefusedType), v1::RequestRefused::descriptor()->full_name());
  EXPECT_EQ(std::string(kNoOpType), v1::NoOp::descriptor()->full_name());
}

TEST(Golden, ANoOpThatWasEverWrittenIsReadAsItWas) {
  v1::NoOp before;
  ASSERT_TRUE(before.ParseFromString(""));
  EXPECT_FALSE(before.has_digest());
  const std::string bytes("\011\001\002\003\004\005\006\007\010", 9);
  v1::NoOp noop;
  ASSERT_TRUE(noop.ParseFromString(bytes));
  EXPECT_EQ(noop.digest(), 0x0807060504030201U);
  EXPECT_EQ(noop.SerializeAsString(), bytes);
  EXPECT_EQ(v1::NoOp::descriptor()->field_count(), 1) << "a new field needs its bytes";
}

// Requests

class Requests : public ::testing::Test {
 protected:
  Requests() : random_(1), store_(store::open_memory_store()) {
    partition_ = std::move(store_->open("tally", 0, {1})->store);
  }

  Envelope request(Time id_time, Time time, const std::string& external = {}) {
    ++sequence_;
    auto envelope = record("r" + std::to_string(sequence_), "", sequence_);
    envelope.time = time;
    envelope.county = CountyId("610524");
    envelope.request_id = make_uuid_v7(id_time, random_);
    envelope.request_hash = "hash";
    envelope.external_id = external;
    return envelope;
  }

  static RequestKey key(const Envelope& envelope, const std::string& hash = "hash") {
    return {envelope.county, {}, envelope.request_id, envelope.external_id, hash};
  }

  std::size_t rows(const state::View& view) const {
    std::size_t count = 0;
    const auto cursor = view.cursor();
    for (cursor->seek(""); cursor->valid(); cursor->next()) ++count;
    return count;
  }

  SeededRandom random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::PartitionStore> partition_;
  std::uint64_t sequence_ = 0;
};

TEST_F(Requests, AreKeptForSevenDaysOfLogTimeAndRefusedBeforeTheyAreForgotten) {
  state::Layer state(*partition_);
  RequestSpan hint;
  const auto first = request(kStart, kStart);
  record_request(state, first, nullptr, hint);
  EXPECT_TRUE(std::holds_alternative<Known>(find_request(state, key(first), kStart + 5 * 24h)));
  EXPECT_TRUE(
      std::holds_alternative<Refusal>(find_request(state, key(first), kStart + 6 * 24h + 1ms)));
  auto later = record("noop", "", 2);
  later.time = kStart + 7 * 24h;
  record_request(state, later, nullptr, hint);
  EXPECT_EQ(rows(state), 1u);
  later.time += 1ms;
  record_request(state, later, nullptr, hint);
  EXPECT_EQ(rows(state), 0u);
}

TEST_F(Requests, AgeAFewAtATimeAndAlikeWithAndWithoutTheHint) {
  state::Layer with(*partition_);
  state::Layer without(*partition_);
  RequestSpan hint;
  for (int i = 0; i < 20; ++i) {
    const auto envelope = request(kStart + Duration{i}, kStart + Duration{i});
    RequestSpan cold;
    record_request(with, envelope, nullptr, hint);
    record_request(without, envelope, nullptr, cold);
  }
  auto noop = record("noop", "", 99);
  noop.time = kStart + 8 * 24h;
  for (const std::size_t left : {12u, 4u, 0u}) {
    RequestSpan cold;
    record_request(with, noop, nullptr, hint);
    record_request(without, noop, nullptr, cold);
    EXPECT_EQ(rows(with), left);
    EXPECT_EQ(rows(without), left);
  }
}

TEST_F(Requests, AnExternalIdIsKeptForEver) {
  state::Layer state(*partition_);
  RequestSpan hint;
  const auto first = request(kStart, kStart, "line-1");
  record_request(state, first, nullptr, hint);
  auto noop = record("noop", "", 2);
  noop.time = kStart + 24h * 400;
  record_request(state, noop, nullptr, hint);
  auto again = request(noop.time, noop.time, "line-1");
  EXPECT_TRUE(std::holds_alternative<Known>(find_request(state, key(again), noop.time)));
  EXPECT_TRUE(std::holds_alternative<Refusal>(find_request(state, key(again, "other"), noop.time)));
}

TEST_F(Requests, MadeLaterThanAllInTheStoreAreLookedForAboveItAlone) {
  state::Layer dirty(*partition_);
  RequestSpan span;
  const auto stored = request(kStart, kStart);
  record_request(dirty, stored, nullptr, span);
  ASSERT_TRUE(partition_->commit(dirty.changes()).has_value());
  dirty.clear();
  state::Layer overlay(dirty);
  const AboveStore above{&overlay, &dirty, span.newest_ms};
  const auto is_known = [&](const Envelope& envelope) {
    return std::holds_alternative<Known>(find_request(overlay, key(envelope), kStart, &above));
  };
  EXPECT_TRUE(is_known(stored));
  for (auto* layer : {&dirty, &overlay}) {
    const auto later = request(kStart + 1ms, kStart);
    EXPECT_FALSE(is_known(later));
    record_request(*layer, later, nullptr, span);
    EXPECT_TRUE(is_known(later));
  }
  EXPECT_EQ(span.newest_ms, 1 + static_cast<std::uint64_t>(kStart.time_since_epoch().count()));
}

// Partition

class ByHand : public ::testing::Test {
 protected:
  ByHand() : random_(1), store_(store::open_memory_store()) {}

  std::unique_ptr<Partition> open(log::Offset end) {
    auto partition =
        std::make_unique<Partition>(PartitionConfig{}, testing::tally_fold(),
                                    std::move(store_->open("tally", 0, {1})->store), random_);
    partition->open(now_);
    const auto effects = partition->take_effects();
    partition->on_end_offset(*effects.ask_end, end, now_);
    return partition;
  }

  log::Record at(log::Offset offset, const Envelope& envelope) {
    auto landed = to_record(envelope, "/lianmeng/tally/0");
    landed.offset = offset;
    landed.stamp = kStart;
    return landed;
  }

  Now now_{kStart, SteadyTime(1s)};
  SeededRandom random_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(ByHand, AnEventThatThisVersionDoesNotKnowIsNeverPassedOver) {
  auto unknown = record("b", "a", 2);
  unknown.type = "lianmeng.testing.v1.OfTomorrow";
  auto partition = open(2);
  partition->on_records(Partition::kOwnLog, {at(0, record("a", "", 1)), at(1, unknown)}, 2, now_);
  ASSERT_TRUE(partition->failure());
  EXPECT_EQ(partition->failure()->reason, "EVENT_UNKNOWN");
  EXPECT_LE(partition->next_wakeup(), now_.steady) << "the driver hears of it at once";
  EXPECT_EQ(partition->tip().sequence, 1u);
  ASSERT_TRUE(partition->flush());
  partition.reset();
  // Started again, it stands before that event.
  partition = open(2);
  partition->on_records(Partition::kOwnLog, {at(0, record("a", "", 1)), at(1, unknown)}, 2, now_);
  ASSERT_TRUE(partition->failure()) << "the event was passed over";
  EXPECT_EQ(partition->failure()->reason, "EVENT_UNKNOWN");
}

TEST_F(ByHand, ALogWithoutItsHeadIsNotTakenForAnEmptyOne) {
  auto partition = open(10);
  partition->on_records(Partition::kOwnLog, {at(9, record("z", "y", 10))}, 10, now_);
  ASSERT_TRUE(partition->failure());
  EXPECT_EQ(partition->failure()->reason, "LOG_CHANGED");
}

TEST_F(ByHand, ServesOnceTheFollowedLogsAreReadAsFarAsTheyWentWhenItOpened) {
  const auto open = [&] {
    auto partition =
        std::make_unique<Partition>(PartitionConfig{}, testing::mirror_fold(),
                                    std::move(store_->open("mirror", 0, {1})->store), random_);
    partition->open(now_);
    const auto effects = partition->take_effects();
    EXPECT_EQ(effects.ask_followed_ends, std::vector<int>{0});
    partition->on_end_offset(*effects.ask_end, 0, now_);
    return partition;
  };
  auto partition = open();
  EXPECT_EQ(partition->not_ready(),
            "mirror/0 is reading the log of tally, which it follows: 0 of ? records read");
  // No answer: it is asked again.
  partition->on_followed_end(0, fail(ErrorKind::kUnavailable, "END_OFFSET_FAILED", "no"), now_);
  partition->advance(now_);
  EXPECT_TRUE(partition->take_effects().ask_followed_ends.empty());
  ASSERT_GT(partition->next_wakeup(), now_.steady);
  now_.steady = partition->next_wakeup();
  partition->advance(now_);
  EXPECT_EQ(partition->take_effects().ask_followed_ends, std::vector<int>{0});
  partition->on_followed_end(0, 20, now_);
  std::vector<log::Record> records;
  for (int i = 0; i < 20; ++i) {
    const auto prev = i == 0 ? "" : std::to_string(i - 1);
    records.push_back(at(i, record(std::to_string(i), prev, static_cast<std::uint64_t>(i) + 1)));
  }
  const auto last = std::move(records.back());
  records.pop_back();
  partition->on_records(0, std::move(records), 19, now_);
  EXPECT_EQ(partition->not_ready(),
            "mirror/0 is reading the log of tally, which it follows: 19 of 20 records read");
  partition->on_records(0, {last}, 20, now_);
  EXPECT_EQ(partition->state(), Partition::State::kServing);
  // With what it read stored, a followed log that is shorter now is another one.
  ASSERT_GT(partition->unflushed(), 0u);
  ASSERT_TRUE(partition->flush());
  partition.reset();
  partition = open();
  partition->on_followed_end(0, 1, now_);
  ASSERT_TRUE(partition->failure());
  EXPECT_EQ(partition->failure()->reason, "LOG_CHANGED");
}

// The mirror on host b, behind host a.
class StandbyByHand : public ByHand {
 protected:
  StandbyByHand() {
    PartitionConfig config;
    config.host = "b";
    config.hosts = {"a", "b"};
    partition_ = std::make_unique<Partition>(
        config, testing::mirror_fold(), std::move(store_->open("mirror", 0, {1})->store), random_);
    partition_->open(now_);
    partition_->on_end_offset(*partition_->take_effects().ask_end, 0, now_);
    partition_->on_followed_end(0, 0, now_);
    EXPECT_EQ(partition_->state(), Partition::State::kServing);
  }

  // What the policy has to answer comes from the tally…
  void event_comes(int number) {
    auto added =
        record(fmt::format("t{}", number), number == 1 ? "" : fmt::format("t{}", number - 1),
               static_cast<std::uint64_t>(number));
    testing::v1::Added event;
    event.set_amount(2);
    added.type = testing::v1::Added::descriptor()->full_name();
    added.value = event.SerializeAsString();
    partition_->on_records(0, {at(number - 1, added)}, number, now_);
    partition_->advance(now_);
  }
  // …and host a's answer to it from the own log.
  void answer_comes(int number) {
    auto mirrored =
        record(fmt::format("m{}", number), number == 1 ? "" : fmt::format("m{}", number - 1),
               static_cast<std::uint64_t>(number));
    mirrored.type = testing::v1::Mirrored::descriptor()->full_name();
    mirrored.host = "a";
    mirrored.cause = Place{"tally", 0, static_cast<std::uint64_t>(number)};
    partition_->on_records(Partition::kOwnLog, {at(number - 1, mirrored)}, number, now_);
    partition_->advance(now_);
  }
  void pass(Duration time) {
    now_.steady += time;
    now_.wall += time;
    partition_->advance(now_);
  }

  std::unique_ptr<Partition> partition_;
};

TEST_F(StandbyByHand, HandsACommandOnOnceItsTokenIsReached) {
  event_comes(1);
  Command command;
  command.tokens = {{"tally", 0, 1}};
  command.deadline = now_.steady + 10s;
  partition_->on_command(std::move(command), now_);
  partition_->advance(now_);
  EXPECT_TRUE(partition_->take_effects().forwards.empty()) << "host a has yet to answer that event";
  answer_comes(1);
  EXPECT_EQ(partition_->take_effects().forwards.size(), 1u);
}

// Each event is answered 150 ms after it came, and by then there is another one.
TEST_F(StandbyByHand, LeavesTheWorkToAHostThatGetsOnWithIt) {
  event_comes(1);
  for (int i = 1; i <= 50; ++i) {
    pass(100ms);
    event_comes(i + 1);
    pass(50ms);
    answer_comes(i);
    ASSERT_TRUE(partition_->take_effects().appends.empty()) << "after " << i * 150 << " ms";
  }
  pass(600ms);
  EXPECT_TRUE(partition_->take_effects().appends.empty());
  pass(150ms);
  EXPECT_EQ(partition_->take_effects().appends.size(), 1u) << "host a has fallen silent";
}

TEST_F(ByHand, WithAClockThatIsOffCallsAreRefusedAtOnceUntilTheLogSaysThatItIsRight) {
  auto partition = open(0);
  partition->take_effects();
  std::vector<std::string> told;
  const auto call = [&] {
    Command command;
    command.county = CountyId("610524");
    command.decide = testing::add("a", 1);
    command.deadline = now_.steady + 10s;
    command.done = [&](const CommandResult& answer) {
      told.push_back(answer.error() == nullptr ? "" : answer.error()->reason);
    };
    partition->on_command(std::move(command), now_);
    partition->advance(now_);
  };
  log::Offset end = 0;
  auto right = now_.wall;
  // What the partition appends lands, with the right time.
  const auto lands = [&] {
    const auto effects = partition->take_effects();
    if (effects.appends.size() != 1) return false;
    log::AppendOutcome outcome;
    outcome.fate = log::AppendOutcome::Fate::kDurable;
    outcome.offsets = {end++};
    outcome.stamps = {right};
    partition->on_append_outcome(effects.appends[0].ticket, std::move(outcome), now_);
    partition->advance(now_);
    return true;
  };
  const auto pass = [&](Duration time) {
    now_.steady += time;
    now_.wall += time;
    right += time;
    partition->advance(now_);
  };
  now_.wall += 1h;
  call();
  ASSERT_TRUE(lands()) << "the log is asked for the time";
  EXPECT_EQ(told, std::vector<std::string>{"CLOCK_OFF"});
  call();
  EXPECT_EQ(told.size(), 2u) << "it waits for the next look at the clock";
  EXPECT_FALSE(lands()) << "a look costs a record";
  EXPECT_NE(partition->not_ready(), "");
  // It is looked at again without a call, more and more seldom.
  int looks = 0;
  for (int second = 0; second < 300; ++second) {
    pass(1s);
    looks += lands() ? 1 : 0;
  }
  EXPECT_GE(looks, 6 + 3);
  EXPECT_LE(looks, 6 + 5);
  // Set right, it is asked about at once.
  now_.wall = right;
  ASSERT_LE(partition->next_wakeup(), now_.steady + 1s);
  pass(1s);
  EXPECT_TRUE(lands());
  EXPECT_EQ(partition->not_ready(), "");
  call();
  EXPECT_TRUE(lands());
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told.back(), "");
  // Set while the log is asked, its stamp tells nothing of the clock.
  now_.wall += 1h;
  call();
  now_.wall = right;
  for (int appends = 0; appends < 3; ++appends) EXPECT_TRUE(lands()) << "asked again, then decided";
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told.back(), "");
}

TEST_F(ByHand, DrainedItAsksForTheTimeAgainWhereAValidationWaitsForIt) {
  auto partition = open(0);
  partition->take_effects();
  bool answered = false;
  Command command;
  command.county = CountyId("610524");
  command.validate_only = true;
  command.decide = testing::add("a", 1);
  command.deadline = now_.steady + 10s;
  command.done = [&](const CommandResult&) { answered = true; };
  partition->on_command(std::move(command), now_);
  partition->drain(true);
  partition->on_end_offset(*partition->take_effects().ask_end, 0, now_);
  partition->advance(now_);
  auto effects = partition->take_effects();
  ASSERT_EQ(effects.appends.size(), 1u);
  log::AppendOutcome failed;
  failed.fate = log::AppendOutcome::Fate::kFailed;
  partition->on_append_outcome(effects.appends[0].ticket, std::move(failed), now_);
  partition->advance(now_);
  ASSERT_LE(partition->next_wakeup(), now_.steady + 1s);
  now_.steady = partition->next_wakeup();
  partition->advance(now_);
  EXPECT_EQ(partition->take_effects().appends.size(), 1u);
  EXPECT_FALSE(answered);
}

TEST_F(ByHand, CallersOfADamagedLogAreToldInBothLanguagesAndOperatorsWhere) {
  auto partition = open(0);
  std::vector<Error> told;
  const auto call = [&] {
    Query query;
    query.done = [&](const Result<QueryContext>& answer) { told.push_back(answer.error()); };
    partition->on_query(std::move(query), now_);
    Command command;
    command.done = [&](const CommandResult& answer) { told.push_back(*answer.error()); };
    partition->on_command(std::move(command), now_);
    Watch watch;
    watch.on_end = [&](const Error& error) { told.push_back(error); };
    partition->on_watch(std::move(watch));
  };
  call();  // They wait when it fails.
  ASSERT_TRUE(told.empty());
  partition->on_follow_error(Partition::kOwnLog,
                             make_error(ErrorKind::kDataLoss, "LOG_DAMAGED",
                                        "a record is damaged: /srv/log/segment-1.log at byte 7"),
                             now_);
  call();  // And these come after.
  ASSERT_EQ(told.size(), 6u);
  for (const auto& error : told) {
    EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
    EXPECT_EQ(error.reason, "LOG_DAMAGED");
    EXPECT_EQ(error.message_zh, "本县的数据日志损坏，tally/0 已停止服务。请联系运维恢复。");
    EXPECT_EQ(error.message_en,
              "tally/0 has stopped: its log is damaged. Call the operator: log and readiness say "
              "where.");
  }
  for (const auto& text : {partition->not_ready(), partition->failure()->message_en}) {
    EXPECT_NE(text.find("/srv/log/segment-1.log at byte 7"), std::string::npos) << text;
  }
}

TEST_F(ByHand, ATipThatIsGoneIsNoticedAtStartAndAtAnUnexplainedRecord) {
  auto partition = open(1);
  partition->on_records(Partition::kOwnLog, {at(0, record("a", "", 1))}, 1, now_);
  ASSERT_EQ(partition->state(), Partition::State::kServing);
  // What nobody can have decided on what is here: is this still the same log?
  partition->on_records(Partition::kOwnLog, {at(1, record("z", "y", 10))}, 2, now_);
  const auto effects = partition->take_effects();
  ASSERT_EQ(effects.verify_tip, 0);
  bool answered = false;
  Query query;
  query.done = [&](const Result<QueryContext>&) { answered = true; };
  partition->on_query(std::move(query), now_);
  partition->advance(now_);
  partition->on_end_offset(*partition->take_effects().ask_end, 2, now_);
  EXPECT_FALSE(answered) << "nothing is told until that is known";
  ASSERT_TRUE(partition->flush());
  partition->on_tip_read(at(1, record("z", "y", 10)), now_);
  ASSERT_TRUE(partition->failure()) << "the record at another offset is not the tip";
  EXPECT_EQ(partition->failure()->reason, "LOG_CHANGED");
  EXPECT_TRUE(answered);
  partition.reset();
  partition = open(2);
  partition->on_records(Partition::kOwnLog, {}, 2, now_);
  ASSERT_TRUE(partition->failure()) << "there is nothing at the tip's offset";
  EXPECT_EQ(partition->failure()->reason, "LOG_CHANGED");
}

// Of a state that folded nothing but no-ops.
TEST_F(ByHand, ANoOpOfAHostWithAnotherStateEndsAPartitionThatServes) {
  auto partition = open(1);
  partition->on_records(Partition::kOwnLog, {at(0, record("a", "", 1))}, 1, now_);
  ASSERT_EQ(partition->state(), Partition::State::kServing);
  auto same = record("b", "a", 2);
  same.fold = testing::tally_fold().version();
  same.value = noop_bytes(partition->digest());
  auto other_fold = record("c", "b", 3);
  other_fold.fold = same.fold + 1;
  other_fold.value = noop_bytes(12345);
  auto of_old = record("d", "c", 4);
  of_old.fold = same.fold;  // Written before no-ops had a digest.
  partition->on_records(Partition::kOwnLog, {at(1, same), at(2, other_fold), at(3, of_old)}, 4,
                        now_);
  ASSERT_FALSE(partition->failure()) << partition->failure()->message_en;
  EXPECT_EQ(partition->tip().sequence, 4u);
  auto wrong = record("e", "d", 5);
  wrong.fold = same.fold;
  wrong.host = "host-7";
  wrong.value = noop_bytes(0x0123456789abcdef);
  const auto here = partition->digest();
  partition->on_records(Partition::kOwnLog, {at(4, wrong)}, 5, now_);
  ASSERT_TRUE(partition->failure());
  EXPECT_EQ(partition->failure()->reason, "STATE_DIFFERS");
  const auto told = partition->failure()->message_en;
  EXPECT_NE(told.find("tally/0: host host-7 wrote event 5"), std::string::npos) << told;
  EXPECT_NE(told.find("0123456789abcdef"), std::string::npos) << told;
  EXPECT_NE(told.find(fmt::format("{:016x}", here)), std::string::npos) << told;
  EXPECT_EQ(partition->stats().differing_digests, 1u);
  // What was written before a host serves is told and no more: the log holds it for ever.
  partition.reset();
  store_ = store::open_memory_store();
  partition = open(5);
  partition->on_records(
      Partition::kOwnLog,
      {at(0, record("a", "", 1)), at(1, same), at(2, other_fold), at(3, of_old), at(4, wrong)}, 5,
      now_);
  EXPECT_EQ(partition->state(), Partition::State::kServing);
  EXPECT_EQ(partition->difference(), told);
  EXPECT_EQ(partition->stats().differing_digests, 1u);
}

TEST_F(ByHand, TheDigestIsOfEachRecordInItsPlaceAndComesBackWithTheState) {
  const auto folded = [&](std::vector<std::string> names) {
    store_ = store::open_memory_store();
    const auto next = static_cast<log::Offset>(names.size());
    auto partition = open(next);
    std::vector<log::Record> records;
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto added = record(std::to_string(i + 1), i == 0 ? "" : std::to_string(i), i + 1);
      added.county = CountyId("610524");
      testing::v1::Added event;
      event.set_name(names[i]);
      event.set_amount(1);
      event.set_sum(1);
      added.type = testing::v1::Added::descriptor()->full_name();
      added.value = event.SerializeAsString();
      records.push_back(at(static_cast<log::Offset>(i), added));
    }
    partition->on_records(Partition::kOwnLog, std::move(records), next, now_);
    EXPECT_EQ(partition->tip().sequence, names.size());
    EXPECT_TRUE(partition->flush());
    const auto digest = partition->digest();
    partition.reset();
    EXPECT_EQ(open(next)->digest(), digest);
    return digest;
  };
  const auto digest = folded({"a", "b"});
  EXPECT_EQ(folded({"a", "b"}), digest);
  EXPECT_NE(folded({"b", "a"}), digest);
  EXPECT_NE(folded({"a"}), digest);
  EXPECT_NE(folded({"a", "c"}), digest);
}

TEST_F(ByHand, CallsThatWaitAreBoundedAndEachIsAnswered) {
  PartitionConfig config;
  config.waiting_max = 3;
  int busy = 0;
  int closed = 0;
  Partition partition(config, testing::tally_fold(),
                      std::move(store_->open("tally", 0, {1})->store), random_);
  partition.open(now_);
  for (int i = 0; i < 5; ++i) {
    Query query;
    query.tokens = {{"tally", 0, 99}};
    query.done = [&](const Result<QueryContext>& context) {
      ++(context.error().reason == "BUSY" ? busy : closed);
    };
    partition.on_query(std::move(query), now_);
  }
  EXPECT_EQ(busy, 2);
  partition.close(now_);
  EXPECT_EQ(closed, 3);
}

}  // namespace
}  // namespace lianmeng::runtime
