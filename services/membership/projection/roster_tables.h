// The tables of the roster and their orders, for membership's own lists; who only asks the roster
// uses roster.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/ids.h"
#include "platform/state/table.h"

namespace lianmeng::membership::roster {

// Ids sort by their number: "o9" before "o10".
state::Key id_order(std::string_view id);
inline state::Key role_order(v1::PostRole role, std::string_view id) {
  return state::Key{}.add(role).raw(id_order(id).bytes());
}
// Of what a county has under an id.
inline state::Key key(const CountyId& county, std::string_view id) {
  return state::Key{}.add(county.str()).add(id);
}

// Key: county.
const state::Table<v1::County>& counties();

// Key: county, organisation. Indexes hold what is in being, all but kOrganisationsEver.
const state::Table<v1::Organisation>& organisations();
inline constexpr std::uint8_t kOrganisationsById = 1;      // county ↔ id
inline constexpr std::uint8_t kOrganisationsByName = 2;    // county ↔ name
inline constexpr std::uint8_t kOrganisationsByParent = 3;  // county, parent ↔ id
inline constexpr std::uint8_t kOrganisationsByKind = 4;    // county, kind ↔ id
inline constexpr std::uint8_t kOrganisationsEver = 5;      // county ↔ id

// Key: county, person.
const state::Table<v1::PersonRecord>& people();
inline constexpr std::uint8_t kPeopleById = 1;            // county ↔ id
inline constexpr std::uint8_t kPeopleByOrganisation = 2;  // county, organisation ↔ id

// Key: county, post. In force or not.
const state::Table<v1::Post>& posts();
inline constexpr std::uint8_t kPostsByPerson = 1;        // county, person ↔ id
inline constexpr std::uint8_t kPostsByOrganisation = 2;  // county, organisation ↔ role, id
inline constexpr std::uint8_t kPostsByRole = 3;          // county ↔ role, id

// Key: county, membership. In force or not.
const state::Table<v1::Membership>& memberships();
inline constexpr std::uint8_t kMembershipsByOrganisation = 1;  // county, organisation ↔ id
inline constexpr std::uint8_t kMembershipsByAlliance = 2;      // county, alliance ↔ role, id
inline constexpr std::uint8_t kMembershipsByRole = 3;          // county ↔ role, id

// Every row of an index under a filter, until `visit` says false.
template <class Row>
void each(const state::Table<Row>& table, const state::View& view, std::uint8_t index,
          const state::Key& filter, const std::function<bool(const Row&)>& visit) {
  state::PageRequest request;
  request.page_size = 1'000;
  do {
    auto page = table.list(view, index, filter, request);
    LM_ASSERT(page.has_value());
    for (const auto& row : page->rows) {
      if (!visit(row)) return;
    }
    request.page_token = std::move(page->next_page_token);
  } while (!request.page_token.empty());
}

}  // namespace lianmeng::membership::roster
