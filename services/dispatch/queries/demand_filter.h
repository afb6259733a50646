// What a list of demands is asked for: which indexes have it, and which of their rows are meant.
// Inside dispatch/queries only.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "dispatch/queries/lists.h"
#include "dispatch/queries/stretches.h"
#include "membership/projection/roster.h"

namespace lianmeng::dispatch::queries {

template <class List, class Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Nothing of the county's demands is for the caller.
Error denied();

// Where a list reads, and whether everything there belongs to it.
struct Place {
  std::vector<std::string> scopes;
  bool exact = false;
};

// A narrower scope stands for the filter only when it has every demand that the filter means.
Result<Place> choose(const state::View& view, const membership::roster::Standing& me,
                     const DemandFilter& filter, bool counts);
// Sees the county's counts and not its demands.
bool counts_alone(const membership::roster::Standing& me);
bool concerns_group(const v1::DemandRow& row, const std::string& group);

// Everything that the filter says; states and lights too, since an index may not hold them. Borrows
// view and me.
std::function<bool(const v1::DemandRow&)> keep_of(const state::View& view,
                                                  const membership::roster::Standing& me,
                                                  const DemandFilter& filter);

// Late ones, and nothing else.
bool only_late(const DemandFilter& filter);
// Whether it filters by nothing but states and lights.
bool only_states(const DemandFilter& filter);
// Where these are, in the one order of all of them; `by_due` needs only_late.
Stretch stretch_of(const membership::roster::Standing& me, const DemandFilter& filter,
                   const std::vector<std::string>& scopes, bool by_due);

}  // namespace lianmeng::dispatch::queries
