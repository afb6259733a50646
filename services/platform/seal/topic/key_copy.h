// Takes the keys of sealed values to a topic: from the files of one machine, from a topic of
// another cluster, from a backup; and to a backup. They stay wrapped; the master key goes another
// way, by hand.
#pragma once

#include <filesystem>
#include <string>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/log.h"
#include "platform/log/topic_rules.h"
#include "platform/seal/key_backup.h"

namespace lianmeng::seal {

struct KeyCopyOptions {
  // Tells whether two stores are of one kind, where they do not say so themselves (the file of keys
  // is made anew at each erasure, its check too). Empty: then those are refused.
  std::filesystem::path master_key;
  std::string topic{log::kKeysTopic};
  Duration timeout{30'000};  // A log may stay silent for so long; then KEYS_UNAVAILABLE.
};

// What the target lacks is added; what is erased in one of the two is erased in the target. So it
// may be run again, and beside processes that have the target open.
// Errors: KEYS_DIFFER (the target has keys of another master key), KEY_STORE_MISSING,
// KEY_STORE_DAMAGED, KEYS_UNAVAILABLE, and those of a master key.
Result<KeyCounts> copy_keys_of_files(const std::filesystem::path& directory, log::Log& to,
                                     Clock& clock, const KeyCopyOptions& options = {});
Result<KeyCounts> copy_keys_of_topic(log::Log& from, log::Log& to, Clock& clock,
                                     const KeyCopyOptions& options = {});

// What backup_keys and restore_keys are to files (key_backup.h); no host needs to be stopped. Of
// several keys of one subject a backup does not keep the order, so which of them a restore puts
// first is left open; values name the key that they were sealed with.
// Errors: also those of a backup's file; KEY_STORE_MISSING: the topic has no keys yet;
// MASTER_KEY_MISSING, MASTER_KEY_WRONG: a restore asks for the master key of the backup.
Result<KeyCounts> backup_keys_of_topic(log::Log& from, const std::filesystem::path& to,
                                       Clock& clock, const KeyCopyOptions& options = {});
Result<KeyCounts> restore_keys_to_topic(const std::filesystem::path& from, log::Log& to,
                                        Clock& clock, const KeyCopyOptions& options);

}  // namespace lianmeng::seal
