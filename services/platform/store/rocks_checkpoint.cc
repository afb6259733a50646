#include "platform/store/rocks_checkpoint.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/checkpoint.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "platform/store/rocks_errors.h"

namespace lianmeng::store {

namespace fs = std::filesystem;

Result<Checkpoint> export_checkpoint(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                                     const std::string& folder) {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(&db, &made);
  if (!status.ok()) return fail(translate(status, folder));
  const std::unique_ptr<rocksdb::Checkpoint> maker(made);
  rocksdb::ExportImportFilesMetaData* exported = nullptr;
  status = maker->ExportColumnFamily(&family, folder, &exported);
  if (!status.ok()) return fail(translate(status, folder));
  const std::unique_ptr<rocksdb::ExportImportFilesMetaData> metadata(exported);
  Checkpoint checkpoint{.comparator = metadata->db_comparator_name, .files = {}};
  for (const auto& file : metadata->files) {
    checkpoint.files.push_back({.name = fs::path(file.name).filename(),
                                .bytes = file.size,
                                .level = file.level,
                                .smallest_sequence = file.smallest_seqno,
                                .largest_sequence = file.largest_seqno});
  }
  return checkpoint;
}

// RocksDB 7.8.3 syncs what it ingests, but of what it imports only the journal that names it: after
// a power cut the journal would name files that are short, and the store would not open.
Status verify_and_sync(const rocksdb::Options& options, const std::string& folder,
                       const Checkpoint& checkpoint) {
  for (const auto& file : checkpoint.files) {
    const auto path = (fs::path(folder) / file.name).string();
    auto status = rocksdb::VerifySstFileChecksum(options, {}, {}, path, file.largest_sequence);
    std::unique_ptr<rocksdb::WritableFile> whole;
    if (status.ok()) status = options.env->ReopenWritableFile(path, &whole, {});
    if (status.ok()) status = whole->Sync();
    if (status.ok()) status = whole->Close();
    if (!status.ok()) return fail(translate(status, path));
  }
  return {};
}

Result<rocksdb::ColumnFamilyHandle*> import_checkpoint(rocksdb::DB& db,
                                                       const rocksdb::Options& options,
                                                       const std::string& name,
                                                       const std::string& folder,
                                                       const Checkpoint& checkpoint) {
  rocksdb::ExportImportFilesMetaData metadata;
  metadata.db_comparator_name = checkpoint.comparator;
  for (const auto& file : checkpoint.files) {
    auto& each = metadata.files.emplace_back();
    each.db_path = folder;
    each.name = "/" + file.name;
    each.level = file.level;
    each.size = file.bytes;
    each.smallest_seqno = file.smallest_sequence;
    each.largest_seqno = file.largest_sequence;
  }
  rocksdb::ImportColumnFamilyOptions move;
  move.move_files = true;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  auto status = db.CreateColumnFamilyWithImport(options, name, move, metadata, &handle);
  if (!status.ok()) return fail(translate(status, folder));
  // So that the new names outlive a power cut on every file system: with ext4 and XFS they do when
  // the journal that was synced behind them does.
  std::unique_ptr<rocksdb::Directory> names;
  status = options.env->NewDirectory(db.GetName(), &names);
  if (status.ok()) status = names->Fsync();
  if (status.ok()) return handle;
  db.DestroyColumnFamilyHandle(handle);
  return fail(translate(status, db.GetName()));
}

}  // namespace lianmeng::store
