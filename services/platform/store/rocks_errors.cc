#include "platform/store/rocks_errors.h"

#include <fmt/format.h>
#include <rocksdb/status.h>

#include <string>

namespace lianmeng::store {

Error translate(const rocksdb::Status& status, std::string_view path) {
  const auto detail = status.ToString();
  if (status.IsNoSpace()) {
    return make_error(
        ErrorKind::kResourceExhausted, "STORE_DISK_FULL",
        fmt::format("{}: the disk is full ({}). Make room on it: nothing is lost, and "
                    "writing goes on by itself.",
                    path, detail));
  }
  if (status.IsCorruption()) {
    return make_error(ErrorKind::kDataLoss, "STORE_DAMAGED",
                      fmt::format("{}: the store is damaged ({}). It is a cache of the log: delete "
                                  "this folder, and it is rebuilt at the next start.",
                                  path, detail));
  }
  // RocksDB has no code of its own for a lock that is held.
  if (status.IsIOError() && (detail.find("lock file") != std::string::npos ||
                             detail.find("lock hold") != std::string::npos)) {
    return make_error(ErrorKind::kFailedPrecondition, "STORE_LOCKED",
                      fmt::format("{}: another process has this store open ({}). Stop that one, or "
                                  "set another folder.",
                                  path, detail));
  }
  if (status.IsIOError()) {
    return make_error(ErrorKind::kUnavailable, "STORE_IO",
                      fmt::format("{}: the store cannot be read or written ({}). Check that the "
                                  "folder exists and belongs to this user, and the disk's health.",
                                  path, detail));
  }
  return make_error(ErrorKind::kInternal, "STORE_ERROR",
                    fmt::format("{}: RocksDB answers: {}. If it stays, delete this folder: the "
                                "store is rebuilt from the log.",
                                path, detail));
}

Error translate(const std::error_code& error, std::string_view path) {
  const auto detail = error.message();
  if (error == std::errc::no_space_on_device) return translate(rocksdb::Status::NoSpace(), path);
  return translate(rocksdb::Status::IOError(detail), path);
}

}  // namespace lianmeng::store
