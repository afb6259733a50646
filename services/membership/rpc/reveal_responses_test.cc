#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "membership/rpc/testing.h"
#include "platform/seal/key_store.h"

namespace lianmeng::membership {
namespace {

using ::testing::HasSubstr;

TEST_F(Edge, RevealsWhatWasAskedForAndKeepsIt) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto own_cadre = PersonId(cadre(village));
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  const auto reveal = [&](const PersonId& by, const std::string& reason, bool address) {
    v1::RevealContactRequest request;
    request.set_county(kCounty);
    request.set_person_id(id);
    request.set_reason(reason);
    if (address) request.add_fields(v1::CONTACT_FIELD_ADDRESS);
    scenario_.by(by);
    const auto decide = bind_(request);
    scenario_.when(*decide).accepted();
    runtime::Accepted accepted;
    v1::RevealContactResponse response;
    EXPECT_TRUE(reveal_.of(request)(scenario_.view(), accepted, {}, &response));
    return response.contact();
  };
  const auto phone = reveal(own_cadre, "通知领取物资", false);
  EXPECT_EQ(phone.name(), "张三");
  EXPECT_EQ(phone.phone(), "13912345678");
  EXPECT_EQ(phone.address(), "");
  const auto address = reveal(kOfficer, "入户核查", true);
  EXPECT_EQ(address.phone(), "");
  EXPECT_EQ(address.address(), "北顺村二组");

  const auto reasons = [&](const PersonId& caller, const std::string& whose,
                           const std::string& by) {
    scenario_.by(caller);
    v1::ListRevealsRequest request;
    request.set_county(kCounty);
    request.set_person_id(whose);
    request.set_by_person_id(by);
    std::vector<std::string> found;
    const auto page = ask<v1::ListRevealsResponse>(request);
    for (const auto& row : page->reveals()) {
      EXPECT_EQ(row.person_id(), id);
      found.push_back(row.by_person_name() + row.reason());
    }
    return found;
  };
  using All = std::vector<std::string>;
  const All both{"王主任入户核查", "李书记通知领取物资"};
  EXPECT_EQ(reasons(kOfficer, "", ""), both);
  EXPECT_EQ(reasons(kOfficer, id, ""), both);
  EXPECT_EQ(reasons(kOfficer, id, own_cadre.str()), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, "", ""), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, id, ""), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, "", kOfficer.str()), All{both[1]});
  EXPECT_EQ(reasons(PersonId(id), id, ""), both);
  EXPECT_EQ(reasons(PersonId(id), "", ""), All{});

  v1::ListRevealsRequest paged;
  paged.set_county(kCounty);
  paged.set_page_size(1);
  scenario_.by(kOfficer);
  const auto first = ask<v1::ListRevealsResponse>(paged);
  EXPECT_EQ(first->reveals_size(), 1);
  paged.set_page_token(first->next_page_token());
  EXPECT_EQ(ask<v1::ListRevealsResponse>(paged)->reveals(0).reason(), "通知领取物资");
}

TEST_F(Edge, ARepeatedRevealIsShownToTheSamePersonWhileTheyMaySeeIt) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const PersonId own_cadre(cadre(village));
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(run<v1::RegisterPersonResponse>(villager(village)).person().person_id());
  request.set_reason("通知领取物资");
  scenario_.by(own_cadre).when(*bind_(request)).accepted();
  v1::ListRevealsRequest listed;
  listed.set_county(kCounty);
  runtime::Accepted accepted;
  accepted.repeated = true;
  accepted.place = parse_place(ask<v1::ListRevealsResponse>(listed)->reveals(0).place()).value();
  const auto shown = [&](const PersonId& to) {
    accepted.time = scenario_.now();
    v1::RevealContactResponse response;
    const auto status = reveal_.of(request)(scenario_.view(), accepted,
                                            {Actor::Kind::kPerson, to.str(), {}}, &response);
    return status ? response.contact().phone() : status.error().reason;
  };
  EXPECT_EQ(shown(own_cadre), "13912345678");
  EXPECT_EQ(shown(kOfficer), "PERMISSION_DENIED");
  v1::EndPostRequest end;
  end.set_county(kCounty);
  end.set_post_id("t2");
  end.set_reason("调离");
  scenario_.by(kOfficer).at(beijing("2023-06-29"));
  run<v1::EndPostResponse>(end);
  EXPECT_EQ(shown(own_cadre), "PERMISSION_DENIED");
}

TEST_F(Edge, AValidatedRevealOpensNothing) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  runtime::Accepted accepted;
  accepted.validated = true;
  v1::RevealContactResponse response;
  ASSERT_TRUE(reveal_.of(request)(scenario_.view(), accepted, {}, &response));
  EXPECT_FALSE(response.has_contact());
}

TEST_F(Edge, ARevealThatCannotBeOpenedSaysWhy) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  seal::MemoryKeyStore other(seal::system_random());
  seal::Sealer stranger(other, seal::system_random());
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  v1::RevealContactResponse response;
  const auto status = RevealFiller(stranger).of(request)(scenario_.view(), {}, {}, &response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "SEAL_KEY_UNKNOWN");
  EXPECT_THAT(status.error().message_zh, HasSubstr("请联系运维恢复"));
}

}  // namespace
}  // namespace lianmeng::membership
