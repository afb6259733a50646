#include "membership/projection/roster_tables.h"

#include <charconv>
#include <cstdint>
#include <string_view>

#include "membership/projection/roster.h"

namespace lianmeng::membership::roster {

using state::Counted;
using state::Index;
using state::IndexSink;
using state::Key;
using state::Table;

Key id_order(std::string_view id) {
  const auto digits = id.find_last_not_of("0123456789") + 1;
  std::uint64_t number = 0;
  std::from_chars(id.data() + digits, id.data() + id.size(), number);
  return Key{}.add(id.substr(0, digits)).add(number);
}

const Table<v1::County>& counties() {
  static const Table<v1::County> table{
      0x20, "counties", [](const v1::County& row) { return Key{}.add(row.county()); }};
  return table;
}

const Table<v1::Organisation>& organisations() {
  using Row = v1::Organisation;
  static const Table<Row> table{
      0x21,
      "organisations",
      [](const Row& row) { return Key{}.add(row.county()).add(row.organisation_id()); },
      {Index<Row>{kOrganisationsById, "by_id", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()), id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsByName, "by_name", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()), Key{}.add(row.name()));
                  }},
       Index<Row>{kOrganisationsByParent, "by_parent", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()).add(row.parent_id()),
                          id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsByKind, "by_kind", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!is_in_being(row)) return;
                    entry(Key{}.add(row.county()).add(row.kind()), id_order(row.organisation_id()));
                  }},
       Index<Row>{kOrganisationsEver, "ever", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), id_order(row.organisation_id()));
                  }}}};
  return table;
}

const Table<v1::PersonRecord>& people() {
  using Row = v1::PersonRecord;
  static const Table<Row> table{
      0x22,
      "people",
      [](const Row& row) { return Key{}.add(row.county()).add(row.person_id()); },
      {Index<Row>{kPeopleById, "by_id", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), id_order(row.person_id()));
                  }},
       Index<Row>{kPeopleByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (row.organisation_id().empty()) return;
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          id_order(row.person_id()));
                  }}}};
  return table;
}

const Table<v1::Post>& posts() {
  using Row = v1::Post;
  static const Table<Row> table{
      0x23,
      "posts",
      [](const Row& row) { return Key{}.add(row.county()).add(row.post_id()); },
      {Index<Row>{kPostsByPerson, "by_person", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.person_id()), id_order(row.post_id()));
                  }},
       Index<Row>{kPostsByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          role_order(row.role(), row.post_id()));
                  }},
       Index<Row>{kPostsByRole, "by_role", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), role_order(row.role(), row.post_id()));
                  }}}};
  return table;
}

const Table<v1::Membership>& memberships() {
  using Row = v1::Membership;
  static const Table<Row> table{
      0x24,
      "memberships",
      [](const Row& row) { return Key{}.add(row.county()).add(row.membership_id()); },
      {Index<Row>{kMembershipsByOrganisation, "by_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.organisation_id()),
                          id_order(row.membership_id()));
                  }},
       Index<Row>{kMembershipsByAlliance, "by_alliance", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.alliance_id()),
                          Key{}.add(row.role()).raw(id_order(row.membership_id()).bytes()));
                  }},
       Index<Row>{kMembershipsByRole, "by_role", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()),
                          Key{}.add(row.role()).raw(id_order(row.membership_id()).bytes()));
                  }}}};
  return table;
}

}  // namespace lianmeng::membership::roster
