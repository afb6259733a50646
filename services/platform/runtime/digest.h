// The digest of a partition's state: one number of all that its own fold has written, record by
// record. A no-op carries it, so that replicas whose folds differ are noticed (design: topic
// rules).
//
// It is of the writes and not of the rows as they stand, since then each write would have to read
// what it replaces. Writes of one record are added up, in any order; the records follow one
// another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "platform/state/view.h"
#include "platform/state/write_hash.h"

namespace lianmeng::runtime {

// Hands all on to the state below and adds up what is written. Lifetime: borrows it.
class DigestedTx final : public state::Tx {
 public:
  explicit DigestedTx(state::Tx& below) : below_(below) {}

  bool get(std::string_view key, std::string* value) const override {
    return below_.get(key, value);
  }
  std::unique_ptr<state::Cursor> cursor() const override { return below_.cursor(); }
  void put(std::string_view key, std::string_view value) override {
    sum_ += state::hash_of_put(key, value);
    below_.put(key, value);
  }
  void erase(std::string_view key) override {
    sum_ += state::hash_of_erase(key);
    below_.erase(key);
  }

  // The digest with the record whose writes these were behind those that gave `before`.
  std::uint64_t behind(std::uint64_t before) const { return before * kRecord + sum_; }

 private:
  static constexpr std::uint64_t kRecord = 0x9e3779b97f4a7c15;  // Odd, so that nothing is lost.

  state::Tx& below_;
  std::uint64_t sum_ = 0;
};

}  // namespace lianmeng::runtime
