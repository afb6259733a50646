// A county for tests: 合阳 with an office, a township of two villages, three groups, a chair in
// turn and the people that the table of roles names. Steps of a demand's life as one line each.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "dispatch/domain/desk.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/result.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/settings.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/take.h"
#include "dispatch/domain/work.h"
#include "dispatch/fold.h"
#include "platform/testing/scenario.h"

namespace lianmeng::dispatch {

using testing::beijing;
using testing::Scenario;

// People, by what they are.
inline const PersonId kCoordinator("610524-p1");
inline const PersonId kOfficer("610524-p2");
inline const PersonId kCadre("610524-p3");      // Of 北顺村.
inline const PersonId kHead("610524-p4");       // Of 产业小组.
inline const PersonId kMember("610524-p5");     // Of 产业小组.
inline const PersonId kOtherHead("610524-p6");  // Of 营销小组.
inline const PersonId kTownship("610524-p7");
inline const PersonId kVillager("610524-p8");   // Of 北顺村, without a public post.
inline const PersonId kNeighbour("610524-p9");  // Cadre of 南沟社区.
inline const PersonId kChair("610524-p10");
inline const PersonId kTornCoordinator("610524-p11");  // Belongs to 产业小组 too.
inline const PersonId kAuditor("610524-p12");
inline const PersonId kThirdHead("610524-p13");  // Of 培训小组.
inline const PersonId kCity("610524-p14");
inline const PersonId kStranger("610524-p99");

inline constexpr const char* kOffice = "o1";
inline constexpr const char* kXinchi = "o2";   // 新池镇.
inline constexpr const char* kBeishun = "o3";  // 北顺村.
inline constexpr const char* kNangou = "o4";   // 南沟社区.
inline constexpr const char* kBureau = "o5";   // Has the chair.
inline constexpr const char* kIndustry = "g1";
inline constexpr const char* kMarketing = "g2";
inline constexpr const char* kTraining = "g3";

class DispatchTest : public ::testing::Test {
 protected:
  // The first demand of the day on which scenarios begin.
  static constexpr const char* kDemand = "230628-001";

  DispatchTest() {
    namespace m = membership::v1;
    m::CountyCreated fact;
    auto& county = *fact.mutable_county();
    county.set_county("610524");
    county.set_name("合阳县");
    county.set_short_name("合阳");
    county.set_code("610524");
    county.set_office_organisation_id(kOffice);
    const auto organisation = [&](const char* id, const char* name, m::OrganisationKind kind,
                                  const char* parent) {
      auto& row = *fact.add_organisations();
      row.set_county("610524");
      row.set_organisation_id(id);
      row.set_name(name);
      row.set_kind(kind);
      row.set_parent_id(parent);
    };
    organisation(kOffice, "县委组织部", m::ORGANISATION_KIND_DEPARTMENT, "");
    organisation(kXinchi, "新池镇", m::ORGANISATION_KIND_TOWNSHIP, "");
    organisation(kBeishun, "北顺村", m::ORGANISATION_KIND_VILLAGE, kXinchi);
    organisation(kNangou, "南沟社区", m::ORGANISATION_KIND_COMMUNITY, kXinchi);
    organisation(kBureau, "农业农村局", m::ORGANISATION_KIND_DEPARTMENT, "");
    organisation(kIndustry, "产业小组", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, "");
    organisation(kMarketing, "营销小组", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, "");
    organisation(kTraining, "培训小组", m::ORGANISATION_KIND_FUNCTIONAL_GROUP, "");
    int posts = 0;
    const auto post = [&](const PersonId& person, const char* at, m::PostRole role) {
      bool known = false;
      for (const auto& row : fact.people()) known = known || row.person_id() == person.str();
      if (!known) {
        auto& row = *fact.add_people();
        row.set_county("610524");
        row.set_person_id(person.str());
        row.set_organisation_id(at);
        if (role != m::POST_ROLE_MEMBER) row.set_public_name("某" + person.str().substr(7));
      }
      auto& row = *fact.add_posts();
      row.set_county("610524");
      row.set_post_id("t" + std::to_string(++posts));
      row.set_organisation_id(at);
      row.set_person_id(person.str());
      row.set_role(role);
      *row.mutable_from_time() = to_proto(beijing("2020-01-01"));
    };
    post(kCoordinator, kOffice, m::POST_ROLE_COORDINATOR);
    post(kOfficer, kOffice, m::POST_ROLE_COUNTY_OFFICER);
    post(kCadre, kBeishun, m::POST_ROLE_VILLAGE_CADRE);
    post(kHead, kIndustry, m::POST_ROLE_GROUP_HEAD);
    post(kMember, kIndustry, m::POST_ROLE_GROUP_MEMBER);
    post(kOtherHead, kMarketing, m::POST_ROLE_GROUP_HEAD);
    post(kTownship, kXinchi, m::POST_ROLE_TOWNSHIP_OFFICER);
    post(kVillager, kBeishun, m::POST_ROLE_MEMBER);
    post(kNeighbour, kNangou, m::POST_ROLE_VILLAGE_CADRE);
    post(kChair, kBureau, m::POST_ROLE_REPRESENTATIVE);
    post(kTornCoordinator, kOffice, m::POST_ROLE_COORDINATOR);
    post(kTornCoordinator, kIndustry, m::POST_ROLE_GROUP_MEMBER);
    post(kAuditor, kOffice, m::POST_ROLE_AUDITOR);
    post(kThirdHead, kTraining, m::POST_ROLE_GROUP_HEAD);
    post(kCity, kOffice, m::POST_ROLE_CITY_OFFICER);
    s.given_foreign("membership", fact);
    m::MembershipAdded chair;
    auto& membership = *chair.mutable_membership();
    membership.set_county("610524");
    membership.set_membership_id("m1");
    membership.set_organisation_id(kBureau);
    membership.set_role(m::MEMBERSHIP_ROLE_CHAIR_IN_TURN);
    *membership.mutable_from_time() = to_proto(beijing("2023-01-01"));
    s.given_foreign("membership", chair);
  }

  static SubmitDemand workshop() {
    return {.title = "壮大集体经济，扩大社区服装厂",
            .detail = "村里有剩余劳动力",
            .kind = v1::DEMAND_KIND_ORDINARY,
            .urgency = {},
            .industry = "服装",
            .asker_organisation_id = {},
            .asker_person_id = {},
            .callback_person_id = {},
            .village_id = {},
            .found_by_group_id = {}};
  }
  static RouteDemand assignment(std::string lead, std::vector<std::string> helpers = {}) {
    return {.demand_id = kDemand,
            .mode = v1::ROUTING_MODE_ASSIGNED,
            .lead_group_id = std::move(lead),
            .group_ids = std::move(helpers),
            .note = {}};
  }
  static RouteDemand opening(std::vector<std::string> groups) {
    return {.demand_id = kDemand,
            .mode = v1::ROUTING_MODE_OPEN,
            .lead_group_id = {},
            .group_ids = std::move(groups),
            .note = {}};
  }
  static SubmitResult solved() {
    v1::Figure figure;
    figure.set_metric("可容纳员工");
    figure.set_value("50");
    figure.set_unit("人");
    figure.set_qualifier(v1::QUALIFIER_EXACT);
    figure.set_basis(v1::FIGURE_BASIS_CAPACITY);
    figure.set_phrase("可容纳员工50人");
    return {.demand_id = kDemand,
            .kind = v1::RESULT_KIND_SOLVED,
            .words = "扩大了社区服装厂规模",
            .figures = {figure},
            .planned_date = {}};
  }
  static RateDemand rating(v1::SolvedAnswer answer, int content) {
    return {.demand_id = kDemand,
            .solved = answer,
            .content = content,
            .words = {},
            .by_callback = false};
  }

  // --- What membership tells of a person. ---
  void give_phone(const PersonId& person) {
    membership::v1::PersonUpdated event;
    auto& record = *event.mutable_person();
    record = *membership::roster::person(s.view(), CountyId("610524"), person);
    record.mutable_sealed_phone()->set_key_id("key");
    record.mutable_sealed_phone()->set_ciphertext("sealed");
    s.given_foreign("membership", event);
  }
  void appoint(const PersonId& person, const char* at, membership::v1::PostRole role) {
    membership::v1::PostAppointed event;
    auto& post = *event.mutable_post();
    post.set_county("610524");
    post.set_post_id("t" + std::to_string(++appointed_ + 100));
    post.set_organisation_id(at);
    post.set_person_id(person.str());
    post.set_role(role);
    *post.mutable_from_time() = to_proto(s.now());
    s.given_foreign("membership", event);
  }
  // Every post that they hold there, now.
  void end_posts(const PersonId& person, const char* at) {
    const auto standing =
        membership::roster::standing_of(s.view(), person, s.context().county, s.now());
    for (const auto& post : standing.posts()) {
      if (post.organisation_id() != at) continue;
      membership::v1::PostEnded event;
      event.set_county("610524");
      event.set_post_id(post.post_id());
      event.set_person_id(person.str());
      event.set_organisation_id(at);
      event.set_role(post.role());
      *event.mutable_until_time() = to_proto(s.now());
      s.given_foreign("membership", event);
    }
  }
  void erase(const PersonId& person) {
    membership::v1::PersonErased event;
    event.set_county("610524");
    event.set_person_id(person.str());
    *event.mutable_erased_time() = to_proto(s.now());
    const auto standing =
        membership::roster::standing_of(s.view(), person, s.context().county, s.now());
    for (const auto& post : standing.posts()) {
      auto& ended = *event.add_ended_posts();
      ended.set_county("610524");
      ended.set_post_id(post.post_id());
      *ended.mutable_until_time() = event.erased_time();
    }
    s.given_foreign("membership", event);
  }

  // --- Steps; each is accepted. ---
  void submit() { s.by(kCadre).when(workshop()).accepted(); }
  void route() {
    submit();
    s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  }
  void name_handler() {
    take();
    s.by(kHead)
        .when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
        .accepted();
  }
  void take() {
    route();
    s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  }
  void result() {
    take();
    s.by(kHead).when(solved()).accepted();
  }
  void accept() {
    result();
    s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  }
  void close() {
    accept();
    s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  }

  v1::DemandRow row(const char* demand = kDemand) const {
    const auto found = demands().find(s.view(), demand_key(CountyId("610524"), demand));
    return found.value_or(v1::DemandRow());
  }
  const v1::Clock* clock(v1::ClockKind kind) {
    last_ = row();
    for (const auto& running : last_.clocks()) {
      if (running.kind() == kind) return &running;
    }
    return nullptr;
  }
  Time due(v1::ClockKind kind) {
    const auto* found = clock(kind);
    return found == nullptr ? Time{} : from_proto(found->due_time());
  }

  Scenario s{dispatch_fold(), CountyId("610524")};

 private:
  v1::DemandRow last_;
  int appointed_ = 0;
};

}  // namespace lianmeng::dispatch
