// Random posts, random demands, random filters: a list has just what its reader can get one by one,
// in its order, and a count is the list's length.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "dispatch/domain/desk.h"
#include "dispatch/queries/demand_filter.h"
#include "dispatch/queries/list_page.h"
#include "membership/projection/roster.h"
#include "platform/testing/scenario.h"

namespace lianmeng::dispatch::queries {
namespace {

namespace m = membership::v1;
namespace roster = membership::roster;

const CountyId kCounty("610524");
const Time kNow = testing::beijing("2023-06-28 09:00");

struct Place {
  const char* id;
  m::OrganisationKind kind;
  const char* parent;
};
// Two townships, two villages, an enterprise in the first of them, three groups, a bureau. Villages
// move: above them today is what is drawn for them.
constexpr Place kPlaces[] = {{"o1", m::ORGANISATION_KIND_DEPARTMENT, ""},
                             {"o2", m::ORGANISATION_KIND_TOWNSHIP, ""},
                             {"o3", m::ORGANISATION_KIND_VILLAGE, ""},
                             {"o4", m::ORGANISATION_KIND_TOWNSHIP, ""},
                             {"o5", m::ORGANISATION_KIND_COMMUNITY, ""},
                             {"o6", m::ORGANISATION_KIND_ENTERPRISE, "o3"},
                             {"o7", m::ORGANISATION_KIND_DEPARTMENT, ""},
                             {"g1", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, ""},
                             {"g2", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, ""},
                             {"g3", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, ""}};
bool is_village(const Place& place) {
  return place.kind == m::ORGANISATION_KIND_VILLAGE || place.kind == m::ORGANISATION_KIND_COMMUNITY;
}
const std::vector<std::string> kPeople{"610524-p1", "610524-p2", "610524-p3", "610524-p4",
                                       "610524-p5"};

struct Appointment {
  m::PostRole role;
  const char* at;
};
constexpr Appointment kAppointments[] = {
    {m::POST_ROLE_MEMBER, "o3"},           {m::POST_ROLE_VILLAGE_CADRE, "o3"},
    {m::POST_ROLE_VILLAGE_CADRE, "o5"},    {m::POST_ROLE_TOWNSHIP_OFFICER, "o2"},
    {m::POST_ROLE_TOWNSHIP_OFFICER, "o4"}, {m::POST_ROLE_REPRESENTATIVE, "o6"},
    {m::POST_ROLE_REPRESENTATIVE, "o7"},   {m::POST_ROLE_GROUP_MEMBER, "g1"},
    {m::POST_ROLE_GROUP_HEAD, "g1"},       {m::POST_ROLE_GROUP_MEMBER, "g2"},
    {m::POST_ROLE_GROUP_HEAD, "g3"},       {m::POST_ROLE_COORDINATOR, "o1"},
    {m::POST_ROLE_COUNTY_OFFICER, "o1"},   {m::POST_ROLE_CITY_OFFICER, "o1"},
    {m::POST_ROLE_AUDITOR, "o1"},          {m::POST_ROLE_SPECIALIST, "g2"}};

// From 0 on, all alike whatever the size of the case.
int below(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }
bool one_in(int n) { return below(n) == 0; }
template <class T>
T one_of(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
}
// One of these, or none.
std::string maybe(std::vector<std::string> values) {
  values.emplace_back();
  return one_of(values);
}
const std::vector<std::string> kGroups{"g1", "g2", "g3"};

void appoint(m::CountyCreated& fact) {
  int posts = 0;
  for (const auto& id : kPeople) {
    auto& person = *fact.add_people();
    person.set_county(kCounty.str());
    person.set_person_id(id);
    person.set_organisation_id(maybe({"o3", "o5", "o6"}));
    for (int i = below(4); i > 0; --i) {
      const auto& drawn = kAppointments[static_cast<std::size_t>(
          below(static_cast<int>(std::size(kAppointments))))];
      auto& post = *fact.add_posts();
      post.set_county(kCounty.str());
      post.set_post_id("t" + std::to_string(++posts));
      post.set_organisation_id(drawn.at);
      post.set_person_id(id);
      post.set_role(drawn.role);
      *post.mutable_from_time() = to_proto(testing::beijing("2020-01-01"));
      // Some are over.
      if (one_in(5)) *post.mutable_until_time() = to_proto(testing::beijing("2023-06-01"));
    }
  }
}

void found_county(state::Layer& state) {
  m::MembershipEvent created;
  auto& fact = *created.mutable_county_created();
  fact.mutable_county()->set_county(kCounty.str());
  fact.mutable_county()->set_office_organisation_id("o1");
  for (const auto& place : kPlaces) {
    auto& row = *fact.add_organisations();
    row.set_county(kCounty.str());
    row.set_organisation_id(place.id);
    row.set_name(place.id);
    row.set_kind(place.kind);
    row.set_parent_id(is_village(place) ? maybe({"o2", "o4"}) : place.parent);
  }
  appoint(fact);
  EventMeta meta;
  meta.county = kCounty;
  roster::project(state, created, meta);
  if (one_in(2)) {
    m::MembershipEvent chair;
    auto& membership = *chair.mutable_membership_added()->mutable_membership();
    membership.set_county(kCounty.str());
    membership.set_membership_id("m1");
    membership.set_organisation_id("o7");
    membership.set_role(m::MEMBERSHIP_ROLE_CHAIR_IN_TURN);
    *membership.mutable_from_time() = to_proto(testing::beijing("2023-01-01"));
    roster::project(state, chair, meta);
  }
}

std::string number_of(int number) { return "230628-" + std::to_string(100 + number); }

v1::DemandRow draw_demand(int number) {
  v1::DemandRow row;
  row.set_county(kCounty.str());
  row.set_demand_id(number_of(number));
  row.set_title(one_in(2) ? "修路" : "修水渠");
  row.set_state(static_cast<v1::DemandState>(1 + below(v1::DemandState_MAX)));
  row.set_kind(one_in(2) ? v1::DEMAND_KIND_FUNDS : v1::DEMAND_KIND_ORDINARY);
  row.set_urgency(one_in(3) ? v1::URGENCY_URGENT : v1::URGENCY_ORDINARY);
  row.set_asker_organisation_id(maybe({"o2", "o3", "o5", "o6"}));
  row.set_asker_person_id(one_of(kPeople));
  row.set_village_id(maybe({"o3", "o5"}));
  // As it was when the demand was submitted.
  row.set_township_id(maybe({"o2", "o4"}));
  for (const auto& group : kGroups) {
    if (one_in(4)) row.add_offers()->set_group_id(group);
    if (one_in(4)) {
      auto& helper = *row.add_helpers();
      helper.set_group_id(group);
      helper.set_state(static_cast<v1::HelperState>(1 + below(v1::HelperState_MAX)));
    }
  }
  row.set_lead_group_id(maybe(kGroups));
  row.set_found_by_group_id(one_in(4) ? maybe(kGroups) : std::string());
  row.set_handler_person_id(one_in(2) ? maybe(kPeople) : std::string());
  // Several at the same moment, so that ties are met.
  *row.mutable_submitted_time() = to_proto(kNow - std::chrono::hours(below(6)));
  auto& clock = *row.add_clocks();
  clock.set_kind(v1::CLOCK_KIND_TAKE);
  clock.set_light(static_cast<v1::Light>(v1::LIGHT_GREEN + below(3)));
  *clock.mutable_due_time() = to_proto(
      kNow + std::chrono::hours(clock.light() == v1::LIGHT_RED ? -1 - number : 1 + number));
  return row;
}

DemandFilter draw_filter() {
  DemandFilter filter;
  if (one_in(2)) return filter;
  if (one_in(4)) {
    for (int i = 1 + below(2); i > 0; --i) {
      filter.states.push_back(static_cast<v1::DemandState>(1 + below(v1::DemandState_MAX)));
    }
  }
  if (one_in(8)) filter.kinds = {v1::DEMAND_KIND_FUNDS};
  if (one_in(8)) filter.urgency = v1::URGENCY_URGENT;
  if (one_in(8)) filter.group_id = one_of(kGroups);
  if (one_in(8)) filter.handler_person_id = one_of(kPeople);
  if (one_in(8)) filter.asker_organisation_id = one_of<std::string>({"o2", "o3", "o5", "o6"});
  if (one_in(8)) filter.asker_person_id = one_of(kPeople);
  if (one_in(8)) filter.place_id = one_of<std::string>({"o2", "o3", "o4", "o5"});
  if (one_in(8)) filter.text = "水渠";
  if (one_in(6)) filter.lights = {v1::LIGHT_RED};
  if (one_in(6)) filter.lights = {v1::LIGHT_YELLOW};
  if (one_in(4)) filter.lights = {v1::LIGHT_YELLOW, v1::LIGHT_RED};
  return filter;
}

bool asks_late(const DemandFilter& filter) {
  return !filter.lights.empty() && std::find(filter.lights.begin(), filter.lights.end(),
                                             v1::LIGHT_GREEN) == filter.lights.end();
}

// DUE where it is allowed; unspecified is one or the other by the lights.
Order draw_order(const DemandFilter& filter) {
  if (one_in(3)) return Order::kSubmittedDown;
  return asks_late(filter) && one_in(2) ? Order::kDue : Order::kUnspecified;
}

Time due_of(const v1::DemandRow& row) { return from_proto(row.clocks(0).due_time()); }

// Page by page, to the end.
std::vector<v1::DemandRow> whole_list(const state::View& state, const roster::Standing& me,
                                      const DemandFilter& filter, Order order,
                                      state::PageRequest page) {
  std::vector<v1::DemandRow> listed;
  do {
    auto got = list_page(state, me, filter, order, page);
    RC_ASSERT(got.has_value());
    RC_ASSERT(static_cast<int>(got->rows.size()) <= page.page_size);
    listed.insert(listed.end(), got->rows.begin(), got->rows.end());
    page.page_token = got->next_page_token;
  } while (!page.page_token.empty());
  return listed;
}

std::vector<std::string> ids_of(const std::vector<v1::DemandRow>& rows) {
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.demand_id());
  return ids;
}

// What the filter says, written anew.
bool matches(const DemandFilter& filter, const v1::DemandRow& row, bool asker_is_seen) {
  const auto among = [](const auto& wanted, const auto& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  };
  const auto is = [](const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
  };
  std::vector<std::string> groups{row.lead_group_id()};
  for (const auto& offer : row.offers()) groups.push_back(offer.group_id());
  for (const auto& helper : row.helpers()) {
    if (helper.state() != v1::HELPER_STATE_DECLINED) groups.push_back(helper.group_id());
  }
  return among(filter.states, row.state()) && among(filter.kinds, row.kind()) &&
         among(filter.lights, row.light()) &&
         (filter.urgency == v1::URGENCY_UNSPECIFIED || filter.urgency == row.urgency()) &&
         (filter.group_id.empty() || among(groups, filter.group_id)) &&
         is(filter.handler_person_id, row.handler_person_id()) &&
         is(filter.asker_organisation_id, row.asker_organisation_id()) &&
         (filter.asker_person_id.empty() ||
          (asker_is_seen && filter.asker_person_id == row.asker_person_id())) &&
         (filter.place_id.empty() || filter.place_id == row.village_id() ||
          filter.place_id == row.township_id()) &&
         row.title().find(filter.text) != std::string::npos;
}

RC_GTEST_PROP(Visibility, ListsAndCountsHaveJustWhatTheReaderCanGet, ()) {
  const state::EmptyView empty;
  state::Layer state(empty);
  found_county(state);
  std::vector<v1::DemandRow> all;
  for (int i = below(40); i > 0; --i) {
    const auto row = draw_demand(i);
    put_demand(state, row);
    all.push_back(*demands().find(state, demand_key(kCounty, row.demand_id())));
  }
  const auto me = roster::standing_of(state, PersonId(one_of(kPeople)), kCounty, kNow);
  const auto filter = draw_filter();

  std::vector<std::string> wanted;
  std::size_t of_county = 0;
  for (const auto& row : all) {
    if (!matches(filter, row, sees_asker(me, row))) continue;
    ++of_county;
    if (sees(scopes_of(me), row)) wanted.push_back(row.demand_id());
  }

  state::PageRequest page;
  page.page_size = 1 + below(8);
  page.scan_budget = 1 + below(50);
  const auto order = draw_order(filter);
  const auto listed = whole_list(state, me, filter, order, page);
  const bool by_due = asks_late(filter) && order != Order::kSubmittedDown;
  RC_ASSERT(std::is_sorted(listed.begin(), listed.end(), [&](const auto& a, const auto& b) {
    if (by_due) return due_of(a) < due_of(b);
    return from_proto(a.submitted_time()) > from_proto(b.submitted_time());
  }));
  // Cut where they may be, the pages are the list as one page.
  RC_ASSERT(ids_of(listed) == ids_of(whole_list(state, me, filter, order, {})));
  auto ids = ids_of(listed);
  std::sort(ids.begin(), ids.end());
  std::sort(wanted.begin(), wanted.end());
  RC_ASSERT(ids == wanted);

  const auto count = count_demands(state, me, filter);
  const bool sees_all = sees(scopes_of(me), [] {
    v1::DemandRow nobodys;  // Only the county's.
    nobodys.set_asker_organisation_id("o99");
    return nobodys;
  }());
  if (me.is_city_officer() && !sees_all) {
    const bool singles_out = !filter.text.empty() || !filter.handler_person_id.empty() ||
                             !filter.asker_person_id.empty() ||
                             !filter.asker_organisation_id.empty();
    RC_ASSERT(count.has_value() == !singles_out);
    if (count) RC_ASSERT(count->value == of_county);
  } else {
    RC_ASSERT(count.has_value());
    RC_ASSERT(count->exact);
    RC_ASSERT(count->value == listed.size());
  }
  RC_CLASSIFY(listed.empty(), "nothing listed");
  RC_CLASSIFY(listed.size() == all.size(), "everything listed");
  RC_CLASSIFY(by_due && static_cast<int>(listed.size()) > page.page_size, "by due, several pages");
}

// Some demands; those of them that match and that the reader sees, as they are stored.
std::vector<v1::DemandRow> put_drawn(state::Layer& state, const roster::Standing& me,
                                     const DemandFilter& filter) {
  std::vector<v1::DemandRow> wanted;
  for (int i = 10 + below(40); i > 0; --i) {
    put_demand(state, draw_demand(i));
    auto row = *demands().find(state, demand_key(kCounty, number_of(i)));
    if (matches(filter, row, true) && sees(scopes_of(me), row)) wanted.push_back(std::move(row));
  }
  return wanted;
}

// A village and a township have what was asked there, wherever the village stands by now.
RC_GTEST_PROP(Visibility, APlaceHasWhatWasAskedThere, ()) {
  const state::EmptyView empty;
  state::Layer state(empty);
  found_county(state);
  const auto me = roster::standing_of(state, PersonId(one_of(kPeople)), kCounty, kNow);
  RC_PRE(!scopes_of(me).empty());
  DemandFilter filter;
  filter.place_id = one_of<std::string>({"o2", "o3", "o4", "o5"});
  auto wanted = ids_of(put_drawn(state, me, filter));
  auto ids = ids_of(whole_list(state, me, filter, Order::kUnspecified, {}));
  std::sort(ids.begin(), ids.end());
  std::sort(wanted.begin(), wanted.end());
  RC_ASSERT(ids == wanted);
  const auto count = count_demands(state, me, filter);
  RC_ASSERT(count.has_value() && count->exact);
  if (!counts_alone(me)) RC_ASSERT(count->value == wanted.size());
  RC_CLASSIFY(!wanted.empty(), "something listed");
}

// Whatever time it becomes between two pages: what is late throughout is listed once, in its place.
RC_GTEST_PROP(Visibility, NothingThatIsLateIsPassedWhileTimeGoesBy, ()) {
  const state::EmptyView empty;
  state::Layer state(empty);
  found_county(state);
  const auto me = roster::standing_of(state, PersonId(one_of(kPeople)), kCounty, kNow);
  RC_PRE(!scopes_of(me).empty());
  DemandFilter filter;
  filter.lights = {v1::LIGHT_YELLOW, v1::LIGHT_RED};
  auto wanted = put_drawn(state, me, filter);
  const auto order = one_in(2) ? Order::kDue : Order::kSubmittedDown;
  const auto at_once = ids_of(whole_list(state, me, filter, order, {}));
  RC_ASSERT(at_once.size() == wanted.size());
  std::vector<std::string> listed;
  state::PageRequest page;
  page.page_size = 1 + below(8);
  page.scan_budget = 1 + below(50);
  do {
    auto got = list_page(state, me, filter, order, page);
    RC_ASSERT(got.has_value());
    for (const auto& row : got->rows) listed.push_back(row.demand_id());
    page.page_token = got->next_page_token;
    // Some turn red, as one after another becomes due.
    for (auto& row : wanted) {
      if (!one_in(3)) continue;
      row.mutable_clocks(0)->set_light(v1::LIGHT_RED);
      put_demand(state, row);
    }
  } while (!page.page_token.empty());
  RC_ASSERT(listed == at_once);
  RC_CLASSIFY(static_cast<int>(wanted.size()) > page.page_size, "several pages");
}

// Yellow and red in one order, over all scopes of the reader, whatever the pages.
RC_GTEST_PROP(Visibility, TheOrderOfDueIsKeptFromPageToPage, ()) {
  const state::EmptyView empty;
  state::Layer state(empty);
  found_county(state);
  const auto me = roster::standing_of(state, PersonId(one_of(kPeople)), kCounty, kNow);
  RC_PRE(!scopes_of(me).empty());
  DemandFilter filter;
  filter.lights = {v1::LIGHT_YELLOW, v1::LIGHT_RED};
  auto wanted = put_drawn(state, me, filter);
  std::sort(wanted.begin(), wanted.end(),
            [](const auto& a, const auto& b) { return due_of(a) < due_of(b); });
  state::PageRequest page;
  page.page_size = 1 + below(8);
  page.scan_budget = 1 + below(50);
  RC_ASSERT(ids_of(whole_list(state, me, filter, Order::kDue, page)) == ids_of(wanted));
  RC_CLASSIFY(static_cast<int>(wanted.size()) > page.page_size, "several pages");
  RC_CLASSIFY(scopes_of(me).size() > 1, "several scopes");
}

RC_GTEST_PROP(Visibility, TodosAreOfDemandsThatTheReaderCanGet, ()) {
  const state::EmptyView empty;
  state::Layer state(empty);
  found_county(state);
  for (int i = below(40); i > 0; --i) put_demand(state, draw_demand(i));
  const auto me = roster::standing_of(state, PersonId(one_of(kPeople)), kCounty, kNow);
  state::PageRequest page;
  page.page_size = 1 + below(8);
  do {
    const auto got = list_todos(state, me, page);
    RC_ASSERT(got.has_value());
    for (const auto& todo : got->todos) RC_ASSERT(sees(scopes_of(me), todo.row));
    page.page_token = got->next_page_token;
  } while (!page.page_token.empty());
}

}  // namespace
}  // namespace lianmeng::dispatch::queries
