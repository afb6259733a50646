#include "platform/log/backup/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "platform/base/ids.h"
#include "platform/log/embedded/crc32c.h"
#include "platform/log/embedded/segment_files.h"

namespace lianmeng::log {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "MANIFEST";
constexpr const char* kUnfinishedSuffix = ".unfinished";
constexpr std::uint64_t kMiB = 1024 * 1024;

Error with_advice(Error error, std::string_view advice) {
  error.message_en += fmt::format("; {}", advice);
  return error;
}

// A folder that appears under its name when it is complete, or not at all.
class NewFolder {
 public:
  // `target` must not exist, or be an empty folder.
  static Result<NewFolder> make(std::string target) {
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    std::error_code error;
    const bool there = fs::exists(target, error);
    if (there && !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
      return fail(ErrorKind::kAlreadyExists, "TARGET_EXISTS",
                  fmt::format("{} exists and is not empty; nothing is ever written over: name "
                              "another folder, or move this one away",
                              target));
    }
    const auto beside = target + kUnfinishedSuffix;
    fs::remove_all(beside, error);  // Of an attempt that was broken off.
    if (!error) fs::create_directories(beside, error);
    if (error) {
      return fail(file_error(error.value(), "TARGET_UNWRITABLE", beside));
    }
    return NewFolder(target, beside);
  }

  NewFolder(NewFolder&& other) noexcept
      : target_(std::move(other.target_)), path_(std::exchange(other.path_, {})) {}
  ~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

  Status finish() {
    if (auto synced = sync_folder(path_); !synced) return synced;
    std::error_code error;
    fs::rename(path_, target_, error);  // Over an empty folder, if there is one.
    if (error) return fail(file_error(error.value(), "TARGET_UNWRITABLE", target_));
    path_.clear();
    return sync_folder(fs::absolute(target_).parent_path().string());
  }

 private:
  NewFolder(std::string target, std::string path)
      : target_(std::move(target)), path_(std::move(path)) {}

  std::string target_;
  std::string path_;  // Where it is made; empty when it is done.
};

// Told before the first byte is written, so that nobody waits for what cannot end well.
Status check_room(const std::string& folder, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {};
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= bytes) return {};
  return fail(ErrorKind::kResourceExhausted, "DISK_FULL",
              fmt::format("{}: {} MiB are needed and {} MiB are free; make room, or name a folder "
                          "on another disk",
                          folder, (bytes + kMiB - 1) / kMiB, free / kMiB));
}

// What the files of a log hold at most; preallocated room counts little, since it is not there.
std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto number : list_segments(folder).logs) {
    const auto size = fs::file_size(log_path(folder, number), error);
    if (!error) bytes += size;
  }
  return bytes;
}

Status write_segment(FileOps& ops, const std::string& folder, const SegmentIndex& index,
                     std::string_view bytes) {
  auto written = write_file(ops, log_path(folder, index.segment), std::string(bytes));
  if (written) return written;
  return fail(with_advice(std::move(written).error(), "what was written of it is removed"));
}

BackupSegment summary_of(const SegmentIndex& index, std::string_view bytes) {
  return {index.segment, bytes.size(), crc32c(bytes)};
}

}  // namespace

// As EmbeddedLog locks it.
bool is_in_use(const std::string& log_folder) {
  const File lock(::open((log_folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC));
  return lock && ::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<BackupSummary> backup_log(FileOps& ops, Clock& clock, const std::string& log_folder,
                                 const std::string& target) {
  auto folder = NewFolder::make(target);
  if (!folder) return fail(std::move(folder).error());
  BackupSummary summary;
  summary.manifest.made = clock.now();
  summary.manifest.partitions = kPartitions;
  auto scan = scan_journal(ops, log_folder,
                           [&](const SegmentIndex& index, std::string_view bytes) -> Status {
                             if (auto room = check_room(folder->path(), bytes.size()); !room)
                               return room;
                             summary.manifest.segments.push_back(summary_of(index, bytes));
                             return write_segment(ops, folder->path(), index, bytes);
                           });
  if (!scan) return fail(std::move(scan).error());
  if (!scan->damage.empty()) {
    return fail(ErrorKind::kDataLoss, "LOG_DAMAGED",
                fmt::format("{}{}; no backup is made of a damaged log: bring the last good backup "
                            "back, and keep a copy of this folder for what is behind it",
                            scan->damage.front(),
                            scan->damage.size() > 1
                                ? fmt::format(" (and {} more places)", scan->damage.size() - 1)
                                : ""));
  }
  summary.manifest.ends = scan->ends;
  summary.records = scan->records;
  summary.bytes = scan->bytes;
  const auto path = fmt::format("{}/{}", folder->path(), kManifest);
  if (auto written = write_file(ops, path, encode_manifest(summary.manifest)); !written) {
    return fail(std::move(written).error());
  }
  if (auto finished = folder->finish(); !finished) return fail(std::move(finished).error());
  return summary;
}

Result<BackupSummary> verify_backup(FileOps& ops, const std::string& backup,
                                    const SegmentVisitor& visit) {
  const auto path = fmt::format("{}/{}", backup, kManifest);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return fail(ErrorKind::kNotFound, "BACKUP_MISSING",
                fmt::format("{} is no backup: it has no file {}", backup, kManifest));
  }
  const auto bytes = read_file(ops, path);
  if (!bytes) return fail(bytes.error());
  auto manifest = decode_manifest(*bytes, path);
  if (!manifest) return fail(std::move(manifest).error());
  if (manifest->partitions != kPartitions) {
    return fail(ErrorKind::kFailedPrecondition, "BACKUP_OF_OTHER_PARTITIONS",
                fmt::format("{} is of a log with {} partitions and this program has {}; use the "
                            "program that made it",
                            backup, manifest->partitions, kPartitions));
  }
  const auto damaged = [&](const std::string& what) {
    return fail(ErrorKind::kDataLoss, "BACKUP_DAMAGED",
                fmt::format("{}: {}; use another backup", backup, what));
  };
  std::vector<BackupSegment> found;
  auto scan = scan_journal(ops, backup, [&](const SegmentIndex& index, std::string_view content) {
    found.push_back(summary_of(index, content));
    return visit(index, content);
  });
  if (!scan && scan.error().reason == "LOG_MISSING") return damaged("it has no segments");
  if (!scan) return fail(std::move(scan).error());
  if (!scan->damage.empty()) return damaged(scan->damage.front());
  if (found != manifest->segments || scan->ends != manifest->ends) {
    for (const auto& want : manifest->segments) {
      if (std::ranges::find(found, want) != found.end()) continue;
      return damaged(fmt::format("{} is not what its {} says (it was cut, changed or lost)",
                                 log_path(backup, want.number), kManifest));
    }
    return damaged(fmt::format("its segments are not those that its {} names", kManifest));
  }
  return BackupSummary{std::move(*manifest), scan->records, scan->bytes};
}

Result<BackupSummary> restore_log(FileOps& ops, const std::string& backup,
                                  const std::string& log_folder) {
  // Whole, before anything is written.
  auto summary =
      verify_backup(ops, backup, [](const SegmentIndex&, std::string_view) { return Status(); });
  if (!summary) return summary;
  if (is_in_use(log_folder)) {
    return fail(ErrorKind::kFailedPrecondition, "LOG_IN_USE",
                fmt::format("{}: a process has this log open; stop it first (lianmengctl stop), or "
                            "name another data folder",
                            log_folder));
  }
  auto folder = NewFolder::make(log_folder);
  if (!folder) return fail(std::move(folder).error());
  if (auto room = check_room(folder->path(), bytes_in(backup)); !room) {
    return fail(std::move(room).error());
  }
  const auto last = summary->manifest.segments.back().number;
  auto written =
      verify_backup(ops, backup, [&](const SegmentIndex& index, std::string_view bytes) -> Status {
        if (auto status = write_segment(ops, folder->path(), index, bytes); !status) return status;
        // A closed segment has an index; without it the first start would read it whole.
        if (index.segment == last) return {};
        auto encoded = index;
        return write_file(ops, index_path(folder->path(), index.segment), encode_index(encoded));
      });
  if (!written) return written;
  if (auto finished = folder->finish(); !finished) return fail(std::move(finished).error());
  return written;
}

}  // namespace lianmeng::log
