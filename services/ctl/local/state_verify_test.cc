// The runtime writes a log and a store; what they hold is compared, whole and changed by hand.
#include "ctl/local/state_verify.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>

#include "platform/base/ids.h"
#include "platform/log/backup/backup.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/log/testing/temp_folder.h"
#include "platform/runtime/positions.h"
#include "platform/runtime/runtime.h"
#include "platform/store/rocks_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const CountyId kCounty("610524");

class StateVerify : public ::testing::Test {
 protected:
  // Runs, adds so many times, and stops in good order: all is in the store then.
  void run(int additions, int first = 0, const runtime::Fold& tally = testing::tally_fold()) {
    const auto log = open_log();
    const auto store = open_store();
    runtime::RuntimeConfig config;
    config.loops = 2;
    runtime::Runtime runtime(config, *log, *store, clock_, [](auto, const std::string&) {});
    runtime.add_service(tally);
    runtime.add_service(testing::mirror_fold());
    ASSERT_TRUE(runtime.start());
    for (int i = first; i < first + additions; ++i) add(runtime, i);
    ASSERT_GE(mirrored(runtime), additions);
    runtime.stop();
  }

  void add(runtime::Runtime& runtime, int i) {
    runtime::Command command;
    command.name = "Add";
    command.county = kCounty;
    command.actor = {Actor::Kind::kPerson, "610524-p1", ""};
    command.deadline = clock_.steady() + std::chrono::seconds{30};
    command.decide = testing::add("a" + std::to_string(i), 2);
    std::promise<bool> done;
    command.done = [&](const runtime::CommandResult& result) {
      if (result.accepted() != nullptr) place_ = result.accepted()->place;
      done.set_value(result.accepted() != nullptr);
    };
    runtime.submit("tally", std::move(command));
    ASSERT_TRUE(done.get_future().get());
  }

  // How many the mirror has projected, once it has read what was added.
  int mirrored(runtime::Runtime& runtime) {
    std::promise<int> seen;
    runtime::Query query;
    query.county = kCounty;
    query.tokens = {place_};
    query.deadline = clock_.steady() + std::chrono::seconds{30};
    query.done = [&](const Result<runtime::QueryContext>& context) {
      int count = 0;
      for (int i = 0; context && i < 100; ++i) {
        count += testing::projected_of(*context->view, kCounty, "a" + std::to_string(i)) != 0;
      }
      seen.set_value(count);
    };
    runtime.query("mirror", std::move(query));
    return seen.get_future().get();
  }

  std::unique_ptr<log::EmbeddedLog> open_log() {
    auto log =
        log::EmbeddedLog::open({.path = log_folder(), .segment_bytes = 1024 * 1024}, clock_, {});
    EXPECT_TRUE(log) << log.error().message_en;
    return std::move(*log);
  }
  std::unique_ptr<store::Store> open_store() {
    auto store = store::open_rocks_store({.path = store_folder()});
    EXPECT_TRUE(store) << store.error().message_en;
    return std::move(*store);
  }

  // Changes rows behind the runtime's back.
  void change(std::string_view service, const std::function<void(state::Tx&)>& change) {
    const auto store = open_store();
    const auto& fold = service == "tally" ? testing::tally_fold() : testing::mirror_fold();
    auto opened = store->open(service, partition_of(kCounty), {fold.version()});
    ASSERT_TRUE(opened);
    state::Layer layer(*opened->store);
    change(layer);
    ASSERT_TRUE(opened->store->commit(layer.changes()));
  }

  Result<StateVerdict> verify() {
    const std::array<const runtime::Fold*, 2> folds{&testing::tally_fold(),
                                                    &testing::mirror_fold()};
    return verify_state(folds, log_folder(), store_folder());
  }

  std::string log_folder() const { return folder_.path() + "/log"; }
  std::string store_folder() const { return folder_.path() + "/store"; }

  log::TempFolder folder_;
  SystemClock clock_;
  Place place_;
};

TEST_F(StateVerify, AStoreIsWhatItsLogFoldsTo) {
  run(20);
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_THAT(verdict->differences, ElementsAre());
  EXPECT_EQ(verdict->differing_rows, 0U);
  EXPECT_EQ(verdict->not_stored, 0U);
  EXPECT_EQ(verdict->partitions, 2U);
  EXPECT_GE(verdict->events, 40U);
  EXPECT_GT(verdict->rows, 40U);
}

TEST_F(StateVerify, WhatIsNotInTheStoreYetIsCountedAndNoDifference) {
  run(20);
  std::filesystem::copy(store_folder(), store_folder() + ".old",
                        std::filesystem::copy_options::recursive);
  run(10, 50);
  std::filesystem::remove_all(store_folder());
  std::filesystem::rename(store_folder() + ".old", store_folder());
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_EQ(verdict->differing_rows, 0U);
  EXPECT_GT(verdict->not_stored, 0U);
}

TEST_F(StateVerify, AChangedALostAndAStrangeRowAreNamed) {
  run(3);
  std::string first;
  change("tally", [&](state::Tx& tx) {
    const auto cursor = tx.cursor();
    cursor->seek("\x80");
    first = std::string(cursor->key());
    tx.put(first, "something else");
  });
  auto verdict = verify();
  ASSERT_TRUE(verdict);
  ASSERT_EQ(verdict->differing_rows, 1U);
  EXPECT_THAT(verdict->differences[0], HasSubstr("the row in the store has 14 bytes and differs"));
  EXPECT_THAT(verdict->differences[0], HasSubstr("610524"));
  change("tally", [&](state::Tx& tx) { tx.erase(first); });
  verdict = verify();
  ASSERT_EQ(verdict->differing_rows, 1U);
  EXPECT_THAT(verdict->differences[0],
              HasSubstr("the log gives a row that the store does not have"));
  change("mirror", [&](state::Tx& tx) { tx.put("\xf0 nobody wrote this", "x"); });
  verdict = verify();
  ASSERT_EQ(verdict->differing_rows, 2U);
  EXPECT_THAT(verdict->differences[1], HasSubstr("table 0xf0, key  nobody wrote this: the store "
                                                 "has a row that the log does not give"));
}

TEST_F(StateVerify, ADigestThatTheLogDoesNotGiveIsTold) {
  run(3);
  runtime::positions::Own own;
  change("tally", [&](state::Tx& tx) {
    own = runtime::positions::read_own(tx);
    auto changed = own;
    changed.digest ^= 1;
    runtime::positions::write_own(tx, changed);
  });
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  ASSERT_EQ(verdict->differing_rows, 1U);
  EXPECT_THAT(verdict->differences[0],
              HasSubstr(fmt::format("digest: the store has {:016x} and the log gives {:016x}",
                                    own.digest ^ 1, own.digest)));
  EXPECT_EQ(verdict->differing_digests, 0U);
}

TEST_F(StateVerify, AHostWhoseStateWasWrongIsNamedByWhatItsNoOpsCarried) {
  const auto wavering = testing::wavering_tally_fold(3);
  run(5, 0, *wavering);
  run(5, 20, *wavering);  // It begins with a no-op on the state of the first five.
  auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_GE(verdict->differing_rows, 2U) << "a row at least, and the digest";
  EXPECT_EQ(verdict->differing_digests, 1U);
  ASSERT_EQ(verdict->carried.size(), 1U);
  EXPECT_THAT(verdict->carried[0], HasSubstr("that host's state was wrong then"));
  // Folded anew, the state is right; what the log holds it holds for ever.
  std::filesystem::remove_all(store_folder());
  run(1, 40);
  verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_THAT(verdict->differences, ElementsAre());
  EXPECT_EQ(verdict->differing_digests, 1U);
}

// A block in the middle of a table of the store: the rows before it are compared already.
TEST_F(StateVerify, ARowThatCannotBeReadDeepInATableIsToldInOneSentence) {
  run(3);
  change("tally", [](state::Tx& tx) {
    for (int i = 0; i < 5'000; ++i) tx.put(fmt::format("\xf0 {:05}", i), std::string(200, 'x'));
  });
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << "whole, it is read to its end: " << verdict.error().message_en;
  ASSERT_EQ(verdict->differing_rows, 5'000U);
  std::filesystem::path largest;
  for (const auto& file : std::filesystem::directory_iterator(store_folder())) {
    if (file.path().extension() != ".sst") continue;
    if (largest.empty() || file.file_size() > std::filesystem::file_size(largest)) {
      largest = file.path();
    }
  }
  ASSERT_GT(std::filesystem::file_size(largest), 1'000'000U);
  std::fstream table(largest, std::ios::in | std::ios::out | std::ios::binary);
  table.seekp(static_cast<std::streamoff>(std::filesystem::file_size(largest) / 2));
  table.put('?');
  table.close();
  const auto damaged = verify();
  ASSERT_FALSE(damaged) << "it was read over";
  EXPECT_EQ(damaged.error().reason, "STORE_DAMAGED");
  EXPECT_THAT(damaged.error().message_en, HasSubstr(store_folder()));
  EXPECT_THAT(damaged.error().message_en, HasSubstr(largest.filename().string()));
}

TEST_F(StateVerify, AStoreOfALongerLogIsTold) {
  run(5);
  ASSERT_TRUE(log::backup_log(log::system_file_ops(), clock_, log_folder(), folder_.path() + "/b"));
  run(10, 50);
  std::filesystem::remove_all(log_folder());
  ASSERT_TRUE(log::restore_log(log::system_file_ops(), folder_.path() + "/b", log_folder()));
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_EQ(verdict->differing_rows, 2U);
  EXPECT_THAT(verdict->differences[0], HasSubstr("the store stands at it, and the log ends at"));
}

TEST_F(StateVerify, ADamagedLogAndAMissingStoreAreToldInOneSentence) {
  EXPECT_EQ(verify().error().reason, "STORE_MISSING");
  run(3);
  const auto segment = log_folder() + "/segment-000000000001.log";
  std::filesystem::resize_file(segment, 4096);
  std::filesystem::rename(segment, log_folder() + "/segment-000000000002.log");
  EXPECT_EQ(verify().error().reason, "LOG_DAMAGED");
}

TEST_F(StateVerify, ReadsBesideTheProcessThatHasTheStoreOpen) {
  run(10);
  const auto store = open_store();
  const auto verdict = verify();
  ASSERT_TRUE(verdict) << verdict.error().message_en;
  EXPECT_EQ(verdict->differing_rows, 0U);
  EXPECT_EQ(verdict->partitions, 2U);
}

}  // namespace
}  // namespace lianmeng::ctl
