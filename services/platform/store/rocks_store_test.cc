// What only the store on disk can get wrong: crashes, other processes, damage.
#include "platform/store/rocks_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/assert.h"

namespace lianmeng::store {
namespace {

namespace fs = std::filesystem;

constexpr StoreIdentity kIdentity{.fold_version = 1};
constexpr int kRowsOfACommit = 40;

// A server's limits of files are not a test's.
RocksConfig at(const fs::path& folder) { return {.path = folder, .open_files_max = 64}; }

std::string number(int value) { return std::to_string(value); }

// Commit n writes n into the same rows, one row of its own, and erases that of the commit before:
// a reader can tell which commits are there, and whether each is whole.
state::Changes commit_of(int n) {
  state::Changes changes;
  for (int row = 0; row < kRowsOfACommit; ++row) changes.set("same/" + number(row), number(n));
  changes.set("own/" + number(n), "");
  if (n > 1) changes.set("own/" + number(n - 1), std::nullopt);
  return changes;
}

std::map<std::string, std::string> rows_after(int commits) {
  std::map<std::string, std::string> rows;
  for (int n = 1; n <= commits; ++n) {
    for (const auto& [key, value] : commit_of(n)) {
      if (value) {
        rows[key] = *value;
      } else {
        rows.erase(key);
      }
    }
  }
  return rows;
}

std::map<std::string, std::string> read_all(const state::View& view) {
  std::map<std::string, std::string> rows;
  const auto cursor = view.cursor();
  for (cursor->seek(""); cursor->valid(); cursor->next())
    rows.emplace(cursor->key(), cursor->value());
  return rows;
}

// How many commits a partition has, from its own rows.
int commits_in(const state::View& view) {
  std::string value;
  return view.get("same/0", &value) ? std::stoi(value) : 0;
}

std::unique_ptr<PartitionStore> open_partition(Store& store, int partition) {
  auto opened = store.open("dispatch", partition, kIdentity);
  LM_ASSERT(opened.has_value());
  return std::move(opened->store);
}

class RocksStoreTest : public ::testing::Test {
 protected:
  RocksStoreTest()
      : folder_(fs::temp_directory_path() / ("lianmeng-rocks-store-" + number(::getpid()))) {
    fs::remove_all(folder_);
  }
  ~RocksStoreTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Store> open_store() {
    auto store = open_rocks_store(at(folder_));
    EXPECT_TRUE(store.has_value()) << store.error().message_en;
    return std::move(*store);
  }

  Error error_of_opening() {
    const auto store = open_rocks_store(at(folder_));
    EXPECT_FALSE(store.has_value());
    return store ? Error{} : store.error();
  }

  void fill(int commits) {
    const auto store = open_store();
    const auto partition = open_partition(*store, 0);
    for (int n = 1; n <= commits; ++n) ASSERT_TRUE(partition->commit(commit_of(n)).has_value());
  }

  std::vector<fs::path> files(std::string_view extension) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    return found;
  }

  const fs::path folder_;
};

// The other side of the crash tests: commits to two partitions for ever and says after each which
// one was accepted.
int run_child(const char* folder) {
  const auto store = open_rocks_store(at(folder));
  if (!store) return 1;
  std::vector<std::unique_ptr<PartitionStore>> partitions;
  std::vector<int> commits;
  for (int i = 0; i < 2; ++i) {
    partitions.push_back(open_partition(**store, i));
    commits.push_back(commits_in(*partitions.back()));
  }
  while (true) {
    for (int i = 0; i < 2; ++i) {
      if (!partitions[i]->commit(commit_of(++commits[i]))) return 1;
      const int said[2] = {i, commits[i]};
      if (::write(STDOUT_FILENO, said, sizeof(said)) != sizeof(said)) return 1;
    }
  }
}

TEST_F(RocksStoreTest, KilledAtAnyMomentKeepsEveryAcceptedCommitWholeAndNoHalfOne) {
  int accepted[2] = {0, 0};
  for (int round = 0; round < 6; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      // A fresh image: RocksDB's threads of this process do not live in a fork.
      ::dup2(pipe[1], STDOUT_FILENO);
      ::execl("/proc/self/exe", "platform_store_rocks_test", "--child", folder_.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(pipe[1]);
    int said[2];
    // Different numbers of commits, so that merges and the first commit are hit as well.
    for (int wait = 1 + round * round * 4; wait > 0; --wait) {
      ASSERT_EQ(::read(pipe[0], said, sizeof(said)), static_cast<ssize_t>(sizeof(said)));
      accepted[said[0]] = said[1];
    }
    ::kill(child, SIGKILL);
    while (::read(pipe[0], said, sizeof(said)) == sizeof(said)) accepted[said[0]] = said[1];
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto store = open_store();
    for (int i = 0; i < 2; ++i) {
      const auto opened = store->open("dispatch", i, kIdentity);
      ASSERT_TRUE(opened.has_value());
      EXPECT_FALSE(opened->rebuilt);
      const int commits = commits_in(*opened->store);
      EXPECT_GE(commits, accepted[i]);
      EXPECT_LE(commits, accepted[i] + 1);
      EXPECT_EQ(read_all(*opened->store), rows_after(commits));
    }
    EXPECT_TRUE(fs::is_empty(folder_ / "incoming"));
  }
}

TEST_F(RocksStoreTest, ReopenedStoreHasWhatWasCommittedToEachPartition) {
  {
    const auto store = open_store();
    for (int i = 0; i < kPartitions; ++i) {
      const auto partition = open_partition(*store, i);
      ASSERT_TRUE(partition->commit({{"a", number(i)}}).has_value());
    }
  }
  const auto store = open_store();
  for (int i = 0; i < kPartitions; ++i) {
    const auto opened = store->open("dispatch", i, kIdentity);
    EXPECT_FALSE(opened->rebuilt);
    EXPECT_EQ(read_all(*opened->store), (std::map<std::string, std::string>{{"a", number(i)}}));
  }
}

TEST_F(RocksStoreTest, AnotherFoldVersionAfterARestartStartsEmpty) {
  fill(3);
  {
    const auto store = open_store();
    const auto opened = store->open("dispatch", 0, {.fold_version = 2});
    EXPECT_TRUE(opened->rebuilt);
    EXPECT_TRUE(read_all(*opened->store).empty());
  }
  // Dropped for good, although nothing was committed since.
  const auto store = open_store();
  const auto opened = store->open("dispatch", 0, kIdentity);
  EXPECT_FALSE(opened->rebuilt);
  EXPECT_TRUE(read_all(*opened->store).empty());
}

TEST_F(RocksStoreTest, PartitionsThatAreOnlyOpenedCostNoFile) {
  const auto store = open_store();
  std::vector<std::unique_ptr<PartitionStore>> partitions;
  for (int i = 0; i < kPartitions; ++i) {
    partitions.push_back(open_partition(*store, i));
  }
  EXPECT_TRUE(files(".sst").empty());
}

TEST_F(RocksStoreTest, FilesOfSmallCommitsAreMerged) {
  fill(300);
  EXPECT_LT(files(".sst").size(), 60U);
}

TEST_F(RocksStoreTest, FilesThatAKilledProcessLeftAreRemovedAtOpen) {
  fill(1);
  std::ofstream(folder_ / "incoming" / "3.sst") << "half a file";
  const auto store = open_store();
  EXPECT_TRUE(fs::is_empty(folder_ / "incoming"));
  EXPECT_EQ(read_all(*open_partition(*store, 0)), rows_after(1));
}

TEST_F(RocksStoreTest, SecondOneOnTheSameFolderIsRefusedAndToldWhatToDo) {
  const auto store = open_store();
  const auto error = error_of_opening();
  EXPECT_EQ(error.kind, ErrorKind::kFailedPrecondition);
  EXPECT_EQ(error.reason, "STORE_LOCKED");
  EXPECT_NE(error.message_en.find(folder_.string()), std::string::npos);
}

TEST_F(RocksStoreTest, SecondProcessOnTheSameFolderIsRefused) {
  const auto store = open_store();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "platform_store_rocks_test", "--open", folder_.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

TEST_F(RocksStoreTest, DamagedJournalOfFilesIsToldAtOpen) {
  fill(2);
  std::ofstream(folder_ / "CURRENT", std::ios::trunc) << "nonsense\n";
  const auto error = error_of_opening();
  EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
  EXPECT_EQ(error.reason, "STORE_DAMAGED");
  EXPECT_NE(error.message_en.find("delete this folder"), std::string::npos);
}

TEST_F(RocksStoreTest, MissingTableFileIsToldAtOpen) {
  fill(2);
  for (const auto& file : files(".sst")) fs::remove(file);
  EXPECT_EQ(error_of_opening().reason, "STORE_DAMAGED");
}

TEST_F(RocksStoreTest, DamagedRowsAreNeverRead) {
  fill(1);
  for (const auto& file : files(".sst")) {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(20);
    damage << "damaged";
  }
  const auto store = open_store();
  EXPECT_DEATH(
      {
        const auto opened = store->open("dispatch", 0, kIdentity);
        if (!opened) std::fprintf(stderr, "%s\n", opened.error().message_en.c_str());
        LM_ASSERT(opened.has_value());
        read_all(*opened->store);
      },
      "damaged.*delete this folder");
}

// RocksDB writes its options anew with each column family, and ends the process when an append to
// that file fails and the next one follows (7.8 with assertions).
TEST_F(RocksStoreTest, AFirstCommitThatFindsTheDiskFullIsRefusedAndSucceedsWhenThereIsRoom) {
  const auto mounted = folder_.string() + "-small";
  fs::create_directories(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=12m") != 0) {
    GTEST_SKIP() << "no right to mount a small disk";
  }
  {
    const auto store = open_rocks_store(at(fs::path(mounted) / "store"));
    ASSERT_TRUE(store.has_value());
    std::vector<std::unique_ptr<PartitionStore>> partitions;
    for (int p = 0; p < kPartitions; ++p) {
      partitions.push_back(std::move((*store)->open("dispatch", p, kIdentity)->store));
    }
    const auto ballast = mounted + "/ballast";
    // So many places of the file at which there is room no more.
    for (int left = 0; left < 400'000; left += 30'000) {
      {
        std::ofstream out(ballast, std::ios::binary);
        const std::string piece(4096, 'x');
        while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        }
      }
      fs::resize_file(ballast, fs::file_size(ballast) - static_cast<std::uintmax_t>(left));
      const auto status = partitions[0]->commit(commit_of(1));
      ASSERT_FALSE(status.has_value());
      EXPECT_EQ(status.error().reason, "STORE_DISK_FULL");
    }
    fs::remove(ballast);
    const auto status = partitions[0]->commit(commit_of(1));
    EXPECT_TRUE(status.has_value()) << status.error().message_en;
    EXPECT_EQ(read_all(*partitions[0]), rows_after(1));
  }
  ::umount2(mounted.c_str(), MNT_DETACH);
  fs::remove_all(mounted);
}

TEST_F(RocksStoreTest, FolderThatCannotBeMadeIsTold) {
  std::ofstream(folder_.string()) << "a file where the folder should be";
  const auto error = error_of_opening();
  EXPECT_EQ(error.reason, "STORE_IO");
  EXPECT_NE(error.message_en.find(folder_.string()), std::string::npos);
}

}  // namespace
}  // namespace lianmeng::store

int main(int argc, char** argv) {
  using namespace lianmeng::store;
  const std::string role = argc == 3 ? argv[1] : "";
  if (role == "--child") return run_child(argv[2]);
  if (role == "--open") {
    const auto store = open_rocks_store(at(argv[2]));
    return store ? 0 : store.error().reason == "STORE_LOCKED" ? 2 : 1;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
