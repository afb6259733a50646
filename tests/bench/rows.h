// Rows as a fold wrote them, kept in order, for those who write the same rows without folding.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/folding.h"
#include "platform/store/store.h"

namespace lianmeng::bench {

// Rows behind one another in one block, as a length and its bytes; an erased row has no value.
class Rows {
 public:
  void add(std::string_view key, const std::optional<std::string>& value);
  std::uint64_t count() const { return count_; }
  std::uint64_t bytes() const { return bytes_.size(); }

  // Calls put(key, value) and erase(key) in turn.
  template <class Put, class Erase>
  void each(const Put& put, const Erase& erase) const {
    for (std::size_t at = 0; at < bytes_.size();) {
      const auto key = read(&at);
      if (bytes_[at++] == 0) {
        erase(key);
      } else {
        put(key, read(&at));
      }
    }
  }

 private:
  void write(std::string_view text);
  std::string_view read(std::size_t* at) const;

  std::string bytes_;
  std::uint64_t count_ = 0;
};

// [reading][record]: what each record wrote, in key order, each key once; positions left out.
using RowsOfRecords = std::vector<std::vector<Rows>>;
RowsOfRecords rows_of_records(const FoldingPlan& plan);

// One commit of the store, in the order of commits.
struct Commit {
  std::string partition;  // "dispatch/07".
  Rows rows;
};
std::vector<Commit> commits_of(const FoldingPlan& plan);

}  // namespace lianmeng::bench
