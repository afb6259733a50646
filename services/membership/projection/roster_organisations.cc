#include "membership/projection/roster.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "membership/projection/roster_tables.h"
#include "platform/base/assert.h"

namespace lianmeng::membership::roster {

using state::Key;

namespace {

// A tree of organisations is never deeper; membership refuses what would be.
constexpr std::size_t kDepthMax = 16;

}  // namespace

std::optional<v1::County> county(const state::View& view, const CountyId& county) {
  return counties().find(view, Key{}.add(county.str()));
}

std::optional<v1::Organisation> organisation(const state::View& view, const CountyId& county,
                                             std::string_view organisation_id) {
  return organisations().find(view, key(county, organisation_id));
}

std::vector<v1::Organisation> lineage(const state::View& view, const CountyId& county,
                                      std::string_view organisation_id) {
  std::vector<v1::Organisation> line;
  auto row = organisation(view, county, organisation_id);
  while (row) {
    LM_ASSERT(line.size() <= kDepthMax, "membership: {} hangs in a circle", organisation_id);
    line.push_back(std::move(*row));
    const auto& above = line.back().parent_id();
    if (above.empty()) break;
    row = organisation(view, county, above);
  }
  return line;
}

std::vector<std::string> ancestors(const state::View& view, const CountyId& county,
                                   std::string_view organisation_id) {
  std::vector<std::string> above;
  auto line = lineage(view, county, organisation_id);
  for (auto& row : line) {
    if (!row.parent_id().empty()) above.push_back(std::move(*row.mutable_parent_id()));
  }
  return above;
}

bool is_at_or_below(const state::View& view, const CountyId& county,
                    std::string_view organisation_id, std::string_view top_id) {
  if (organisation_id == top_id) return true;
  const auto above = ancestors(view, county, organisation_id);
  return std::find(above.begin(), above.end(), top_id) != above.end();
}

std::vector<v1::Organisation> groups(const state::View& view, const CountyId& county) {
  std::vector<v1::Organisation> found;
  each<v1::Organisation>(organisations(), view, kOrganisationsByKind,
                         Key{}.add(county.str()).add(v1::ORGANISATION_KIND_FUNCTIONAL_GROUP),
                         [&](const auto& row) {
                           found.push_back(row);
                           return true;
                         });
  return found;
}

std::string organisation_name(const state::View& view, const CountyId& county,
                              std::string_view organisation_id) {
  const auto row = organisation(view, county, organisation_id);
  return row ? row->name() : std::string();
}

}  // namespace lianmeng::membership::roster
