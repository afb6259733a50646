// The file of a key store, as bytes and on the disk. Inside platform/seal only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/seal/file.h"
#include "platform/seal/kept_key.h"
#include "platform/seal/master_key.h"

namespace lianmeng::seal {

// Keys in one record: what is made together and synced once.
inline constexpr std::size_t kRecordKeysMax = 1'000;

// What a file holds.
struct KeyFile {
  std::string check;  // A wrapped key of zeros: tells a wrong master key from damage.
  KeptKeys keys;
  std::size_t end = 0;  // Behind the last whole record; what is there is a torn one.
  bool is_whole_backup = false;
};

// Refused: KEY_STORE_DAMAGED with path and byte. A torn record is told from damage by this: nothing
// whole lies behind it, since each record is synced before the next is begun.
Result<KeyFile> read_key_file(std::string_view bytes, const std::filesystem::path& path);
// What `directory`/keys holds at one moment, also while a process has the store open.
// KEY_STORE_MISSING, KEY_STORE_DAMAGED.
Result<KeyFile> read_key_store(const std::filesystem::path& directory);
// What a backup holds. KEY_BACKUP_MISSING, KEY_BACKUP_DAMAGED.
Result<KeyFile> read_key_backup(const std::filesystem::path& path);
// The master key from its file, which must open the backup. MASTER_KEY_MISSING, MASTER_KEY_WRONG.
Result<MasterKey> load_master_key_of(const KeyFile& backup, const std::filesystem::path& from,
                                     const std::filesystem::path& master_key);
// A new one (0600, durable). KEY_BACKUP_EXISTS, SEAL_FILE_FAILED, DISK_FULL.
Status write_key_backup(const std::filesystem::path& path, const KeyFile& file);
// MASTER_KEY_WRONG.
Status check_master_key(const MasterKey& master, const KeyFile& file,
                        const std::filesystem::path& path);
// What check_master_key unwraps.
Result<std::string> make_check(const MasterKey& master, const FillRandom& random);
// A file with all of these.
Result<std::string> make_key_file(const MasterKey& master, const KeptKeys& keys,
                                  const FillRandom& random);
Result<std::string> make_key_file(std::string_view check, const KeptKeys& keys);
Result<std::string> make_backup_file(const KeyFile& file);
// One record for all of them: 1 to kRecordKeysMax.
Result<std::string> make_record(std::span<const std::pair<std::string, KeptKey>> keys);

// Takes the lock that a process holds while it has the store open: KEY_STORE_LOCKED.
Result<FileHandle> lock_key_store(const std::filesystem::path& directory);
// Puts these bytes into place of `directory`/keys: a crash leaves the old file or the new one. The
// old bytes are overwritten afterwards, also after a crash in between (finish_replacing).
Result<FileHandle> replace_key_file(const std::filesystem::path& directory, std::string_view bytes);
// After a crash: overwrites an old file that is still there and drops a new one that was never in
// force. Under the lock.
Status finish_replacing(const std::filesystem::path& directory);

}  // namespace lianmeng::seal
