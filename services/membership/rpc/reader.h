// What the answers share: who reads, and which page of a list.
#pragma once

#include <string>

#include "membership/domain/reasons.h"
#include "membership/projection/roster.h"
#include "membership/queries/queries.h"
#include "platform/base/error.h"
#include "platform/runtime/command.h"
#include "platform/state/table.h"

namespace lianmeng::membership {

// The caller, who may read here.
inline Result<roster::Standing> reader(const runtime::QueryContext& context, const Actor& actor,
                                       const std::string& county) {
  auto standing = roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (auto no = queries::check_reader(*context.view, standing)) return fail(to_error(*no));
  return standing;
}

inline state::PageRequest page_of(int size, const std::string& token) {
  state::PageRequest page;
  page.page_size = size;
  page.page_token = token;
  return page;
}

}  // namespace lianmeng::membership
