#include "platform/seal/file_key_store.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "platform/seal/cipher.h"
#include "platform/seal/file.h"
#include "platform/seal/key_id.h"
#include "platform/seal/master_key.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

// A record: size of the payload (4 bytes, little endian), checksum of the payload, payload. The
// payload's first byte says what follows:
//   C  a wrapped key of zeros: tells a wrong master key from damage. Always the first record.
//   K  key id, wrapped key, subject
//   E  key id: erased
constexpr std::string_view kMagic = "LMKEYS01";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHeadBytes = 4 + kChecksumBytes;
constexpr std::size_t kSubjectMax = 200;
constexpr std::size_t kPayloadMax = 1 + kKeyIdSize + kWrappedBytes + kSubjectMax;
constexpr std::string_view kCheckContext = "lianmeng.keys/check";

// Binds a wrapped key to its place, so that two records cannot be swapped.
std::string context_of(std::string_view key_id, std::string_view subject) {
  return fmt::format("lianmeng.keys/{}/{}", key_id, subject);
}

Result<std::string> record_of(std::string_view payload) {
  const auto checksum = digest(payload, kChecksumBytes);
  if (!checksum) return checksum;
  std::string record;
  for (int shift = 0; shift < 32; shift += 8)
    record += static_cast<char>((payload.size() >> shift) & 0xff);
  return record.append(*checksum).append(payload);
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

class FileKeyStore final : public KeyStore {
 public:
  FileKeyStore(fs::path directory, FileHandle lock, MasterKey master, FillRandom random)
      : directory_(std::move(directory)),
        path_(directory_ / "keys"),
        lock_(std::move(lock)),
        master_(std::move(master)),
        random_(std::move(random)) {}

  // Before any other call.
  Status load(const SealNotice& notice);

  Result<std::string> get_or_create(std::string_view subject) override;
  Result<FoundKey> get(std::string_view key_id) override;
  Status erase(std::span<const std::string> key_ids) override;
  Result<std::vector<Entry>> list() override;

 private:
  struct Kept {
    std::string subject;
    std::string wrapped;  // Empty when erased.
  };
  using Keys = std::unordered_map<std::string, Kept>;

  Status read_records(std::string_view bytes, const SealNotice& notice);
  bool take(std::string_view payload);
  Status append(std::string_view payload);
  Status replace_file(const Keys& keys);
  Error damaged(std::size_t position, std::string_view what) const;

  const fs::path directory_;
  const fs::path path_;
  const FileHandle lock_;
  const MasterKey master_;
  const FillRandom random_;

  std::mutex mutex_;  // Guards all below.
  FileHandle file_;
  off_t end_ = 0;
  bool unsure_ = false;  // A sync failed: what is on the disk is unknown until it is opened again.
  Keys keys_;
  std::unordered_map<std::string, std::string> by_subject_;
};

Error FileKeyStore::damaged(std::size_t position, std::string_view what) const {
  return make_error(ErrorKind::kDataLoss, "KEY_STORE_DAMAGED",
                    fmt::format("{}: {} at byte {}; restore the key store from its backup",
                                path_.string(), what, position));
}

Status FileKeyStore::load(const SealNotice& notice) {
  if (!fs::exists(path_)) return replace_file({});
  file_ = FileHandle(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!file_) return fail(file_error("open", path_));
  const auto bytes = read_all(file_.get(), path_);
  if (!bytes) return fail(bytes.error());
  return read_records(*bytes, notice);
}

Status FileKeyStore::read_records(std::string_view bytes, const SealNotice& notice) {
  if (!bytes.starts_with(kMagic)) return fail(damaged(0, "this is no key store"));
  std::size_t position = kMagic.size();
  bool first = true;
  while (position < bytes.size()) {
    const auto payload = payload_at(bytes.substr(position));
    if (!payload) return fail(payload.error());
    if (payload->empty()) {
      // Each record is synced before the next is begun, so only the last one can be torn.
      if (first || bytes.size() - position > kHeadBytes + kPayloadMax)
        return fail(damaged(position, "a record is damaged"));
      notice(fmt::format("{}: cut {} bytes of a torn record at byte {}; it was never answered",
                         path_.string(), bytes.size() - position, position));
      if (::ftruncate(file_.get(), static_cast<off_t>(position)) != 0 ||
          ::fdatasync(file_.get()) != 0)
        return fail(file_error("cut the torn tail of", path_));
      break;
    }
    if (first) {
      if (payload->front() != 'C') return fail(damaged(position, "the first record is no check"));
      if (!master_.unwrap(payload->substr(1), kCheckContext))
        return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_WRONG",
                    fmt::format("{}: the master key is not the one that this key store was made "
                                "with; restore the right one from its backup",
                                path_.string()));
    } else if (!take(*payload)) {
      return fail(damaged(position, "a record of an unknown kind"));
    }
    first = false;
    position += kHeadBytes + payload->size();
  }
  if (first) return fail(damaged(position, "the first record is missing"));
  end_ = static_cast<off_t>(position);
  return {};
}

bool FileKeyStore::take(std::string_view payload) {
  const char kind = payload.front();
  payload.remove_prefix(1);
  const bool is_key = kind == 'K' && payload.size() >= kKeyIdSize + kWrappedBytes;
  const bool is_erasure = kind == 'E' && payload.size() == kKeyIdSize;
  if (!is_key && !is_erasure) return false;
  const std::string id(payload.substr(0, kKeyIdSize));
  if (is_erasure) {
    keys_[id] = {};
    return true;
  }
  const std::string subject(payload.substr(kKeyIdSize + kWrappedBytes));
  keys_[id] = {subject, std::string(payload.substr(kKeyIdSize, kWrappedBytes))};
  by_subject_[subject] = id;
  return true;
}

Status FileKeyStore::append(std::string_view payload) {
  if (unsure_)
    return fail(
        ErrorKind::kUnavailable, "SEAL_FILE_FAILED",
        fmt::format("{}: an earlier sync failed; restart when the disk is sound", path_.string()));
  const auto record = record_of(payload);
  if (!record) return fail(record.error());
  if (const auto written = write_all(file_.get(), *record, end_, path_); !written) {
    // A part may stand behind the end and must not be taken for a torn tail in the middle later.
    if (::ftruncate(file_.get(), end_) != 0) unsure_ = true;
    return written;
  }
  if (::fdatasync(file_.get()) != 0) {
    unsure_ = true;
    return fail(file_error("sync", path_));
  }
  end_ += static_cast<off_t>(record->size());
  return {};
}

// Writes the whole store under another name and puts it into place: a crash leaves the old or the
// new one. The old bytes are overwritten then, as far as the disk lets us.
Status FileKeyStore::replace_file(const Keys& keys) {
  const auto check = master_.wrap(SecretKey(), kCheckContext, random_);
  if (!check) return fail(check.error());
  std::string bytes(kMagic);
  const auto add = [&](const std::string& payload) -> Status {
    const auto record = record_of(payload);
    if (!record) return fail(record.error());
    bytes += *record;
    return {};
  };
  if (const auto added = add("C" + *check); !added) return added;
  for (const auto& [id, kept] : keys) {
    const auto added =
        add(kept.wrapped.empty() ? "E" + id : "K" + id + kept.wrapped + kept.subject);
    if (!added) return added;
  }

  const auto fresh_path = directory_ / "keys.new";
  FileHandle fresh(::open(fresh_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fresh) return fail(file_error("create", fresh_path));
  if (const auto written = write_all(fresh.get(), bytes, 0, fresh_path); !written) return written;
  if (::fsync(fresh.get()) != 0) return fail(file_error("sync", fresh_path));
  if (::rename(fresh_path.c_str(), path_.c_str()) != 0)
    return fail(file_error("rename", fresh_path));
  std::swap(file_, fresh);
  const auto old_end = std::exchange(end_, static_cast<off_t>(bytes.size()));
  if (fresh) {
    const std::string zeros(static_cast<std::size_t>(old_end), '\0');
    if (write_all(fresh.get(), zeros, 0, path_)) ::fdatasync(fresh.get());
  }
  if (const auto synced = sync_directory(directory_); !synced) {
    unsure_ = true;
    return synced;
  }
  return {};
}

Result<std::string> FileKeyStore::get_or_create(std::string_view subject) {
  if (subject.empty() || subject.size() > kSubjectMax)
    return fail(
        ErrorKind::kInvalidArgument, "SEAL_SUBJECT_SIZE",
        fmt::format("a subject has 1 to {} bytes, this one {}", kSubjectMax, subject.size()));
  const std::lock_guard lock(mutex_);
  const std::string name(subject);
  if (const auto found = by_subject_.find(name); found != by_subject_.end()) return found->second;
  auto id = new_key_id(random_);
  if (!id) return id;
  SecretKey key;
  if (const auto filled = random_(key.bytes()); !filled) return fail(filled.error());
  auto wrapped = master_.wrap(key, context_of(*id, name), random_);
  if (!wrapped) return wrapped;
  if (const auto appended = append("K" + *id + *wrapped + name); !appended)
    return fail(appended.error());
  keys_[*id] = {name, std::move(*wrapped)};
  by_subject_[name] = *id;
  return id;
}

Result<FoundKey> FileKeyStore::get(std::string_view key_id) {
  const std::lock_guard lock(mutex_);
  FoundKey result;
  const auto found = keys_.find(std::string(key_id));
  if (found == keys_.end()) return result;
  const auto& kept = found->second;
  if (kept.wrapped.empty()) {
    result.state = FoundKey::State::kErased;
    return result;
  }
  auto key = master_.unwrap(kept.wrapped, context_of(key_id, kept.subject));
  if (!key) return fail(key.error());
  result.state = FoundKey::State::kLive;
  result.key = std::move(*key);
  return result;
}

Status FileKeyStore::erase(std::span<const std::string> key_ids) {
  for (const auto& id : key_ids)
    if (!is_key_id(id))
      return fail(ErrorKind::kInvalidArgument, "SEAL_KEY_ID",
                  fmt::format("\"{}\" is no key id", id));
  const std::lock_guard lock(mutex_);
  Keys left = keys_;
  bool changed = false;
  for (const auto& id : key_ids) {
    const auto [kept, added] = left.try_emplace(id);
    changed = changed || added || !kept->second.wrapped.empty();
    kept->second = {};
  }
  if (!changed) return {};
  if (const auto replaced = replace_file(left); !replaced) return replaced;
  keys_ = std::move(left);
  std::erase_if(by_subject_,
                [&](const auto& entry) { return keys_[entry.second].wrapped.empty(); });
  return {};
}

Result<std::vector<KeyStore::Entry>> FileKeyStore::list() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> result;
  result.reserve(keys_.size());
  for (const auto& [id, kept] : keys_) result.push_back({id, kept.subject, kept.wrapped.empty()});
  std::ranges::sort(result, {}, &Entry::key_id);
  return result;
}

}  // namespace

Result<std::unique_ptr<KeyStore>> open_file_key_store(const FileKeyStoreConfig& config,
                                                      FillRandom random, const SealNotice& notice) {
  std::error_code error;
  if (fs::create_directories(config.directory, error))
    fs::permissions(config.directory, fs::perms::owner_all, error);
  const auto lock_path = config.directory / "lock";
  FileHandle lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail(file_error("open", lock_path));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::kFailedPrecondition, "KEY_STORE_LOCKED",
                fmt::format("{}: another process has this key store open; stop it first",
                            config.directory.string()));
  // Left behind when a crash came before the rename; it was never answered.
  ::unlink((config.directory / "keys.new").c_str());

  const bool has_keys = fs::exists(config.directory / "keys");
  const bool has_master = fs::exists(config.master_key);
  if (!has_master && has_keys)
    return fail(ErrorKind::kFailedPrecondition, "MASTER_KEY_MISSING",
                fmt::format("{}: the master key is missing, but {} was made with it; restore it "
                            "from its backup, without it every sealed value stays closed",
                            config.master_key.string(), (config.directory / "keys").string()));
  auto master = has_master ? MasterKey::load(config.master_key)
                           : MasterKey::create(config.master_key, random);
  if (!master) return fail(master.error());
  if (!has_master)
    notice(
        fmt::format("{}: made a new master key; back it up apart from the data, without it no "
                    "sealed value can be read",
                    config.master_key.string()));
  auto store = std::make_unique<FileKeyStore>(config.directory, std::move(lock), std::move(*master),
                                              std::move(random));
  if (const auto loaded = store->load(notice); !loaded) return fail(loaded.error());
  return store;
}

}  // namespace lianmeng::seal
