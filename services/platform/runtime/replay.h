// What valid records do to the state: in a partition, and again when a state is verified.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/log.h"
#include "platform/runtime/chain.h"
#include "platform/runtime/fold.h"
#include "platform/runtime/requests.h"
#include "platform/state/view.h"

namespace lianmeng::runtime {

// False when the type is none of the fold's or the bytes do not parse. `event` is null for the
// runtime's own records.
bool decode_own(const Fold& fold, const Envelope& envelope, EventPtr* event);

// The one way in which a record changes a state. `requests`: see record_request. `digest`: of the
// state before it, then with it (digest.h).
void apply_record(state::Tx& tx, const Fold& fold, const Envelope& envelope, const EventPtr& event,
                  RequestSpan& requests, std::uint64_t& digest);

// The digest of the state before it that a no-op carries. Nothing in other records, and in those of
// another version of the fold, whose state may well be another one.
std::optional<std::uint64_t> carried_digest(const Fold& fold, const Envelope& envelope);
// The value of a no-op.
std::string noop_bytes(std::uint64_t digest);

// The fold of one partition from its logs alone: no store, no decisions. The own log and the
// followed ones may be read one after another, since no fold reads another's projection.
// Lifetime: borrows the fold and the state. Threads: one.
class Replay {
 public:
  Replay(const Fold& fold, int partition, state::Tx& tx);

  // The next record of the own log, valid or void. Errors: CHAIN_BROKEN, EVENT_UNKNOWN.
  Status own(log::Record&& record);
  // The next record of the log that is at that place of fold.foreign(). Errors: CHAIN_BROKEN.
  Status foreign(std::size_t index, log::Record&& record);

  const Tip& tip() const { return own_.tip(); }
  const Tip& foreign_tip(std::size_t index) const { return foreign_[index].tip(); }
  std::uint64_t void_records() const { return void_records_; }
  std::uint64_t digest() const { return digest_; }
  // No-ops that carried another digest of the state than the one that the log folds to.
  struct Difference {
    std::uint64_t sequence;
    std::string host;
    std::uint64_t carried;
    std::uint64_t folded;
  };
  std::uint64_t differing_digests() const { return differing_digests_; }
  const std::optional<Difference>& first_difference() const { return first_difference_; }

 private:
  const Fold& fold_;
  const std::string name_;  // "dispatch/7"
  state::Tx& tx_;
  Chain own_;
  std::vector<Chain> foreign_;
  RequestSpan requests_;
  std::uint64_t void_records_ = 0;
  std::uint64_t digest_ = 0;
  std::uint64_t differing_digests_ = 0;
  std::optional<Difference> first_difference_;
};

}  // namespace lianmeng::runtime
