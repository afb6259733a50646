// What valid records do to the state: in a partition, and again when a state is verified.
#pragma once

#include <cstddef>
#include <cstdint>
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

// The one way in which a record changes a state. `requests`: see record_request.
void apply_record(state::Tx& tx, const Fold& fold, const Envelope& envelope, const EventPtr& event,
                  RequestSpan& requests);

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

 private:
  const Fold& fold_;
  const std::string name_;  // "dispatch/7"
  state::Tx& tx_;
  Chain own_;
  std::vector<Chain> foreign_;
  RequestSpan requests_;
  std::uint64_t void_records_ = 0;
};

}  // namespace lianmeng::runtime
