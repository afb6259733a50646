// What becomes of personal values after they were given: shown with a reason, or erased for ever.
#pragma once

#include <string>
#include <vector>

#include "membership/domain/checks.h"

namespace lianmeng::membership {

// Ends every post and names every key; whoever keeps the keys deletes them by the event.
struct ErasePerson {
  std::string person_id;
  std::string reason;
};

// The values are opened at the edge of the answer; the event is what allows it.
struct RevealContact {
  std::string person_id;
  std::string reason;
  std::vector<v1::ContactField> fields;  // Empty: the telephone number.
};

Decision<Event> decide(const state::View&, const ErasePerson&, const DecideContext&);
Decision<Event> decide(const state::View&, const RevealContact&, const DecideContext&);

}  // namespace lianmeng::membership
