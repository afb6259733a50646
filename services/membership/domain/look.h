// What audit and discipline are shown of people is kept: each look is an event of its own.
#pragma once

#include <string>
#include <vector>

#include "membership/domain/checks.h"

namespace lianmeng::membership {

// Sees people as audit and by no other post, so that looking is on record.
bool looks_as_audit(const roster::Standing& standing);

struct RecordLook {
  std::string method;  // GetPerson.
  std::vector<std::string> person_ids;
};
Decision<Event> decide(const state::View&, const RecordLook&, const DecideContext&);

}  // namespace lianmeng::membership
