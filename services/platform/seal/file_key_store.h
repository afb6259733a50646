// The key store of one machine: one small file of its own, outside log and RocksDB.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "platform/base/error.h"
#include "platform/seal/key_store.h"
#include "platform/seal/secret.h"

namespace lianmeng::seal {

struct FileKeyStoreConfig {
  std::filesystem::path directory;   // Of its own; made when missing (0700).
  std::filesystem::path master_key;  // Made when missing and the store has no keys yet (0600).
};

// Told what an operator should know, in one sentence, while the store opens.
using SealNotice = std::function<void(const std::string&)>;

// Opens `directory`/keys. Records with checksums are appended, each synced before it is answered,
// up to 1,000 new keys in one; a torn tail is cut with a notice, damage before it is refused with
// file and position. Erasing writes the file anew without the keys, renames it into place and
// overwrites the old bytes, after a crash at the next opening, so that the files and the master key
// together give nothing back.
// One process at a time, by a lock. Wrapped keys are held in memory, some 300 bytes a person; a
// plain key exists only while it is used.
// Refused: MASTER_KEY_MISSING, MASTER_KEY_SIZE, MASTER_KEY_EXPOSED, MASTER_KEY_WRONG,
// KEY_STORE_LOCKED, KEY_STORE_DAMAGED, SEAL_FILE_FAILED, DISK_FULL.
Result<std::unique_ptr<KeyStore>> open_file_key_store(const FileKeyStoreConfig& config,
                                                      FillRandom random, const SealNotice& notice);

}  // namespace lianmeng::seal
