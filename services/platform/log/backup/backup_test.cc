#include "platform/log/backup/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/embedded/segment_files.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::log {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::size_t kMiB = 1024 * 1024;

Status pass_over(const SegmentIndex&, std::string_view) { return {}; }

Record record(std::string value) {
  Record out;
  out.key = "610524";
  out.value = std::move(value);
  return out;
}

class Sink final : public FollowSink {
 public:
  void on_records(std::vector<Record> records, Offset) override {
    const std::lock_guard lock(mutex_);
    for (auto& record : records) values_.push_back(std::move(record.value));
    changed_.notify_all();
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = error.message_en;
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return values_.size() >= count || !error_.empty(); });
    EXPECT_EQ(error_, "");
    return values_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> values_;
  std::string error_;
};

std::vector<std::string> values_of(Log& log, const TopicPartition& at) {
  std::size_t end = 0;
  log.end_offset(at, [&](Result<Offset> offset) { end = static_cast<std::size_t>(*offset); });
  const auto sink = std::make_shared<Sink>();
  const auto following = log.follow(at, 0, sink);
  return sink->wait_for(end);
}

// A file system that is full behind so many bytes.
class SmallDisk final : public FileOps {
 public:
  explicit SmallDisk(std::size_t room) : room_(room) {}
  ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) override {
    if (parts[0].iov_len > room_) {
      errno = ENOSPC;
      return -1;
    }
    room_ -= parts[0].iov_len;
    return FileOps::pwritev(fd, parts, count, at);
  }

 private:
  std::size_t room_;
};

class Backup : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  std::unique_ptr<EmbeddedLog> open(const std::string& name) {
    auto log = EmbeddedLog::open(
        {.path = path(name), .segment_bytes = kMiB, .scrub_bytes_per_second = 0}, clock_, {});
    EXPECT_TRUE(log) << log.error().message_en;
    return std::move(*log);
  }
  static void append(Log& log, const TopicPartition& at, const std::string& value) {
    std::promise<AppendOutcome> promise;
    log.append(at, {record(value)},
               [&](AppendOutcome done) { promise.set_value(std::move(done)); });
    ASSERT_EQ(promise.get_future().get().fate, AppendOutcome::Fate::kDurable);
  }
  // Three segments of two partitions.
  void fill(const std::string& name) {
    const auto log = open(name);
    for (int i = 0; i < 40; ++i) {
      append(*log, kA, std::to_string(i) + std::string(60'000, 'a'));
      append(*log, kB, std::to_string(i));
    }
  }
  Result<BackupSummary> backup(const std::string& from, const std::string& to) {
    return backup_log(system_file_ops(), clock_, path(from), path(to));
  }
  Result<BackupSummary> restore(const std::string& from, const std::string& to) {
    return restore_log(system_file_ops(), path(from), path(to));
  }
  Result<BackupSummary> verify(const std::string& name) {
    return verify_backup(system_file_ops(), path(name), pass_over);
  }
  std::string segment(const std::string& name, std::uint64_t number) const {
    return log_path(path(name), number);
  }
  static void flip(const std::string& file, std::streamoff at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const auto byte = static_cast<char>(stream.get());
    stream.seekp(at);
    stream.put(static_cast<char>(byte ^ 4));
  }
  // Puts other words into a manifest, with a right checksum.
  template <class Change>
  void change_manifest(const std::string& name, Change change) {
    const auto file = path(name) + "/MANIFEST";
    auto manifest = decode_manifest(*read_file(system_file_ops(), file), file);
    ASSERT_TRUE(manifest);
    change(*manifest);
    std::ofstream(file, std::ios::binary) << encode_manifest(*manifest);
  }

  const TopicPartition kA{"lianmeng.test.v1", 1};
  const TopicPartition kB{"lianmeng.other.v1", 47};
  TempFolder folder_;
  SystemClock clock_;
};

TEST_F(Backup, ComesBackAsTheSameLog) {
  fill("log");
  const auto made = backup("log", "backup");
  ASSERT_TRUE(made) << made.error().message_en;
  EXPECT_EQ(made->records, 80U);
  EXPECT_EQ(made->manifest.segments.size(), 3U);
  EXPECT_EQ(made->manifest.ends, (std::map<TopicPartition, Offset>{{kA, 40}, {kB, 40}}));
  const auto restored = restore("backup", "again");
  ASSERT_TRUE(restored) << restored.error().message_en;
  EXPECT_EQ(restored->manifest, made->manifest);
  const auto before = open("log");
  const auto after = open("again");
  EXPECT_EQ(values_of(*before, kA), values_of(*after, kA));
  EXPECT_EQ(values_of(*before, kB), values_of(*after, kB));
  append(*after, kA, "it goes on");
  EXPECT_EQ(values_of(*after, kA).back(), "it goes on");
}

TEST_F(Backup, OfALogThatNobodyHasWrittenTo) {
  open("log");
  ASSERT_TRUE(backup("log", "backup"));
  ASSERT_TRUE(restore("backup", "again"));
  EXPECT_TRUE(values_of(*open("again"), kA).empty());
}

// Two partitions take turns, so in every prefix of the journal they differ by one at most.
TEST_F(Backup, UnderLoadIsAPrefixOfTheJournalWithAllThatWasAcknowledgedBefore) {
  const auto log = open("log");
  std::atomic<std::size_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::size_t i = 0; !stop; ++i) {
      append(*log, kA, std::to_string(i) + std::string(2'000, 'a'));
      append(*log, kB, std::to_string(i));
      acknowledged = i + 1;
    }
  });
  std::uint64_t segments = 0;
  for (int i = 0; segments < 5; ++i) {
    const auto before = acknowledged.load();
    const auto name = "backup" + std::to_string(i);
    const auto made = backup("log", name);
    ASSERT_TRUE(made) << made.error().message_en;
    segments = made->manifest.segments.size();
    const auto end = [&](const TopicPartition& at) {
      const auto found = made->manifest.ends.find(at);
      return found == made->manifest.ends.end() ? 0U : static_cast<std::size_t>(found->second);
    };
    EXPECT_GE(end(kB), before);
    EXPECT_GE(end(kA), end(kB));
    EXPECT_LE(end(kA), end(kB) + 1);
    ASSERT_TRUE(verify(name));
    fs::remove_all(path("again"));
    ASSERT_TRUE(restore(name, "again"));
    const auto values = values_of(*open("again"), kB);
    ASSERT_EQ(values.size(), end(kB));
    for (std::size_t n = 0; n < values.size(); ++n) ASSERT_EQ(values[n], std::to_string(n));
    fs::remove_all(path(name));
  }
  stop = true;
  writer.join();
}

TEST_F(Backup, LeavesOutAWriteThatACrashHasTorn) {
  fill("log");
  {
    std::ofstream torn(segment("log", 3), std::ios::binary | std::ios::in);
    const auto end = scan_journal(system_file_ops(), path("log"), pass_over)->segments.back();
    torn.seekp(end.data_bytes);
    torn << "LMJ1 and then the power went";
  }
  const auto made = backup("log", "backup");
  ASSERT_TRUE(made) << made.error().message_en;
  EXPECT_EQ(made->records, 80U);
}

TEST_F(Backup, OfADamagedLogIsRefusedAndNamesThePlace) {
  fill("log");
  flip(segment("log", 2), 30'000);
  const auto made = backup("log", "backup");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "LOG_DAMAGED");
  EXPECT_THAT(made.error().message_en, HasSubstr(segment("log", 2) + ": byte 0: record 17 of "));
  EXPECT_FALSE(fs::exists(path("backup")));
  EXPECT_FALSE(fs::exists(path("backup.unfinished")));
}

TEST_F(Backup, OfALogWithoutOneOfItsSegmentsIsRefused) {
  fill("log");
  fs::remove(segment("log", 2));
  EXPECT_THAT(backup("log", "backup").error().message_en,
              HasSubstr(segment("log", 2) + " is missing"));
}

TEST_F(Backup, NeverWritesOverAnything) {
  fill("log");
  ASSERT_TRUE(backup("log", "backup"));
  EXPECT_EQ(backup("log", "backup").error().reason, "TARGET_EXISTS");
  EXPECT_EQ(restore("backup", "log").error().reason, "TARGET_EXISTS");
  fs::create_directory(path("empty"));
  EXPECT_TRUE(restore("backup", "empty"));
}

TEST_F(Backup, IsNotBroughtBackIntoALogThatAProcessHasOpen) {
  fill("log");
  ASSERT_TRUE(backup("log", "backup"));
  const auto log = open("log");
  EXPECT_EQ(restore("backup", "log").error().reason, "LOG_IN_USE");
}

TEST_F(Backup, OfAFolderWithoutALogIsRefused) {
  EXPECT_EQ(backup("nothing", "backup").error().reason, "LOG_MISSING");
  EXPECT_EQ(restore("nothing", "log").error().reason, "BACKUP_MISSING");
}

TEST_F(Backup, OnAFullDiskSaysSoAndLeavesNothingBehind) {
  fill("log");
  SmallDisk disk(kMiB + kMiB / 2);
  const auto made = backup_log(disk, clock_, path("log"), path("backup"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "DISK_FULL");
  ASSERT_TRUE(backup("log", "backup"));
  SmallDisk another(kMiB + kMiB / 2);
  const auto restored = restore_log(another, path("backup"), path("again"));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().reason, "DISK_FULL");
  EXPECT_FALSE(fs::exists(path("again")));
  EXPECT_FALSE(fs::exists(path("again.unfinished")));
  EXPECT_TRUE(restore("backup", "again"));
}

TEST_F(Backup, ThatIsDamagedIsFoundBeforeAnythingIsWritten) {
  fill("log");
  const auto damage = [&](const std::function<void(const std::string&)>& change) {
    fs::remove_all(path("backup"));
    EXPECT_TRUE(backup("log", "backup"));
    change(path("backup"));
    const auto restored = restore("backup", "again");
    EXPECT_FALSE(restored);
    EXPECT_FALSE(fs::exists(path("again")));
    EXPECT_FALSE(fs::exists(path("again.unfinished")));
    return restored ? Error{} : restored.error();
  };
  const auto flipped = damage([&](const auto& at) { flip(log_path(at, 1), 70'000); });
  EXPECT_EQ(flipped.reason, "BACKUP_DAMAGED");
  EXPECT_THAT(flipped.message_en, HasSubstr(segment("backup", 1)));
  // At the end of the last segment this looks like a torn write; the manifest knows better.
  const auto cut = damage([&](const auto& at) {
    fs::resize_file(log_path(at, 3), fs::file_size(log_path(at, 3)) - 100);
  });
  EXPECT_EQ(cut.reason, "BACKUP_DAMAGED");
  EXPECT_THAT(cut.message_en, HasSubstr(segment("backup", 3) + " is not what its MANIFEST says"));
  EXPECT_EQ(damage([&](const auto& at) { fs::remove(log_path(at, 3)); }).reason, "BACKUP_DAMAGED");
  EXPECT_EQ(damage([&](const auto& at) { fs::remove(log_path(at, 1)); }).reason, "BACKUP_DAMAGED");
  EXPECT_EQ(damage([&](const auto& at) { flip(at + "/MANIFEST", 60); }).reason, "BACKUP_DAMAGED");
  EXPECT_EQ(damage([&](const auto& at) { fs::resize_file(at + "/MANIFEST", 0); }).reason,
            "BACKUP_DAMAGED");
}

TEST_F(Backup, OfAnotherVersionOrPartitionCountIsRefused) {
  fill("log");
  ASSERT_TRUE(backup("log", "backup"));
  change_manifest("backup", [](Manifest& manifest) { manifest.partitions = 96; });
  const auto partitions = restore("backup", "again");
  ASSERT_FALSE(partitions);
  EXPECT_EQ(partitions.error().reason, "BACKUP_OF_OTHER_PARTITIONS");
  EXPECT_THAT(partitions.error().message_en, HasSubstr("with 96 partitions"));
  std::ofstream(path("backup") + "/MANIFEST") << "lianmeng-log-backup 2\nwhatever comes then\n";
  const auto version = restore("backup", "again");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().reason, "BACKUP_OF_OTHER_VERSION");
  EXPECT_THAT(version.error().message_en, HasSubstr("has format 2"));
}

TEST_F(Backup, OverwritesWhatABrokenAttemptLeft) {
  fill("log");
  fs::create_directories(path("backup.unfinished"));
  std::ofstream(path("backup.unfinished") + "/segment-000000000009.log") << "half of it";
  ASSERT_TRUE(backup("log", "backup"));
  EXPECT_TRUE(verify("backup"));
}

TEST(Manifest, IsReadAsItWasWritten) {
  Manifest manifest;
  manifest.made = Time(Duration(1'700'000'000'123));
  manifest.partitions = 48;
  manifest.segments = {{1, 67'108'712, 0xa1b2c3d4}, {2, 0, 0}};
  manifest.ends = {{{"lianmeng.dispatch.v1", 7}, 120}};
  const auto read = decode_manifest(encode_manifest(manifest), "MANIFEST");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, manifest);
}

}  // namespace
}  // namespace lianmeng::log
