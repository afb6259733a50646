// The runtime as production wires it: loops, the embedded log, both stores.
#include "platform/runtime/runtime.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "platform/log/embedded/embedded_log.h"
#include "platform/runtime/envelope.h"
#include "platform/store/memory_store.h"
#include "platform/store/rocks_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {
namespace {

using runtime::Accepted;
using runtime::Command;
using runtime::CommandResult;
using runtime::QueryContext;

const CountyId kCounty("610524");

using Rows = std::map<std::string, std::string>;

// The first key in which two states differ; empty when they are the same.
std::string difference(const Rows& is, const Rows& was) {
  for (const auto& [key, value] : is) {
    const auto found = was.find(key);
    if (found == was.end()) return "new: " + ::testing::PrintToString(key);
    if (found->second != value) return "changed: " + ::testing::PrintToString(key);
  }
  for (const auto& [key, value] : was) {
    if (!is.contains(key)) return "gone: " + ::testing::PrintToString(key);
  }
  return {};
}

// A fold whose timers and policies make events that no record can hold.
class Bloated final : public runtime::Fold {
 public:
  explicit Bloated(const runtime::Fold& fold) : fold_(fold) {
    for (auto foreign : fold.foreign()) {
      foreign.policy = [policy = foreign.policy](
                           const state::View& view, const google::protobuf::Message& event,
                           const EventMeta& meta, const DecideContext& context) {
        auto decision = policy(view, event, meta, context);
        auto* answer = std::get_if<runtime::EventPtr>(&decision);
        if (answer == nullptr) return decision;
        auto mirrored = static_cast<const v1::MirrorEvent&>(**answer);
        if (mirrored.mirrored().amount() != kBloats) return decision;
        mirrored.mutable_mirrored()->set_name(std::string(log::kRecordBytesMax, 'x'));
        return runtime::RawPolicyDecision(std::make_shared<v1::MirrorEvent>(mirrored));
      };
      foreign_.push_back(std::move(foreign));
    }
  }
  static constexpr int kBloats = 4;  // What a policy is to answer with too much.

  std::string_view service() const override { return fold_.service(); }
  int version() const override { return fold_.version(); }
  const google::protobuf::Message& prototype() const override { return fold_.prototype(); }
  std::span<const Reason* const> reasons() const override { return fold_.reasons(); }
  void apply(state::Tx& state, const google::protobuf::Message& event,
             const EventMeta& meta) const override {
    fold_.apply(state, event, meta);
  }
  std::string subject(const google::protobuf::Message& event) const override {
    return fold_.subject(event);
  }
  std::vector<std::string> timer_prefixes() const override { return fold_.timer_prefixes(); }
  std::optional<runtime::TimerDue> next_timer(const state::View& view) const override {
    return fold_.next_timer(view);
  }
  runtime::EventPtr fire_timer(const state::View&, const DecideContext&) const override {
    auto event = std::make_shared<v1::TallyEvent>();
    event->mutable_reminded()->set_name(std::string(log::kRecordBytesMax, 'x'));
    return event;
  }
  std::span<const runtime::Foreign> foreign() const override { return foreign_; }

 private:
  const runtime::Fold& fold_;
  std::vector<runtime::Foreign> foreign_;
};

class RuntimeTest : public ::testing::Test {
 protected:
  RuntimeTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "runtime-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~RuntimeTest() override {
    stop();
    std::filesystem::remove_all(folder_);
  }

  void start(runtime::RuntimeConfig config = {}, std::unique_ptr<store::Store> given = nullptr) {
    log::EmbeddedLogConfig log_config;
    log_config.path = folder_ + "/log";
    log_config.segment_bytes = 1024 * 1024;
    auto log = log::EmbeddedLog::open(log_config, clock_, [](auto, const std::string&) {});
    ASSERT_TRUE(log) << log.error().message_en;
    log_ = std::move(*log);
    if (given) {
      store_ = std::move(given);
    } else {
      store::RocksConfig store_config;
      store_config.path = folder_ + "/store";
      auto store = store::open_rocks_store(store_config);
      ASSERT_TRUE(store) << store.error().message_en;
      store_ = std::move(*store);
    }
    config.loops = 2;
    runtime_ = std::make_unique<runtime::Runtime>(
        config, *log_, *store_, clock_, [this](std::string_view, const std::string& text) {
          const std::lock_guard lock(told_mutex_);
          told_ += text;
        });
    runtime_->add_service(*tally_);
    runtime_->add_service(*mirror_);
    ASSERT_TRUE(runtime_->start());
  }

  void stop_runtime() { runtime_.reset(); }
  void stop() {
    stop_runtime();
    store_.reset();
    log_.reset();
  }

  Command command(const std::string& name, std::int64_t amount) {
    Command command;
    command.name = "Add";
    command.county = kCounty;
    command.actor = {Actor::Kind::kPerson, "610524-p1", ""};
    command.request_id = make_uuid_v7(clock_.now(), random_);
    command.request_hash = fmt::format("{}+{}", name, amount);
    command.deadline = clock_.steady() + std::chrono::seconds{30};
    command.decide = add(name, amount);
    return command;
  }

  struct Answer {
    std::variant<Accepted, Error> outcome;
    std::int64_t sum = -1;  // As the answer's view shows it.
    bool accepted() const { return std::holds_alternative<Accepted>(outcome); }
    const Accepted& ok() const { return std::get<Accepted>(outcome); }
    const Error& error() const { return std::get<Error>(outcome); }
  };

  std::future<Answer> send(Command command, const std::string& name = "a") {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    command.done = [promise, name](const CommandResult& result) {
      Answer answer{result.outcome};
      if (result.view != nullptr) answer.sum = tally_of(*result.view, kCounty, name);
      promise->set_value(std::move(answer));
    };
    runtime_->submit("tally", std::move(command));
    return future;
  }

  template <class Value>
  Value read(const std::string& service, std::vector<Place> tokens,
             std::function<Value(const QueryContext&)> look) {
    auto promise = std::make_shared<std::promise<Value>>();
    auto future = promise->get_future();
    runtime::Query query;
    query.county = kCounty;
    query.tokens = std::move(tokens);
    query.deadline = clock_.steady() + std::chrono::seconds{30};
    query.done = [promise, look](const Result<QueryContext>& context) {
      EXPECT_TRUE(context) << context.error().message_en;
      promise->set_value(context ? look(*context) : Value{});
    };
    runtime_->query(service, std::move(query));
    return future.get();
  }

  std::int64_t sum(const std::string& name) {
    return read<std::int64_t>("tally", {}, [name](const QueryContext& context) {
      return tally_of(*context.view, kCounty, name);
    });
  }

  // To the operator.
  bool was_told(const std::string& text) {
    const std::lock_guard lock(told_mutex_);
    return told_.find(text) != std::string::npos;
  }

  // Every row of the fold, without the positions of this host.
  Rows state(const std::string& service) {
    return read<Rows>(service, {}, [](const QueryContext& context) {
      Rows rows;
      const auto cursor = context.view->cursor();
      for (cursor->seek(std::string_view("\x03", 1)); cursor->valid(); cursor->next()) {
        rows.emplace(cursor->key(), cursor->value());
      }
      return rows;
    });
  }

  SystemClock clock_;
  SystemRandom random_;
  std::string folder_;
  const runtime::Fold* tally_ = &tally_fold();
  const runtime::Fold* mirror_ = &mirror_fold();
  std::mutex told_mutex_;
  std::string told_;
  std::unique_ptr<log::EmbeddedLog> log_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<runtime::Runtime> runtime_;
};

// A store on a disk that is full for so many commits, and how many rows the largest one had.
class FullDisk final : public store::Store {
 public:
  FullDisk(std::unique_ptr<store::Store> store, int refusals)
      : store_(std::move(store)), refusals_(refusals) {}

  Result<store::OpenedPartition> open(std::string_view service, int partition,
                                      const store::StoreIdentity& identity) override {
    auto opened = store_->open(service, partition, identity);
    if (opened) opened->store = std::make_unique<Partition>(*this, std::move(opened->store));
    return opened;
  }
  bool has(std::string_view service, int partition) const override {
    return store_->has(service, partition);
  }
  std::size_t rows_max() const { return rows_max_; }
  bool is_full() const { return refusals_ > 0; }

 private:
  class Partition final : public store::PartitionStore {
   public:
    Partition(FullDisk& disk, std::unique_ptr<store::PartitionStore> rows)
        : disk_(disk), rows_(std::move(rows)) {}
    bool get(std::string_view key, std::string* value) const override {
      return rows_->get(key, value);
    }
    std::unique_ptr<state::Cursor> cursor() const override { return rows_->cursor(); }
    Status commit(const state::Changes& changes) override {
      disk_.rows_max_ = std::max(disk_.rows_max_, changes.size());
      if (disk_.refusals_ > 0) {
        --disk_.refusals_;
        return fail(ErrorKind::kResourceExhausted, "STORE_DISK_FULL", "the disk is full");
      }
      return rows_->commit(changes);
    }
    Status clear() override { return rows_->clear(); }

   private:
    FullDisk& disk_;
    const std::unique_ptr<store::PartitionStore> rows_;
  };

  const std::unique_ptr<store::Store> store_;
  int refusals_;  // The loop's alone, as rows_max_, until the runtime has stopped.
  std::size_t rows_max_ = 0;
};

// The second refusal comes a second after the first: time enough to read the whole log.
TEST_F(RuntimeTest, ALogThatIsLongerThanMemoryMayHoldIsNotReadOntoAFullDisk) {
  constexpr int kEvents = 3'000;          // A county's queue takes 4,096.
  constexpr std::size_t kDelivery = 128;  // Of the embedded log, at most.
  start();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < kEvents; ++i) answers.push_back(send(command(fmt::format("n{}", i), 1)));
  for (auto& answer : answers) ASSERT_TRUE(answer.get().accepted());
  stop();
  std::filesystem::remove_all(folder_ + "/store");

  runtime::RuntimeConfig config;
  config.loop.flush_events = 100;
  config.loop.overfull = 4;
  config.loop.read_ahead = 50;
  auto disk = std::make_unique<FullDisk>(store::open_memory_store(), 3);
  const auto& full = *disk;
  start(config, std::move(disk));
  EXPECT_EQ(sum(fmt::format("n{}", kEvents - 1)), 1)
      << "there is room again: it is read to its end";
  stop_runtime();
  EXPECT_FALSE(full.is_full());
  // Its sum and its request each, and where the host stands.
  const auto events_max = 4 * config.loop.flush_events + 3 * kDelivery;
  EXPECT_LE(full.rows_max(), 2 * events_max + 3);
}

TEST_F(RuntimeTest, AcceptedMeansAppliedAndReadable) {
  start();
  const auto answer = send(command("a", 7)).get();
  ASSERT_TRUE(answer.accepted());
  EXPECT_EQ(answer.ok().subject, "sums/a");
  EXPECT_EQ(answer.sum, 7);
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, TheSameRequestTwiceIsOneEventAndOneAnswer) {
  start();
  auto first = command("a", 7);
  auto again = first;
  const auto one = send(first).get();
  ASSERT_TRUE(one.accepted());
  while (clock_.now() <= one.ok().time) std::this_thread::yield();
  const auto two = send(again).get();
  ASSERT_TRUE(two.accepted());
  EXPECT_EQ(one.ok().place, two.ok().place);
  EXPECT_FALSE(one.ok().repeated);
  EXPECT_TRUE(two.ok().repeated);
  // Who may see what of the answer is judged by now, not by then.
  EXPECT_GT(two.ok().time, one.ok().time);
  EXPECT_EQ(two.sum, 7);
}

TEST_F(RuntimeTest, TheSameRequestTwiceAtOnceIsOneEvent) {
  start();
  auto first = command("a", 7);
  auto again = first;
  auto one = send(first);
  auto two = send(again);
  EXPECT_EQ(one.get().ok().place, two.get().ok().place);
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, ARequestIdWithAnotherPayloadIsRefused) {
  start();
  auto first = command("a", 7);
  auto other = command("a", 8);
  other.request_id = first.request_id;
  ASSERT_TRUE(send(first).get().accepted());
  EXPECT_EQ(send(other).get().error().reason, "REQUEST_ID_REUSED");
}

TEST_F(RuntimeTest, ARequestIdOutsideItsWindowIsRefused) {
  start();
  using std::chrono::hours;
  auto old = command("a", 1);
  old.request_id = make_uuid_v7(clock_.now() - hours{6 * 24 + 1}, random_);
  auto ahead = command("a", 1);
  ahead.request_id = make_uuid_v7(clock_.now() + hours{2}, random_);
  auto none = command("a", 1);
  none.request_id = "12345";
  EXPECT_EQ(send(old).get().error().reason, "REQUEST_ID_EXPIRED");
  EXPECT_EQ(send(ahead).get().error().reason, "REQUEST_ID_EXPIRED");
  EXPECT_EQ(send(none).get().error().reason, "INVALID_FIELD");
}

TEST_F(RuntimeTest, AnExternalIdIsUniqueForEver) {
  start();
  auto first = command("a", 7);
  first.external_id = "file-1/line-1";
  auto next_year = command("a", 7);
  next_year.external_id = first.external_id;
  auto other = command("a", 9);
  other.external_id = first.external_id;
  const auto one = send(first).get();
  const auto two = send(next_year).get();
  EXPECT_EQ(one.ok().place, two.ok().place);
  EXPECT_TRUE(two.ok().repeated);
  EXPECT_EQ(send(other).get().error().reason, "EXTERNAL_ID_REUSED");
  EXPECT_EQ(sum("a"), 7);
}

TEST_F(RuntimeTest, ValidateOnlyAnswersAndAppendsNothing) {
  start();
  auto trial = command("a", 7);
  trial.validate_only = true;
  const auto answer = send(trial).get();
  ASSERT_TRUE(answer.accepted());
  EXPECT_TRUE(answer.ok().validated);
  EXPECT_EQ(answer.sum, 7) << "the answer shows what would be";
  EXPECT_EQ(sum("a"), 0);
  auto refused = command("a", kTallyCeiling + 1);
  refused.validate_only = true;
  EXPECT_EQ(send(refused).get().error().reason, "OUT_OF_BOUNDS");
}

TEST_F(RuntimeTest, ARefusalOfTheFirstAttemptLeavesNoTrace) {
  start();
  ASSERT_TRUE(send(command("a", 1)).get().accepted());
  const auto before = send(command("a", 1)).get().ok().place.sequence;
  EXPECT_EQ(send(command("a", kTallyCeiling)).get().error().reason, "OUT_OF_BOUNDS");
  EXPECT_EQ(send(command("a", 1)).get().ok().place.sequence, before + 1);
}

TEST_F(RuntimeTest, ARefusalOfARetryIsKeptUnderItsRequest) {
  start();
  ASSERT_TRUE(send(command("a", 1)).get().accepted());
  const auto before = send(command("a", 1)).get().ok().place.sequence;
  auto retry = command("a", kTallyCeiling);
  retry.repeat = true;
  EXPECT_EQ(send(retry).get().error().reason, "OUT_OF_BOUNDS");
  // A late copy of the first attempt finds the refusal.
  retry.repeat = false;
  const auto late = send(retry).get();
  EXPECT_EQ(late.error().reason, "OUT_OF_BOUNDS");
  EXPECT_EQ(late.error().metadata.at("sum"), "2");
  EXPECT_EQ(send(command("a", 1)).get().ok().place.sequence, before + 2);
}

TEST_F(RuntimeTest, ACallPastItsDeadlineIsNotDecided) {
  start();
  auto late = command("a", 7);
  late.deadline = clock_.steady() - std::chrono::seconds{1};
  EXPECT_EQ(send(late).get().error().reason, "DEADLINE_PASSED");
  EXPECT_EQ(sum("a"), 0);
}

TEST_F(RuntimeTest, ATokenIsWaitedForAcrossServices) {
  start();
  for (int i = 0; i < 50; ++i) {
    const auto place = send(command("a", 2)).get().ok().place;
    const auto seen = read<std::pair<std::int64_t, std::int64_t>>(
        "mirror", {place}, [](const QueryContext& context) {
          return std::pair{projected_of(*context.view, kCounty, "a"),
                           mirrored_of(*context.view, kCounty, "a")};
        });
    EXPECT_EQ(seen.first, 2 * (i + 1)) << "the projection";
    EXPECT_EQ(seen.second, 2 * (i + 1)) << "and the policy's own record";
  }
}

TEST_F(RuntimeTest, ACommandWaitsForItsTokenNoLongerThanItsDeadline) {
  start();
  auto waits = command("a", 7);
  waits.tokens = {{"tally", partition_of(kCounty), 1'000'000}};
  waits.deadline = clock_.steady() + std::chrono::milliseconds{50};
  EXPECT_EQ(send(waits).get().error().reason, "DEADLINE_PASSED");
}

TEST_F(RuntimeTest, AFullQueueIsToldAtOnce) {
  runtime::RuntimeConfig config;
  config.loop.calls_max = 0;
  start(config);
  EXPECT_EQ(send(command("a", 1)).get().error().kind, ErrorKind::kResourceExhausted);
}

TEST_F(RuntimeTest, TimersFireWithoutACall) {
  start();
  std::promise<void> fired;
  runtime::Watch watch;
  watch.county = kCounty;
  watch.on_event = [&](const runtime::WatchedEvent& event) {
    if (!static_cast<const v1::TallyEvent&>(*event.event).has_reminded()) return true;
    fired.set_value();
    return false;
  };
  watch.on_end = [](const Error&) {};
  runtime_->watch("tally", std::move(watch));
  ASSERT_TRUE(send(command("a", 5)).get().accepted());
  EXPECT_EQ(fired.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(RuntimeTest, AnEventOfATimerThatNoRecordHoldsStopsNothingElse) {
  const Bloated bloated(tally_fold());
  tally_ = &bloated;
  start();
  ASSERT_TRUE(send(command("a", 5)).get().accepted());  // Sets a reminder in a second.
  // Commands that find no work move on, with or without the timer.
  while (!was_told("a timer of 610524")) {
    ASSERT_TRUE(send(command("b", 0)).get().accepted());
  }
  EXPECT_TRUE(was_told("was not written"));
  ASSERT_TRUE(send(command("b", 7)).get().accepted());
  EXPECT_EQ(sum("b"), 7);
  stop();  // The fold's.
}

TEST_F(RuntimeTest, AnAnswerOfAPolicyThatNoRecordHoldsIsPassedOver) {
  const Bloated bloated(mirror_fold());
  mirror_ = &bloated;
  start();
  ASSERT_TRUE(send(command("a", Bloated::kBloats)).get().accepted());
  const auto place = send(command("a", 2)).get().ok().place;
  const auto mirrored = read<std::int64_t>("mirror", {place}, [](const QueryContext& context) {
    return mirrored_of(*context.view, kCounty, "a");
  });
  EXPECT_EQ(mirrored, 2);
  EXPECT_TRUE(was_told("it would answer tally/"));
  stop();
}

TEST_F(RuntimeTest, StateAfterARestartAndAfterARebuildIsTheSame) {
  runtime::RuntimeConfig config;
  config.loop.flush_events = 50;  // Much is written while it runs.
  start(config);
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 400; ++i) {
    // Sums of 1, 11, 21…: no reminder changes the state behind our back.
    answers.push_back(send(command(fmt::format("n{}", i % 7), i < 7 ? 1 : 10)));
  }
  Place last{"tally", partition_of(kCounty), 0};
  for (auto& answer : answers) {
    last.sequence = std::max(last.sequence, answer.get().ok().place.sequence);
  }
  read<int>("mirror", {last}, [](const QueryContext&) { return 0; });
  const auto tally = state("tally");
  const auto mirror = state("mirror");
  ASSERT_GT(tally.size(), 400u);
  stop();
  start(config);
  EXPECT_EQ(difference(state("tally"), tally), "") << "after a restart";
  EXPECT_EQ(difference(state("mirror"), mirror), "");
  stop();
  std::filesystem::remove_all(folder_ + "/store");
  start(config);
  read<int>("mirror", {last}, [](const QueryContext&) { return 0; });
  EXPECT_EQ(difference(state("tally"), tally), "") << "after a rebuild";
  EXPECT_EQ(difference(state("mirror"), mirror), "");
}

TEST_F(RuntimeTest, AStopAnswersEverythingThatWasAccepted) {
  start();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 300; ++i) answers.push_back(send(command("a", 1)));
  runtime_->stop();
  std::int64_t accepted = 0;
  for (auto& answer : answers) {
    const auto got = answer.get();
    if (got.accepted()) {
      ++accepted;
    } else {
      EXPECT_EQ(got.error().reason, "SHUTTING_DOWN");
    }
  }
  EXPECT_EQ(send(command("a", 1)).get().error().reason, "SHUTTING_DOWN");
  stop();
  start();
  EXPECT_EQ(sum("a"), accepted);
}

TEST_F(RuntimeTest, ATopicThatBreaksTheRulesIsRefusedAtStart) {
  class OneRuleBroken final : public log::Log {
   public:
    void append(const log::TopicPartition&, std::vector<log::Record>,
                log::AppendCallback) override {}
    std::unique_ptr<log::Following> follow(const log::TopicPartition&, log::Offset,
                                           std::shared_ptr<log::FollowSink>) override {
      return nullptr;
    }
    void end_offset(const log::TopicPartition&, log::EndOffsetCallback) override {}
    Result<log::TopicInfo> describe(const std::string&) override {
      return log::TopicInfo{48, {{"cleanup.policy", "compact"}}};
    }
  };
  OneRuleBroken broken;
  const auto store = store::open_memory_store();
  runtime::Runtime runtime({}, broken, *store, clock_, [](std::string_view, const std::string&) {});
  runtime.add_service(tally_fold());
  const auto started = runtime.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "TOPIC_RULES");
  EXPECT_NE(started.error().message_en.find("cleanup.policy is compact"), std::string::npos);
}

TEST_F(RuntimeTest, DrainedItTakesNoCommandsAndHasWrittenAllUntilItIsResumed) {
  start();
  const auto unflushed = [&] {
    std::uint64_t events = 0;
    for (const auto& status : runtime_->statuses()) {
      events += status.unflushed + (status.drained ? 0 : 1);
    }
    return events;
  };
  auto before = send(command("a", 2));
  runtime_->drain(true);
  // It was posted before the drain, so it is accepted.
  EXPECT_TRUE(before.get().accepted());
  EXPECT_EQ(send(command("a", 2)).get().error().reason, "DRAINING");
  while (unflushed() > 0) {
  }
  EXPECT_EQ(sum("a"), 2);
  runtime_->drain(false);
  EXPECT_TRUE(send(command("a", 2)).get().accepted());
  EXPECT_EQ(sum("a"), 4);
}

TEST_F(RuntimeTest, TimersRestWhileItIsDrainedAndFireWhenItIsResumed) {
  start();
  const auto fired = [&] {
    std::uint64_t count = 0;
    for (const auto& status : runtime_->statuses()) count += status.stats.timers_fired;
    return count;
  };
  const auto due = [&] {
    auto first = Time::max();
    for (const auto& status : runtime_->statuses()) {
      first = std::min(first, status.next_timer.value_or(Time::max()));
    }
    return first;
  };
  // On a slow machine a reminder may fire before it is drained; then another one is set.
  do {
    runtime_->drain(false);
    ASSERT_TRUE(send(command("a", 5)).get().accepted());
    runtime_->drain(true);
  } while (due() == Time::max());
  const auto before = fired();
  // Half a second beyond the moment.
  while (clock_.now() < due() + Duration{500}) {
  }
  EXPECT_EQ(fired(), before);
  runtime_->drain(false);
  while (fired() == before) {
  }
}

}  // namespace
}  // namespace lianmeng::testing
