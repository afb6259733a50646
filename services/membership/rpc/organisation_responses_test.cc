#include <set>
#include <string>
#include <vector>

#include "membership/rpc/testing.h"

namespace lianmeng::membership {
namespace {

TEST_F(Edge, ListsOrganisationsInTheirDeclaredOrders) {
  const auto town = organisation("新池镇", v1::ORGANISATION_KIND_TOWNSHIP);
  for (int i = 0; i < 11; ++i) {
    organisation("村" + std::to_string(i), v1::ORGANISATION_KIND_VILLAGE, town);
  }
  v1::ListOrganisationsRequest request;
  request.set_county(kCounty);
  request.set_kind(v1::ORGANISATION_KIND_VILLAGE);
  request.set_page_size(8);
  std::vector<std::string> ids;
  do {
    const auto page = ask<v1::ListOrganisationsResponse>(request);
    ASSERT_TRUE(page.has_value());
    for (const auto& row : page->organisations()) ids.push_back(row.organisation_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(ids.size(), 11u);
  EXPECT_EQ(ids.front(), "o3");
  EXPECT_EQ(ids.back(), "o13");  // By number: not o10 before o3.

  request.clear_kind();
  request.set_parent_id("");
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations_size(), 2);
  request.clear_parent_id();
  request.set_text("村1");
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations_size(), 2);
  request.clear_text();
  request.set_order(v1::ORGANISATION_ORDER_NAME);
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations(0).name(), "县委组织部");
  request.set_kind(v1::ORGANISATION_KIND_VILLAGE);
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request).error().reason, "INVALID_FIELD");
}

TEST_F(Edge, MembershipsAreListedByAllianceOrganisationAndRole) {
  const auto first = organisation("果业联盟", v1::ORGANISATION_KIND_ALLIANCE);
  const auto second = organisation("羊业联盟", v1::ORGANISATION_KIND_ALLIANCE);
  std::vector<std::string> members;
  for (const auto* name : {"大唐", "秦牧", "雨润"}) {
    members.push_back(organisation(name, v1::ORGANISATION_KIND_ENTERPRISE));
  }
  struct Joined {
    std::string alliance, organisation;
    v1::MembershipRole role;
    std::string id;
  };
  std::vector<Joined> all;
  for (const auto& alliance : {first, second}) {
    for (const auto& member : members) {
      for (const auto role : {v1::MEMBERSHIP_ROLE_MEMBER, v1::MEMBERSHIP_ROLE_FOUNDER}) {
        v1::AddMembershipRequest add;
        add.set_county(kCounty);
        add.set_alliance_id(alliance);
        add.set_organisation_id(member);
        add.set_role(role);
        const auto id =
            run<v1::AddMembershipResponse>(add).membership().membership().membership_id();
        all.push_back({alliance, member, role, id});
      }
    }
  }
  const auto expect_listed = [&](const std::string& alliance, const std::string& organisation,
                                 v1::MembershipRole role) {
    std::set<std::string> wanted;
    for (const auto& one : all) {
      if ((alliance.empty() || one.alliance == alliance) &&
          (organisation.empty() || one.organisation == organisation) &&
          (role == v1::MEMBERSHIP_ROLE_UNSPECIFIED || one.role == role)) {
        wanted.insert(one.id);
      }
    }
    std::vector<std::string> ids;
    v1::ListMembershipsRequest request;
    request.set_county(kCounty);
    request.set_alliance_id(alliance);
    request.set_organisation_id(organisation);
    request.set_role(role);
    request.set_page_size(2);
    do {
      const auto page = ask<v1::ListMembershipsResponse>(request);
      EXPECT_LE(page->memberships_size(), 2);
      for (const auto& one : page->memberships()) ids.push_back(one.membership().membership_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), wanted)
        << alliance << '/' << organisation << '/' << role;
    EXPECT_EQ(ids.size(), wanted.size());
  };
  for (const auto& alliance : {std::string(), first, second}) {
    for (const auto& organisation : {std::string(), members[0], members[2]}) {
      for (const auto role : {v1::MEMBERSHIP_ROLE_UNSPECIFIED, v1::MEMBERSHIP_ROLE_MEMBER,
                              v1::MEMBERSHIP_ROLE_FOUNDER, v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN}) {
        expect_listed(alliance, organisation, role);
      }
    }
  }
}

}  // namespace
}  // namespace lianmeng::membership
