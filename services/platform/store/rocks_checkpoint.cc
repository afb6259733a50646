#include "platform/store/rocks_checkpoint.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
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

Status verify_checkpoint(const rocksdb::Options& options, const std::string& folder,
                         const Checkpoint& checkpoint) {
  for (const auto& file : checkpoint.files) {
    const auto path = (fs::path(folder) / file.name).string();
    const auto status =
        rocksdb::VerifySstFileChecksum(options, {}, {}, path, file.largest_sequence);
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
  const auto status = db.CreateColumnFamilyWithImport(options, name, move, metadata, &handle);
  if (!status.ok()) return fail(translate(status, folder));
  return handle;
}

}  // namespace lianmeng::store
