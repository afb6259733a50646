#include "platform/seal/key_file.h"

#include <sys/file.h>
#include <sys/stat.h>

#include "platform/seal/cipher.h"
#include "platform/seal/key_id.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

// A record: size of the payload (4 bytes, little endian), checksum of the payload, payload. The
// payload's first byte says what follows:
//   C  the check. Always the first record.
//   K  key id, wrapped key, subject
//   B  several keys, each: key id, wrapped key, size of the subject (1 byte), subject
//   E  key id: erased
//   Z  the number of keys before it, 8 bytes: ends a backup, so that a shortened one is noticed
constexpr std::string_view kMagic = "LMKEYS01";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHeadBytes = 4 + kChecksumBytes;
constexpr std::size_t kKeyBytesMax = kKeyIdSize + kWrappedBytes + 1 + kSubjectMax;
constexpr std::size_t kPayloadMax = 1 + kRecordKeysMax * kKeyBytesMax;
constexpr std::string_view kCheckContext = "lianmeng.keys/check";

Error damaged(const fs::path& path, std::size_t position, std::string_view what) {
  return make_error(ErrorKind::kDataLoss, "KEY_STORE_DAMAGED",
                    fmt::format("{}: {} at byte {}; restore the key store from its backup",
                                path.string(), what, position));
}

std::string number_bytes(std::size_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xff);
  return bytes;
}

Result<std::string> record_of(std::string_view payload) {
  const auto checksum = digest(payload, kChecksumBytes);
  if (!checksum) return checksum;
  return number_bytes(payload.size(), 4).append(*checksum).append(payload);
}

// The payload at the front of `rest`; empty when it is not whole.
Result<std::string_view> payload_at(std::string_view rest) {
  if (rest.size() < kHeadBytes) return std::string_view{};
  std::size_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<std::uint8_t>(rest[i]);
  if (size == 0 || size > kPayloadMax || rest.size() - kHeadBytes < size) return std::string_view{};
  const auto payload = rest.substr(kHeadBytes, size);
  const auto checksum = digest(payload, kChecksumBytes);
  if (!checksum) return fail(checksum.error());
  return *checksum == rest.substr(4, kChecksumBytes) ? payload : std::string_view{};
}

// Whether what stands here can be the one record that was being written when the process died.
Result<bool> is_torn(std::string_view rest) {
  if (rest.size() > kHeadBytes + kPayloadMax) return false;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const auto payload = payload_at(rest.substr(i));
    if (!payload) return fail(payload.error());
    if (!payload->empty()) return false;
  }
  return true;
}

void take_key(KeptKeys& keys, std::string_view key, std::string_view subject) {
  keys[std::string(key.substr(0, kKeyIdSize))] = {std::string(subject),
                                                  std::string(key.substr(kKeyIdSize))};
}

// Whether it is of a known kind and size.
bool take(KeptKeys& keys, std::string_view payload) {
  constexpr auto kKeySize = kKeyIdSize + kWrappedBytes;
  const char kind = payload.front();
  payload.remove_prefix(1);
  if (kind == 'E' && payload.size() == kKeyIdSize) {
    keys[std::string(payload)] = {};
    return true;
  }
  if (kind == 'K' && payload.size() >= kKeySize) {
    take_key(keys, payload.substr(0, kKeySize), payload.substr(kKeySize));
    return true;
  }
  if (kind != 'B') return false;
  while (!payload.empty()) {
    if (payload.size() < kKeySize + 1) return false;
    const auto size = static_cast<std::uint8_t>(payload[kKeySize]);
    if (payload.size() < kKeySize + 1 + size) return false;
    take_key(keys, payload.substr(0, kKeySize), payload.substr(kKeySize + 1, size));
    payload.remove_prefix(kKeySize + 1 + size);
  }
  return true;
}

// Overwrites the file and removes its name. As far as the disk lets us: see the README.
Status destroy(const fs::path& path) {
  const FileHandle handle(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct stat info {};
  if (!handle || ::fstat(handle.get(), &info) != 0) return fail(file_error("open", path));
  const std::string zeros(static_cast<std::size_t>(info.st_size), '\0');
  if (const auto written = write_all(handle.get(), zeros, 0, path); !written) return written;
  if (::fdatasync(handle.get()) != 0) return fail(file_error("sync", path));
  if (::unlink(path.c_str()) != 0) return fail(file_error("remove", path));
  return {};
}

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat one {};
  struct stat two {};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &two) == 0 && one.st_ino == two.st_ino;
}

}  // namespace

Result<KeyFile> read_key_file(std::string_view bytes, const fs::path& path) {
  if (!bytes.starts_with(kMagic)) return fail(damaged(path, 0, "this is no key store"));
  KeyFile file;
  std::size_t position = kMagic.size();
  while (position < bytes.size()) {
    const auto payload = payload_at(bytes.substr(position));
    if (!payload) return fail(payload.error());
    if (payload->empty()) {
      const auto torn = is_torn(bytes.substr(position));
      if (!torn) return fail(torn.error());
      if (file.check.empty() || !*torn) return fail(damaged(path, position, "a record is damaged"));
      break;
    }
    if (file.check.empty()) {
      if (payload->front() != 'C' || payload->size() == 1)
        return fail(damaged(path, position, "the first record is no check"));
      file.check = payload->substr(1);
    } else if (payload->front() == 'Z') {
      file.is_whole_backup = payload->substr(1) == number_bytes(file.keys.size(), 8);
    } else if (!take(file.keys, *payload)) {
      return fail(damaged(path, position, "a record of an unknown kind"));
    }
    position += kHeadBytes + payload->size();
  }
  if (file.check.empty()) return fail(damaged(path, position, "the first record is missing"));
  file.end = position;
  return file;
}

Status check_master_key(const MasterKey& master, const KeyFile& file, const fs::path& path) {
  if (master.unwrap(file.check, kCheckContext)) return {};
  return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_WRONG",
              fmt::format("{}: the master key is not the one that this key store was made with; "
                          "restore the right one from its backup",
                          path.string()));
}

Result<std::string> make_check(const MasterKey& master, const FillRandom& random) {
  return master.wrap(SecretKey(), kCheckContext, random);
}

Result<std::string> make_key_file(const MasterKey& master, const KeptKeys& keys,
                                  const FillRandom& random) {
  const auto check = make_check(master, random);
  if (!check) return check;
  return make_key_file(*check, keys);
}

Result<std::string> make_key_file(std::string_view check, const KeptKeys& keys) {
  std::string bytes(kMagic);
  const auto add = [&](const std::string& payload) -> Status {
    const auto record = record_of(payload);
    if (!record) return fail(record.error());
    bytes += *record;
    return {};
  };
  if (const auto added = add("C" + std::string(check)); !added) return fail(added.error());
  for (const auto& [id, kept] : keys) {
    const auto added =
        add(kept.wrapped.empty() ? "E" + id : "K" + id + kept.wrapped + kept.subject);
    if (!added) return fail(added.error());
  }
  return bytes;
}

Result<std::string> make_backup_file(const KeyFile& file) {
  auto bytes = make_key_file(file.check, file.keys);
  const auto end = record_of("Z" + number_bytes(file.keys.size(), 8));
  if (!bytes || !end) return fail(bytes ? end.error() : bytes.error());
  return *bytes + *end;
}

Result<std::string> make_record(std::span<const std::pair<std::string, KeptKey>> keys) {
  if (keys.size() == 1) {
    const auto& [id, kept] = keys.front();
    return record_of("K" + id + kept.wrapped + kept.subject);
  }
  std::string payload = "B";
  for (const auto& [id, kept] : keys) {
    payload += id + kept.wrapped;
    payload += static_cast<char>(kept.subject.size());
    payload += kept.subject;
  }
  return record_of(payload);
}

Result<FileHandle> lock_key_store(const fs::path& directory) {
  std::error_code error;
  if (fs::create_directories(directory, error))
    fs::permissions(directory, fs::perms::owner_all, error);
  const auto path = directory / "lock";
  FileHandle lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail(file_error("open", path));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::kFailedPrecondition, "KEY_STORE_LOCKED",
                fmt::format("{}: another process has this key store open; stop it first",
                            directory.string()));
  return lock;
}

Result<FileHandle> replace_key_file(const fs::path& directory, std::string_view bytes) {
  const auto path = directory / "keys";
  const auto fresh_path = directory / "keys.new";
  const auto old_path = directory / "keys.old";
  // An earlier one that failed half way.
  if (const auto finished = finish_replacing(directory); !finished) return fail(finished.error());
  FileHandle fresh(::open(fresh_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fresh) return fail(file_error("create", fresh_path));
  if (const auto written = write_all(fresh.get(), bytes, 0, fresh_path); !written)
    return fail(written.error());
  if (::fsync(fresh.get()) != 0) return fail(file_error("sync", fresh_path));
  // The old file keeps a name until it is overwritten, so that a crash cannot lose track of it.
  const bool had_one = ::link(path.c_str(), old_path.c_str()) == 0;
  if (!had_one && errno != ENOENT) return fail(file_error("link", path));
  if (::rename(fresh_path.c_str(), path.c_str()) != 0)
    return fail(file_error("rename", fresh_path));
  // Before the old bytes go, the new name must last.
  if (const auto synced = sync_directory(directory); !synced) return fail(synced.error());
  if (had_one) {
    if (const auto gone = destroy(old_path); !gone) return fail(gone.error());
  }
  return fresh;
}

Status finish_replacing(const fs::path& directory) {
  const auto fresh_path = directory / "keys.new";
  const auto old_path = directory / "keys.old";
  if (fs::exists(fresh_path)) {
    if (const auto gone = destroy(fresh_path); !gone) return gone;
  }
  if (!fs::exists(old_path)) return {};
  // Still in force when the crash came before the rename.
  if (same_file(old_path, directory / "keys")) {
    if (::unlink(old_path.c_str()) != 0) return fail(file_error("remove", old_path));
    return {};
  }
  return destroy(old_path);
}

}  // namespace lianmeng::seal
