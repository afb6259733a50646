#include "platform/seal/file_key_store.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "platform/seal/file.h"
#include "platform/seal/kept_key.h"
#include "platform/seal/key_file.h"
#include "platform/seal/master_key.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

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

  Result<std::vector<std::string>> get_or_create_all(
      std::span<const std::string> subjects) override;
  Result<std::optional<std::string>> find(std::string_view subject) override;
  Result<FoundKey> get(std::string_view key_id) override;
  Status erase(std::span<const std::string> key_ids) override;
  Result<std::vector<Entry>> list() override;

 private:
  Status append(std::string_view record);
  Status replace_file(const KeptKeys& keys);
  // Makes and writes keys for these, at most kRecordKeysMax, with one sync.
  Status create(std::span<const std::string> subjects);

  const fs::path directory_;
  const fs::path path_;
  const FileHandle lock_;
  const MasterKey master_;
  const FillRandom random_;

  std::mutex mutex_;  // Guards all below.
  FileHandle file_;
  off_t end_ = 0;
  bool unsure_ = false;  // A sync failed: what is on the disk is unknown until it is opened again.
  KeptKeys keys_;
  std::unordered_map<std::string, std::string> by_subject_;
};

Status FileKeyStore::load(const SealNotice& notice) {
  if (!fs::exists(path_)) return replace_file({});
  file_ = FileHandle(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!file_) return fail(file_error("open", path_));
  const auto bytes = read_all(file_.get(), path_);
  if (!bytes) return fail(bytes.error());
  auto file = read_key_file(*bytes, path_);
  if (!file) return fail(file.error());
  if (const auto fits = check_master_key(master_, *file, path_); !fits) return fits;
  end_ = static_cast<off_t>(file->end);
  if (file->end < bytes->size()) {
    notice(fmt::format("{}: cut {} bytes of a torn record at byte {}; it was never answered",
                       path_.string(), bytes->size() - file->end, file->end));
    if (::ftruncate(file_.get(), end_) != 0 || ::fdatasync(file_.get()) != 0)
      return fail(file_error("cut the torn tail of", path_));
  }
  keys_ = std::move(file->keys);
  for (const auto& [id, kept] : keys_)
    if (!kept.wrapped.empty()) by_subject_[kept.subject] = id;
  return {};
}

Status FileKeyStore::append(std::string_view record) {
  if (unsure_)
    return fail(
        ErrorKind::kUnavailable, "SEAL_FILE_FAILED",
        fmt::format("{}: an earlier sync failed; restart when the disk is sound", path_.string()));
  if (const auto written = write_all(file_.get(), record, end_, path_); !written) {
    // A part may stand behind the end and must not be taken for a torn tail in the middle later.
    if (::ftruncate(file_.get(), end_) != 0) unsure_ = true;
    return written;
  }
  if (::fdatasync(file_.get()) != 0) {
    unsure_ = true;
    return fail(file_error("sync", path_));
  }
  end_ += static_cast<off_t>(record.size());
  return {};
}

Status FileKeyStore::replace_file(const KeptKeys& keys) {
  const auto bytes = make_key_file(master_, keys, random_);
  if (!bytes) return fail(bytes.error());
  auto fresh = replace_key_file(directory_, *bytes);
  if (!fresh) {
    // Which of the two is in force is known again when it is opened.
    unsure_ = true;
    return fail(fresh.error());
  }
  file_ = std::move(*fresh);
  end_ = static_cast<off_t>(bytes->size());
  unsure_ = false;
  return {};
}

Status FileKeyStore::create(std::span<const std::string> subjects) {
  std::vector<std::pair<std::string, KeptKey>> made;
  for (const auto& subject : subjects) {
    auto key = make_kept_key(master_, subject, random_);
    if (!key) return fail(key.error());
    made.push_back(std::move(*key));
  }
  const auto record = make_record(made);
  if (!record) return fail(record.error());
  if (const auto appended = append(*record); !appended) return appended;
  for (auto& [id, kept] : made) {
    by_subject_[kept.subject] = id;
    keys_[id] = std::move(kept);
  }
  return {};
}

Result<std::vector<std::string>> FileKeyStore::get_or_create_all(
    std::span<const std::string> subjects) {
  if (const auto status = check_subjects(subjects); !status) return fail(status.error());
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  std::unordered_set<std::string_view> seen;
  for (const auto& subject : subjects)
    if (!by_subject_.contains(subject) && seen.insert(subject).second) missing.push_back(subject);
  for (std::span<const std::string> left(missing); !left.empty();) {
    const auto some = left.first(std::min(left.size(), kRecordKeysMax));
    if (const auto made = create(some); !made) return fail(made.error());
    left = left.subspan(some.size());
  }
  std::vector<std::string> ids;
  ids.reserve(subjects.size());
  for (const auto& subject : subjects) ids.push_back(by_subject_.at(subject));
  return ids;
}

Result<std::optional<std::string>> FileKeyStore::find(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  const auto found = by_subject_.find(std::string(subject));
  if (found == by_subject_.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

Result<FoundKey> FileKeyStore::get(std::string_view key_id) {
  const std::lock_guard lock(mutex_);
  const auto kept = keys_.find(std::string(key_id));
  if (kept == keys_.end()) return FoundKey();
  return open_kept_key(master_, key_id, kept->second);
}

Status FileKeyStore::erase(std::span<const std::string> key_ids) {
  if (auto status = check_key_ids(key_ids); !status) return status;
  const std::lock_guard lock(mutex_);
  const auto is_gone = [&](const std::string& id) {
    const auto found = keys_.find(id);
    return found != keys_.end() && found->second.wrapped.empty();
  };
  if (!unsure_ && std::ranges::all_of(key_ids, is_gone)) return {};
  KeptKeys left = keys_;
  for (const auto& id : key_ids) left[id] = {};
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
  auto lock = lock_key_store(config.directory);
  if (!lock) return fail(lock.error());
  if (const auto finished = finish_replacing(config.directory); !finished)
    return fail(finished.error());
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
  auto store = std::make_unique<FileKeyStore>(config.directory, std::move(*lock),
                                              std::move(*master), std::move(random));
  if (const auto loaded = store->load(notice); !loaded) return fail(loaded.error());
  return store;
}

}  // namespace lianmeng::seal
