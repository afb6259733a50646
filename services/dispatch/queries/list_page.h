// A page of demands as a value, for tests.
#pragma once

#include <utility>

#include "dispatch/queries/lists.h"

namespace lianmeng::dispatch::queries {

inline Result<state::Page<v1::DemandRow>> list_page(const state::View& view,
                                                    const membership::roster::Standing& me,
                                                    const DemandFilter& filter, Order order,
                                                    const state::PageRequest& page) {
  state::Page<v1::DemandRow> out;
  auto next = list_demands(view, me, filter, order, page,
                           [&](v1::DemandRow& row) { out.rows.push_back(std::move(row)); });
  if (!next) return fail(std::move(next).error());
  out.next_page_token = std::move(*next);
  return out;
}

}  // namespace lianmeng::dispatch::queries
