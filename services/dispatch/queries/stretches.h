// Pages of demands from several stretches of their indexes. Inside dispatch/queries only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dispatch/domain/tables.h"
#include "platform/base/error.h"

namespace lianmeng::dispatch::queries {

// One stretch of a list, which is one or several of them, one after the other: an index under one
// or several filters.
struct Stretch {
  std::uint8_t index;
  std::vector<state::Key> filters;
};

// Fills a page from several stretches. `take` answers of each row, of the stretch `at`, whether it
// is on the page; it may use it up then. The token of the next page: the stretch, and its list's
// own.
using TakeRow = std::function<bool(std::size_t at, v1::DemandRow& row)>;
Result<std::string> walk(const state::View& view, const std::vector<Stretch>& all,
                         const state::PageRequest& page, const TakeRow& take);

// As many as a page may have.
int size_of(const state::PageRequest& page);

}  // namespace lianmeng::dispatch::queries
