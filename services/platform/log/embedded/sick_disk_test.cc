// Disks that are full, and disks that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "platform/log/embedded/testing.h"

namespace lianmeng::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(EmbeddedLogTest, AFullDiskRefusesAppendsServesReadsAndRecoversByItself) {
  open();
  append(kA, {"before"});
  disk_.write_errno = ENOSPC;
  disk_.short_write = true;
  auto outcome = append(kA, {"refused record", "refused too"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kResourceExhausted);
  EXPECT_EQ(outcome.error.error_class(), ErrorClass::kRetriable);
  EXPECT_EQ(append(kB, {"refused as well"}).error.reason, "DISK_FULL");
  EXPECT_THAT(read(kA, 1), ElementsAre("before"));
  EXPECT_EQ(*end(kA), 1);
  EXPECT_THAT(slurp(segment(1)), ::testing::Not(HasSubstr("refused")));

  disk_.write_errno = 0;
  EXPECT_THAT(append(kA, {"after"}).offsets, ElementsAre(1));
  EXPECT_THAT(notices(), HasSubstr("error: "));
  EXPECT_THAT(notices(), HasSubstr("room again"));
  crash();
  open();
  EXPECT_THAT(read(kA, 2), ElementsAre("before", "after"));
}

TEST_F(EmbeddedLogTest, ADiskTooFullForTheNextSegmentRefusesUntilThereIsRoom) {
  open();
  disk_.preallocate_errno = ENOSPC;
  int written = 0;
  AppendOutcome outcome;
  do {
    outcome = append(kA, big(written, 100));
    if (outcome.fate == Fate::kDurable) written += 100;
  } while (outcome.fate == Fate::kDurable);
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "DISK_FULL");
  EXPECT_FALSE(std::filesystem::exists(segment(2)));
  disk_.preallocate_errno = 0;
  EXPECT_EQ(append(kA, big(written, 100)).fate, Fate::kDurable);
  EXPECT_EQ(read(kA, written + 100), big(0, written + 100));
}

TEST_F(EmbeddedLogTest, AFullDiskIsToldOnceThoughSmallRecordsFitNowAndThen) {
  open();
  disk_.preallocate_errno = ENOSPC;
  disk_.free = 1000;
  int written = 0;
  while (append(kA, big(written, 100)).fate == Fate::kDurable) written += 100;
  EXPECT_EQ(append(kB, {"small"}).fate, Fate::kDurable);
  EXPECT_EQ(append(kA, big(written, 100)).error.reason, "DISK_FULL");
  EXPECT_TRUE(log_->stats().disk_full);
  EXPECT_THAT(notices(), ::testing::Not(HasSubstr("room again")));

  disk_.preallocate_errno = 0;
  disk_.free = config_.segment_bytes;
  EXPECT_EQ(append(kB, {"small"}).fate, Fate::kDurable);
  EXPECT_FALSE(log_->stats().disk_full);
  EXPECT_THAT(notices(), HasSubstr("room again"));
  const auto text = notices();
  EXPECT_EQ(text.find("disk is full"), text.rfind("disk is full")) << text;
}

TEST_F(EmbeddedLogTest, ADiskThatIsReallyFullRefusesAndRecovers) {
  const auto mounted = folder_.path() + "/small";
  std::filesystem::create_directories(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no right to mount a small disk";
  }
  config_.path = mounted + "/log";
  open();
  spill(mounted + "/ballast", std::string(kMiB, 'x'));
  int written = 0;
  AppendOutcome outcome;
  do {
    outcome = append(kA, big(written, 50));
    if (outcome.fate == Fate::kDurable) written += 50;
  } while (outcome.fate == Fate::kDurable);
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "DISK_FULL");
  EXPECT_EQ(read(kA, written), big(0, written));
  std::filesystem::remove(mounted + "/ballast");
  EXPECT_EQ(append(kA, big(written, 50)).fate, Fate::kDurable);
  reopen();
  EXPECT_EQ(read(kA, written + 50), big(0, written + 50));
  close();
  ::umount2(mounted.c_str(), MNT_DETACH);
}

// A process that has too many connections open is no reason to stop the county's log.
TEST_F(EmbeddedLogTest, WithoutDescriptorsOrMemoryNothingIsTakenForDamageAndReadingGoesOn) {
  config_.tail_cache_bytes = 0;
  open();
  fill_segments();
  for (const int error : {EMFILE, ENFILE, ENOMEM, EINTR}) {
    reopen();
    disk_.open_errno = error;
    EXPECT_EQ(log_->scrub(), 0U);
    const auto sink = std::make_shared<Sink>();
    const auto following = log_->follow(kA, 0, sink);
    const auto told = errno_text(error) + "; it is tried again";
    while (notices().find(told) == std::string::npos) {
      ASSERT_THAT(notices(), ::testing::Not(HasSubstr("error: ")));
      std::this_thread::yield();
    }
    disk_.open_errno = 0;
    EXPECT_EQ(sink->values(1000), big(0, 1000));
    EXPECT_THAT(notices(), ::testing::Not(HasSubstr("error: ")));
  }
}

TEST_F(EmbeddedLogTest, AnIndexThatCannotBeWrittenIsKeptInMemory) {
  config_.tail_cache_bytes = 0;
  open();
  // A folder in its place: the index file can never be renamed there.
  std::filesystem::create_directories(segment(1, "idx") + "/x");
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  ASSERT_GE(log_->stats().segments, 2U);
  EXPECT_THAT(notices(), HasSubstr("made at the next start"));
  EXPECT_EQ(read(kA, 2000), big(0, 2000));
}

TEST_F(EmbeddedLogTest, AfterAFailedSyncNothingIsWrittenUntilItIsOpenedAgain) {
  open();
  append(kA, {"before"});
  disk_.sync_fails = true;
  EXPECT_EQ(append(kA, {"fate unknown"}).fate, Fate::kUnknown);
  EXPECT_EQ(*end(kA), 1) << "what is not synced is not shown";
  disk_.sync_fails = false;
  const auto outcome = append(kA, {"refused"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "JOURNAL_FAILED");
  EXPECT_TRUE(log_->stats().journal_failed);
  EXPECT_THAT(read(kA, 1), ElementsAre("before"));
  reopen();
  EXPECT_EQ(append(kA, {"after"}).fate, Fate::kDurable);
}

}  // namespace
}  // namespace lianmeng::log
