#include "membership/projection/roster_duties.h"

#include <string>

#include "membership/projection/roster.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::membership::roster {

using state::Key;
using state::Table;

namespace {

// Replaces the entry with the same order, or inserts it where it belongs.
template <class Row, class Order>
void place(google::protobuf::RepeatedPtrField<Row>& rows, const Row& row, const Order& order) {
  const auto key = order(row).bytes();
  int at = rows.size();
  while (at > 0 && order(rows[at - 1]).bytes() >= key) --at;
  if (at < rows.size() && order(rows[at]).bytes() == key) {
    rows[at] = row;
    return;
  }
  *rows.Add() = row;
  for (int i = rows.size() - 1; i > at; --i) rows.SwapElements(i, i - 1);
}

void gather(state::Tx& state, const Table<v1::PostsRow>& table, const v1::Post& post,
            const std::string& id) {
  auto row = table.find(state, Key{}.add(post.county()).add(id)).value_or(v1::PostsRow());
  row.set_county(post.county());
  row.set_id(id);
  const bool by_person = &table == &person_posts();
  place(*row.mutable_posts(), post, [&](const v1::Post& entry) {
    return by_person ? id_order(entry.post_id()) : role_order(entry.role(), entry.post_id());
  });
  table.put(state, row);
}

v1::CountyDutiesRow duties_of(const state::View& view, const std::string& county) {
  auto row = county_duties().find(view, Key{}.add(county)).value_or(v1::CountyDutiesRow());
  row.set_county(county);
  return row;
}

}  // namespace

const Table<v1::PostsRow>& person_posts() {
  static const Table<v1::PostsRow> table{0x25, "person_posts", [](const v1::PostsRow& row) {
                                           return Key{}.add(row.county()).add(row.id());
                                         }};
  return table;
}

const Table<v1::PostsRow>& public_posts() {
  static const Table<v1::PostsRow> table{0x26, "public_posts", [](const v1::PostsRow& row) {
                                           return Key{}.add(row.county()).add(row.id());
                                         }};
  return table;
}

const Table<v1::CountyDutiesRow>& county_duties() {
  static const Table<v1::CountyDutiesRow> table{
      0x27, "county_duties",
      [](const v1::CountyDutiesRow& row) { return Key{}.add(row.county()); }};
  return table;
}

void put_post(state::Tx& state, const v1::Post& post) {
  posts().put(state, post);
  gather(state, person_posts(), post, post.person_id());
  if (is_public(post.role())) gather(state, public_posts(), post, post.organisation_id());
  if (post.role() != v1::POST_ROLE_COORDINATOR) return;
  auto row = duties_of(state, post.county());
  place(*row.mutable_coordinators(), post,
        [](const v1::Post& entry) { return id_order(entry.post_id()); });
  county_duties().put(state, row);
}

void put_membership(state::Tx& state, const v1::Membership& membership) {
  memberships().put(state, membership);
  if (membership.role() != v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN) return;
  auto row = duties_of(state, membership.county());
  place(*row.mutable_chairs(), membership,
        [](const v1::Membership& entry) { return id_order(entry.membership_id()); });
  county_duties().put(state, row);
}

}  // namespace lianmeng::membership::roster
