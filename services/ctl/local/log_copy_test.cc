// A log that the runtime wrote, copied to another one whose state is then the same.
#include "ctl/local/log_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>

#include "ctl/local/state_verify.h"
#include "platform/base/ids.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/log/testing/temp_folder.h"
#include "platform/runtime/envelope.h"
#include "platform/runtime/runtime.h"
#include "platform/store/rocks_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::ctl {
namespace {

using ::testing::HasSubstr;

const CountyId kCounty("610524");
const std::vector<std::string> kTopics{runtime::topic_of("tally"), runtime::topic_of("mirror")};

class LogCopy : public ::testing::Test {
 protected:
  // A log and a store of their own, with what a runtime makes of them.
  struct Place {
    std::string log_folder() const { return folder.path() + "/log"; }
    std::string store_folder() const { return folder.path() + "/store"; }
    log::TempFolder folder;
  };

  std::unique_ptr<log::EmbeddedLog> open(const Place& at) {
    auto log =
        log::EmbeddedLog::open({.path = at.log_folder(), .segment_bytes = 1024 * 1024}, clock_, {});
    EXPECT_TRUE(log) << log.error().message_en;
    return std::move(*log);
  }

  void run(const Place& at, int additions, int first = 0) {
    const auto log = open(at);
    auto store = store::open_rocks_store({.path = at.store_folder()});
    ASSERT_TRUE(store) << store.error().message_en;
    runtime::Runtime runtime({}, *log, **store, clock_, [](auto, const std::string&) {});
    runtime.add_service(testing::tally_fold());
    runtime.add_service(testing::mirror_fold());
    ASSERT_TRUE(runtime.start());
    lianmeng::Place last;
    for (int i = first; i < first + additions; ++i) {
      runtime::Command command;
      command.name = "Add";
      command.county = kCounty;
      command.actor = {Actor::Kind::kPerson, "610524-p1", ""};
      command.deadline = clock_.steady() + std::chrono::seconds{30};
      command.decide = testing::add("a" + std::to_string(i), 2);
      std::promise<bool> done;
      command.done = [&](const runtime::CommandResult& result) {
        if (result.accepted() != nullptr) last = result.accepted()->place;
        done.set_value(result.accepted() != nullptr);
      };
      runtime.submit("tally", std::move(command));
      ASSERT_TRUE(done.get_future().get());
    }
    await_mirror(runtime, last);
    runtime.stop();
  }

  // Until it has answered the event at that place with one of its own.
  void await_mirror(runtime::Runtime& runtime, const lianmeng::Place& place) {
    std::promise<bool> seen;
    runtime::Query query;
    query.county = kCounty;
    query.tokens = {place};
    query.deadline = clock_.steady() + std::chrono::seconds{30};
    query.done = [&](const Result<runtime::QueryContext>& context) {
      seen.set_value(context.has_value());
    };
    runtime.query("mirror", std::move(query));
    ASSERT_TRUE(seen.get_future().get());
  }

  Result<CopySummary> copy(const Place& from, const Place& to) {
    const auto source = open_journal_source(from.log_folder());
    if (!source) return fail(source.error());
    const auto target = open(to);
    return copy_log(kTopics, **source, *target);
  }

  // The state that was folded from one log, against the other log.
  void expect_equal(const Place& state, const Place& log) {
    const std::array<const runtime::Fold*, 2> folds{&testing::tally_fold(),
                                                    &testing::mirror_fold()};
    const auto verdict = verify_state(folds, log.log_folder(), state.store_folder());
    ASSERT_TRUE(verdict) << verdict.error().message_en;
    EXPECT_EQ(verdict->differing_rows, 0U) << verdict->differences.front();
    EXPECT_GT(verdict->rows, 0U);
  }

  void append(const Place& at, log::Record record) {
    const auto log = open(at);
    std::promise<void> done;
    log->append({kTopics[0], partition_of(kCounty)}, {std::move(record)},
                [&](const log::AppendOutcome&) { done.set_value(); });
    done.get_future().get();
  }

  SystemClock clock_;
};

TEST_F(LogCopy, TheCopyFoldsToTheSameState) {
  const Place from;
  const Place to;
  run(from, 700);  // More than a batch.
  const auto copied = copy(from, to);
  ASSERT_TRUE(copied) << copied.error().message_en;
  EXPECT_GE(copied->copied, 1'400U);  // The mirror answers each.
  EXPECT_EQ(copied->there_already, 0U);
  EXPECT_EQ(copied->partitions, 2U);
  expect_equal(from, to);
  // And a runtime that starts on it with an empty store goes on from there.
  run(to, 10, 700);
  expect_equal(to, to);
}

TEST_F(LogCopy, AgainItCopiesWhatHasComeSince) {
  const Place from;
  const Place to;
  run(from, 20);
  const auto first = copy(from, to);
  ASSERT_TRUE(first);
  const auto again = copy(from, to);
  ASSERT_TRUE(again) << again.error().message_en;
  EXPECT_EQ(again->copied, 0U);
  EXPECT_EQ(again->there_already, first->copied);
  run(from, 5, 20);
  const auto rest = copy(from, to);
  ASSERT_TRUE(rest) << rest.error().message_en;
  EXPECT_GE(rest->copied, 10U);
  EXPECT_EQ(rest->there_already, first->copied);
  expect_equal(from, to);
}

TEST_F(LogCopy, WhatWasBrokenOffIsGoneOnWith) {
  // A source that ends early, as a copy does that is killed.
  class Short final : public LogSource {
   public:
    Short(LogSource& whole, int records) : whole_(whole), records_(records) {}
    Status read(const log::TopicPartition& at,
                const std::function<bool(log::Record&&)>& visit) override {
      int left = records_;
      return whole_.read(
          at, [&](log::Record&& record) { return left-- > 0 && visit(std::move(record)); });
    }
    Result<log::Offset> end(const log::TopicPartition& at) override { return whole_.end(at); }

   private:
    LogSource& whole_;
    const int records_;
  };
  const Place from;
  const Place to;
  run(from, 40);
  {
    const auto source = open_journal_source(from.log_folder());
    Short some(**source, 13);
    const auto target = open(to);
    ASSERT_TRUE(copy_log(kTopics, some, *target));
  }
  const auto rest = copy(from, to);
  ASSERT_TRUE(rest) << rest.error().message_en;
  EXPECT_EQ(rest->there_already, 26U);
  expect_equal(from, to);
}

TEST_F(LogCopy, VoidRecordsAreLeftOutAndThoseOfTheTargetDoNoHarm) {
  const Place from;
  const Place to;
  run(from, 5);
  log::Record stray;
  stray.value = "none of ours";
  append(from, stray);
  append(to, stray);
  run(from, 5, 5);
  const auto copied = copy(from, to);
  ASSERT_TRUE(copied) << copied.error().message_en;
  EXPECT_EQ(copied->void_records, 1U);
  expect_equal(from, to);
}

TEST_F(LogCopy, ATargetThatIsNoCopyIsRefusedAndStaysAsItIs) {
  const Place from;
  const Place other;
  run(from, 5);
  run(other, 3);
  const auto before =
      (*open_journal_source(other.log_folder()))->end({kTopics[0], partition_of(kCounty)});
  const auto refused = copy(from, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TARGET_DIFFERS");
  EXPECT_THAT(refused.error().message_en, HasSubstr("is another one"));
  EXPECT_EQ(
      (*open_journal_source(other.log_folder()))->end({kTopics[0], partition_of(kCounty)}).value(),
      *before);
  // A target that has gone on by itself is no beginning of the source.
  const Place ahead;
  ASSERT_TRUE(copy(from, ahead));
  run(ahead, 2, 50);
  const auto too_far = copy(from, ahead);
  ASSERT_FALSE(too_far);
  EXPECT_EQ(too_far.error().reason, "TARGET_DIFFERS");
  EXPECT_THAT(too_far.error().message_en, HasSubstr("and the source"));
}

TEST_F(LogCopy, AnotherLogIsCopiedAsFilesAre) {
  const Place from;
  const Place to;
  run(from, 30);
  {
    const auto log = open(from);
    const auto target = open(to);
    const auto copied = copy_log(kTopics, *make_log_source(*log), *target);
    ASSERT_TRUE(copied) << copied.error().message_en;
    EXPECT_GE(copied->copied, 60U);
  }
  expect_equal(from, to);
}

}  // namespace
}  // namespace lianmeng::ctl
