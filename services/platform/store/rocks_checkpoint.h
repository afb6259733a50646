// A column family as files, and files as a column family.
#pragma once

#include <string>

#include "platform/base/error.h"
#include "platform/store/store.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
struct Options;
}  // namespace rocksdb

namespace lianmeng::store {

// `folder` must not exist. While others write and read.
Result<Checkpoint> export_checkpoint(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                                     const std::string& folder);

// Reads all bytes of all files: STORE_DAMAGED names the first one that is wrong. Then syncs them.
Status verify_and_sync(const rocksdb::Options& options, const std::string& folder,
                       const Checkpoint& checkpoint);

// Moves the files, which must have been synced. The handle is the caller's to destroy.
Result<rocksdb::ColumnFamilyHandle*> import_checkpoint(rocksdb::DB& db,
                                                       const rocksdb::Options& options,
                                                       const std::string& name,
                                                       const std::string& folder,
                                                       const Checkpoint& checkpoint);

}  // namespace lianmeng::store
