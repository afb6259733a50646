// The one place where RocksDB's errors become ours.
#pragma once

#include <string_view>
#include <system_error>

#include "platform/base/error.h"

namespace rocksdb {
class Status;
}  // namespace rocksdb

namespace lianmeng::store {

// STORE_DISK_FULL, STORE_DAMAGED, STORE_LOCKED, STORE_IO, STORE_ERROR; each says what to do.
Error translate(const rocksdb::Status& status, std::string_view path);
Error translate(const std::error_code& error, std::string_view path);

}  // namespace lianmeng::store
