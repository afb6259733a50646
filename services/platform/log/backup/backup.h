// A log in a second place: made while the log is written to, and brought back.
//
// A backup is a folder: MANIFEST and the segments under their own names, each cut behind its last
// record. It is a prefix of the journal, so no partition has an event whose cause is not in it. It
// holds what the log holds and no keys, so what is sealed in it stays sealed.
//
// Threads: one. All of it works on files alone, beside a running process or none.
#pragma once

#include <string>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/backup/manifest.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/embedded/journal_scan.h"

namespace lianmeng::log {

struct BackupSummary {
  Manifest manifest;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// Copies the log in `log_folder` to `target`, which must not exist; whatever fails, no `target` is
// left behind. Every record was checked on its way.
// Errors: TARGET_EXISTS, LOG_MISSING, LOG_DAMAGED (says where), DISK_FULL, TARGET_UNWRITABLE.
Result<BackupSummary> backup_log(FileOps& ops, Clock& clock, const std::string& log_folder,
                                 const std::string& target);

// Reads the whole backup and compares it with its manifest.
// Errors: BACKUP_MISSING, BACKUP_DAMAGED (says where), BACKUP_OF_OTHER_VERSION,
// BACKUP_OF_OTHER_PARTITIONS.
Result<BackupSummary> verify_backup(FileOps& ops, const std::string& backup,
                                    const SegmentVisitor& visit);

// Makes `log_folder` from a backup that it reads whole first. The folder must not exist or be
// empty; it appears under its name when it is complete.
// Errors: as verify_backup; LOG_IN_USE, TARGET_EXISTS, DISK_FULL, TARGET_UNWRITABLE.
Result<BackupSummary> restore_log(FileOps& ops, const std::string& backup,
                                  const std::string& log_folder);

// Whether a process has the log open.
bool is_in_use(const std::string& log_folder);

}  // namespace lianmeng::log
