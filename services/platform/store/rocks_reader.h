// A store's rows as its last commits left them, read beside the process that has it open, or none.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/store/store.h"

namespace lianmeng::store {

// A row could not be read; thrown by the reader's views, since a View answers with rows alone.
struct RowUnreadable {
  Error error;
};

// Threads: one. Lifetime: outlives the views that it gives; each shows the rows as they were when
// the reader was opened.
class RocksReader {
 public:
  // Nothing is written to `path`; `scratch`, a folder that may be removed afterwards, takes
  // RocksDB's own notes. Errors: STORE_MISSING, STORE_DAMAGED, STORE_IO.
  static Result<std::unique_ptr<RocksReader>> open(const std::string& path,
                                                   const std::string& scratch);
  ~RocksReader();
  RocksReader(const RocksReader&) = delete;
  RocksReader& operator=(const RocksReader&) = delete;

  // Null when the partition was never committed to. Errors: STORE_OF_OTHER_FOLD when another fold
  // or layout wrote it.
  Result<std::unique_ptr<state::View>> partition(std::string_view service, int partition,
                                                 const StoreIdentity& identity);

 private:
  struct Impl;
  explicit RocksReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lianmeng::store
