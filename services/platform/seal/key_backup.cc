#include "platform/seal/key_backup.h"

#include <sys/stat.h>

#include "platform/seal/key_file.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

// An erasure replaces the file while it is read; more often than this it is something else.
constexpr int kReadsMax = 20;

KeyCounts count(const KeptKeys& keys) {
  KeyCounts counts;
  for (const auto& [id, kept] : keys) ++(kept.wrapped.empty() ? counts.erased : counts.live);
  return counts;
}

bool is_in_place(const FileHandle& handle, const fs::path& path) {
  struct stat open_one {};
  struct stat named_one {};
  return ::fstat(handle.get(), &open_one) == 0 && ::stat(path.c_str(), &named_one) == 0 &&
         open_one.st_ino == named_one.st_ino;
}

// The file as it was at one moment, though a process may have it open. The rename comes before the
// overwriting, so what still has its name after it was read was whole while it was read.
Result<std::string> read_in_place(const fs::path& path) {
  for (int i = 0; i < kReadsMax; ++i) {
    const FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!handle) return fail(file_error("open", path));
    auto bytes = read_all(handle.get(), path);
    if (!bytes || is_in_place(handle, path)) return bytes;
  }
  return fail(
      ErrorKind::kUnavailable, "KEY_STORE_BUSY",
      fmt::format("{}: it is replaced faster than it can be read; try again", path.string()));
}

Status write_new(const fs::path& path, std::string_view bytes) {
  const FileHandle handle(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!handle && errno == EEXIST)
    return fail(ErrorKind::kAlreadyExists, "KEY_BACKUP_EXISTS",
                fmt::format("{} is there already; name a new file", path.string()));
  if (!handle) return fail(file_error("create", path));
  auto done = write_all(handle.get(), bytes, 0, path);
  if (done && ::fsync(handle.get()) != 0) done = fail(file_error("sync", path));
  if (done) done = sync_directory(path.has_parent_path() ? path.parent_path() : fs::path("."));
  if (!done) ::unlink(path.c_str());
  return done;
}

// The keys that are there now; none when there is no store or it was set aside.
Result<KeptKeys> read_present(const FileKeyStoreConfig& config, const MasterKey& master,
                              const SealNotice& notice) {
  const auto path = config.directory / "keys";
  if (!fs::exists(path)) return KeptKeys();
  const FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle) return fail(file_error("open", path));
  const auto bytes = read_all(handle.get(), path);
  if (!bytes) return fail(bytes.error());
  auto file = read_key_file(*bytes, path);
  if (file) {
    if (const auto fits = check_master_key(master, *file, path); !fits) return fail(fits.error());
    return std::move(file->keys);
  }
  const auto aside = config.directory / "keys.damaged";
  if (fs::exists(aside))
    return fail(ErrorKind::kFailedPrecondition, "KEY_STORE_DAMAGED",
                fmt::format("{} is damaged, and {} is there from an earlier time; move that away "
                            "first",
                            path.string(), aside.string()));
  if (::rename(path.c_str(), aside.c_str()) != 0) return fail(file_error("rename", path));
  notice(
      fmt::format("{} is damaged ({}); it is set aside as {}, delete that when all values can be "
                  "read again",
                  path.string(), file.error().message_en, aside.string()));
  return KeptKeys();
}

}  // namespace

Result<KeyFile> read_key_store(const fs::path& directory) {
  const auto path = directory / "keys";
  if (!fs::exists(path))
    return fail(ErrorKind::kNotFound, "KEY_STORE_MISSING",
                fmt::format("{}: there is no key store here", directory.string()));
  const auto bytes = read_in_place(path);
  if (!bytes) return fail(bytes.error());
  return read_key_file(*bytes, path);
}

Result<KeyFile> read_key_backup(const fs::path& path) {
  const FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle && errno == ENOENT)
    return fail(ErrorKind::kNotFound, "KEY_BACKUP_MISSING",
                fmt::format("{}: there is no such backup", path.string()));
  if (!handle) return fail(file_error("open", path));
  const auto bytes = read_all(handle.get(), path);
  if (!bytes) return fail(bytes.error());
  auto file = read_key_file(*bytes, path);
  if (!file || !file->is_whole_backup || file->end != bytes->size())
    return fail(ErrorKind::kDataLoss, "KEY_BACKUP_DAMAGED",
                fmt::format("{}: this backup of keys is damaged; take another one", path.string()));
  return file;
}

Result<MasterKey> load_master_key_of(const KeyFile& backup, const fs::path& from,
                                     const fs::path& master_key) {
  if (!fs::exists(master_key))
    return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_MISSING",
                fmt::format("{}: the master key is missing; restore it from its own backup first, "
                            "without it these keys open nothing",
                            master_key.string()));
  auto master = MasterKey::load(master_key);
  if (!master) return master;
  if (const auto fits = check_master_key(*master, backup, from); !fits) return fail(fits.error());
  return master;
}

Status write_key_backup(const fs::path& path, const KeyFile& file) {
  const auto bytes = make_backup_file(file);
  if (!bytes) return fail(bytes.error());
  return write_new(path, *bytes);
}

Result<KeyCounts> backup_keys(const fs::path& directory, const fs::path& to) {
  const auto file = read_key_store(directory);
  if (!file) return fail(file.error());
  if (const auto written = write_key_backup(to, *file); !written) return fail(written.error());
  return count(file->keys);
}

Result<KeyCounts> restore_keys(const fs::path& from, const FileKeyStoreConfig& into,
                               const SealNotice& notice) {
  const auto backup = read_key_backup(from);
  if (!backup) return fail(backup.error());
  const auto master = load_master_key_of(*backup, from, into.master_key);
  if (!master) return fail(master.error());
  const auto lock = lock_key_store(into.directory);
  if (!lock) return fail(lock.error());
  if (const auto finished = finish_replacing(into.directory); !finished)
    return fail(finished.error());
  auto keys = read_present(into, *master, notice);
  if (!keys) return fail(keys.error());
  std::size_t added = 0;
  std::size_t newly_erased = 0;
  for (const auto& [id, kept] : backup->keys) {
    const auto [place, is_new] = keys->try_emplace(id, kept);
    if (is_new && !kept.wrapped.empty()) ++added;
    if (!kept.wrapped.empty()) continue;
    if (is_new || !place->second.wrapped.empty()) ++newly_erased;
    place->second = {};
  }
  const auto bytes = make_key_file(backup->check, *keys);
  if (!bytes) return fail(bytes.error());
  if (const auto replaced = replace_key_file(into.directory, *bytes); !replaced)
    return fail(replaced.error());
  auto counts = count(*keys);
  counts.added = added;
  counts.newly_erased = newly_erased;
  return counts;
}

}  // namespace lianmeng::seal
