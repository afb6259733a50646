// A key store's backup: its wrapped keys in a file of their own, of no use without the master key.
#pragma once

#include <cstddef>
#include <filesystem>

#include "platform/base/error.h"
#include "platform/seal/file_key_store.h"

namespace lianmeng::seal {

struct KeyCounts {
  std::size_t live = 0;
  std::size_t erased = 0;
  std::size_t added = 0;         // Keys that the store did not have.
  std::size_t newly_erased = 0;  // Erasures that it did not know.
};

// Copies `directory`/keys to a new file (0600, durable), also while a process has the store open.
// Errors: KEY_STORE_MISSING, KEY_BACKUP_EXISTS, KEY_STORE_DAMAGED, SEAL_FILE_FAILED, DISK_FULL.
Result<KeyCounts> backup_keys(const std::filesystem::path& directory,
                              const std::filesystem::path& to);

// Adds the keys of a backup to the store, which is made when there is none. What is erased in one
// of the two stays erased; keys that were made since the backup stay. A store that is damaged is
// set aside as keys.damaged. Keys that only the log knows to be erased are deleted when the server
// starts.
// Errors: KEY_STORE_LOCKED (stop the server), KEY_BACKUP_DAMAGED, KEY_BACKUP_MISSING,
// MASTER_KEY_MISSING, MASTER_KEY_WRONG and the other errors of a master key, SEAL_FILE_FAILED,
// DISK_FULL.
Result<KeyCounts> restore_keys(const std::filesystem::path& from, const FileKeyStoreConfig& into,
                               const SealNotice& notice);

}  // namespace lianmeng::seal
