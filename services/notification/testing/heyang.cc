#include "notification/testing/heyang.h"

#include <fmt/format.h>

#include "membership/projection/roster_tables.h"
#include "notification/domain/render.h"
#include "notification/domain/template.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification::testing {
namespace {

using lianmeng::testing::beijing;
using lianmeng::testing::Scenario;

void add_organisation(membership_v1::CountyCreated& e, const char* id, const char* name,
                      membership_v1::OrganisationKind kind, const char* parent = "") {
  auto* organisation = e.add_organisations();
  organisation->set_county(kHeyang.str());
  organisation->set_organisation_id(id);
  organisation->set_name(name);
  organisation->set_kind(kind);
  organisation->set_parent_id(parent);
}

membership_v1::Post post(int number, const PersonId& person, const char* organisation,
                         membership_v1::PostRole role) {
  membership_v1::Post made;
  made.set_county(kHeyang.str());
  made.set_post_id(fmt::format("t{}", number));
  made.set_person_id(person.str());
  made.set_organisation_id(organisation);
  made.set_role(role);
  *made.mutable_from_time() = state::to_proto(beijing("2023-01-01"));
  return made;
}

membership_v1::PersonRecord record(const PersonId& person, const char* name) {
  membership_v1::PersonRecord made;
  made.set_county(kHeyang.str());
  made.set_person_id(person.str());
  made.set_public_name(name);
  return made;
}

}  // namespace

void prepare(Scenario& scenario) {
  membership_v1::CountyCreated e;
  e.mutable_county()->set_county(kHeyang.str());
  e.mutable_county()->set_name("合阳县");
  e.mutable_county()->set_short_name("合阳");
  e.mutable_county()->set_office_organisation_id("o1");
  add_organisation(e, "o1", "合阳县联盟办", membership_v1::ORGANISATION_KIND_DEPARTMENT);
  add_organisation(e, "o2", "北顺村", membership_v1::ORGANISATION_KIND_VILLAGE, "o3");
  add_organisation(e, "o3", "坊镇", membership_v1::ORGANISATION_KIND_TOWNSHIP);
  add_organisation(e, "g1", "产业组", membership_v1::ORGANISATION_KIND_FUNCTIONAL_GROUP);
  add_organisation(e, "g2", "营销组", membership_v1::ORGANISATION_KIND_FUNCTIONAL_GROUP);
  *e.add_people() = record(kOfficer, "甲");
  *e.add_people() = record(kCoordinator, "乙");
  *e.add_people() = record(kHead, "丙");
  *e.add_people() = record(kMember, "丁");
  *e.add_people() = record(kSalesHead, "戊");
  *e.add_people() = record(kCadre, "己");
  *e.add_people() = record(kFarmer, "");
  *e.add_people() = record(kCoordinator2, "庚");
  *e.add_posts() = post(1, kOfficer, "o1", membership_v1::POST_ROLE_COUNTY_OFFICER);
  *e.add_posts() = post(2, kCoordinator, "o1", membership_v1::POST_ROLE_COORDINATOR);
  *e.add_posts() = post(3, kHead, "g1", membership_v1::POST_ROLE_GROUP_HEAD);
  *e.add_posts() = post(4, kMember, "g1", membership_v1::POST_ROLE_GROUP_MEMBER);
  *e.add_posts() = post(5, kSalesHead, "g2", membership_v1::POST_ROLE_GROUP_HEAD);
  *e.add_posts() = post(6, kCadre, "o2", membership_v1::POST_ROLE_VILLAGE_CADRE);
  *e.add_posts() = post(7, kFarmer, "o2", membership_v1::POST_ROLE_MEMBER);
  *e.add_posts() = post(8, kCoordinator2, "o1", membership_v1::POST_ROLE_COORDINATOR);
  scenario.at(beijing("2023-06-28 09:00")).by_operator().given_foreign("membership", e);
}

void erase(lianmeng::testing::Scenario& scenario, const PersonId& person) {
  membership_v1::PersonErased event;
  event.set_county(kHeyang.str());
  event.set_person_id(person.str());
  *event.mutable_erased_time() = state::to_proto(scenario.now());
  scenario.given_foreign("membership", event);
}

void end_post(Scenario& scenario, std::string_view post_id) {
  const auto post = membership::roster::posts().find(scenario.view(),
                                                     state::Key{}.add(kHeyang.str()).add(post_id));
  membership_v1::PostEnded ended;
  ended.set_county(kHeyang.str());
  ended.set_post_id(post->post_id());
  ended.set_person_id(post->person_id());
  ended.set_organisation_id(post->organisation_id());
  ended.set_role(post->role());
  *ended.mutable_until_time() = state::to_proto(scenario.now());
  scenario.given_foreign("membership", ended);
}

void add_members(Scenario& scenario, int count, int first, const char* group) {
  for (int i = first; i < first + count; ++i) {
    const PersonId person(fmt::format("610524-p{}", i));
    membership_v1::PersonRegistered e;
    *e.mutable_person() = record(person, "组员");
    *e.add_posts() = post(i, person, group, membership_v1::POST_ROLE_GROUP_MEMBER);
    scenario.given_foreign("membership", e);
  }
}

dispatch_v1::ClockBoard clocks(dispatch_v1::ClockKind kind, std::string_view due) {
  dispatch_v1::ClockBoard board;
  auto* clock = board.add_running();
  clock->set_kind(kind);
  *clock->mutable_due_time() = state::to_proto(beijing(due));
  return board;
}

dispatch_v1::DemandSubmitted submitted() {
  dispatch_v1::DemandSubmitted e;
  e.set_demand_id(kDemand);
  e.set_number("合阳-230628-001");
  e.set_title("扶贫工厂缺设备资金");
  e.set_kind(dispatch_v1::DEMAND_KIND_FUNDS);
  e.set_urgency(dispatch_v1::URGENCY_ORDINARY);
  e.set_asker_organisation_id("o2");
  e.set_asker_person_id(kCadre.str());
  e.set_recorder_person_id(kCadre.str());
  e.set_village_id("o2");
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_ROUTE, "2023-06-28 14:30");
  return e;
}

dispatch_v1::DemandBrief brief(dispatch_v1::DemandState state) {
  dispatch_v1::DemandBrief made;
  made.set_number("合阳-230628-001");
  made.set_title("扶贫工厂缺设备资金");
  made.set_kind(dispatch_v1::DEMAND_KIND_FUNDS);
  made.set_urgency(dispatch_v1::URGENCY_ORDINARY);
  made.set_state(state);
  made.set_asker_organisation_id("o2");
  made.set_asker_person_id(kCadre.str());
  if (state != dispatch_v1::DEMAND_STATE_SUBMITTED && state != dispatch_v1::DEMAND_STATE_ROUTED &&
      state != dispatch_v1::DEMAND_STATE_DECLINED) {
    made.set_lead_group_id("g1");
    made.set_handler_person_id(kMember.str());
  }
  return made;
}

dispatch_v1::DemandRouted routed() {
  auto e = about<dispatch_v1::DemandRouted>(dispatch_v1::DEMAND_STATE_ROUTED);
  e.set_mode(dispatch_v1::ROUTING_MODE_OPEN);
  for (const auto* group : {"g1", "g2"}) {
    auto* offer = e.add_offers();
    offer->set_group_id(group);
    offer->set_role(dispatch_v1::GROUP_ROLE_CONTENDER);
    e.mutable_brief()->add_group_ids(group);
  }
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_TAKE, "2023-06-29 18:00");
  return e;
}

dispatch_v1::DemandTaken taken() {
  auto e = about<dispatch_v1::DemandTaken>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.mutable_brief()->clear_handler_person_id();
  e.set_lead_group_id("g1");
  e.set_person_id(kMember.str());
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_RESULT, "2023-07-12 18:00");
  return e;
}

dispatch_v1::HandlerAssigned assigned() {
  auto e = about<dispatch_v1::HandlerAssigned>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.set_handler_person_id(kMember.str());
  e.set_note("请先上门");
  return e;
}

std::vector<std::string> told(const v1::NoticePosted& notice) {
  std::vector<std::string> lines;
  for (const auto& part : notice.parts()) {
    lines.push_back(fmt::format("{}: {}", part.rule_id(), fmt::join(part.person_ids(), " ")));
  }
  return lines;
}

std::string text_of(const Scenario& scenario, const v1::NoticePosted& notice,
                    std::string_view rule_id) {
  for (const auto& part : notice.parts()) {
    if (part.rule_id() != rule_id) continue;
    const auto words = template_of(scenario.view(), kHeyang, part.template_());
    return render(words, notice.variables()).text;
  }
  return {};
}

}  // namespace lianmeng::notification::testing
