#include "membership/domain/as_of.h"

#include <gtest/gtest.h>

#include <memory>

#include "membership/domain/privacy.h"
#include "membership/domain/testing.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::membership {
namespace {

state::AsOf recorded(Time time) { return {time, {}}; }
state::AsOf effective(Time time) { return {{}, time}; }

TEST(OrganisationAsOf, FollowsNamesMovesAndTheEnd) {
  County county;
  const auto town = county.make(create("新池镇", v1::ORGANISATION_KIND_TOWNSHIP));
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto day = [&](int days) {
    return beijing("2023-06-28 09:00") + std::chrono::hours{24 * days};
  };
  UpdateOrganisation rename;
  rename.organisation_id = village;
  rename.name = "北顺新村";
  county.at(day(1)).when(rename).accepted();
  county.at(day(2)).when(MoveOrganisation{village, town}).accepted();
  county.at(day(3)).when(DissolveOrganisation{village, "合并"}).accepted();

  const auto at = [&](const state::AsOf& as_of) {
    auto row = organisation_as_of(county.view(), kHeyang, village, as_of);
    EXPECT_TRUE(row.has_value());
    return row ? *row : v1::Organisation();
  };
  for (const auto axis : {recorded, effective}) {
    EXPECT_EQ(at(axis(day(0))).name(), "北顺村");
    EXPECT_EQ(at(axis(day(1))).name(), "北顺新村");
    EXPECT_EQ(at(axis(day(1))).parent_id(), "");
    EXPECT_EQ(at(axis(day(2))).parent_id(), town);
    EXPECT_TRUE(roster::is_in_being(at(axis(day(2)))));
    EXPECT_FALSE(roster::is_in_being(at(axis(day(3)))));
    EXPECT_EQ(at(axis(day(9))).SerializeAsString(),
              roster::organisation(county.view(), kHeyang, village)->SerializeAsString());
    const auto before = organisation_as_of(county.view(), kHeyang, village, axis(day(-1)));
    ASSERT_FALSE(before.has_value());
    EXPECT_EQ(before.error().reason, "NOTHING_THEN");
    EXPECT_EQ(before.error().kind, ErrorKind::kNotFound);
  }
  // The office came with the county.
  EXPECT_EQ(organisation_as_of(county.view(), kHeyang, "o1", recorded(day(-27)))->name(),
            "县委组织部");
}

TEST(OrganisationAsOf, AnImportHappenedBeforeItWasRecorded) {
  County county;
  county.happened_at(beijing("2021-06-01 09:00"));
  const auto team = county.make(create("红色助力团", v1::ORGANISATION_KIND_TEAM));
  const auto in_2022 = beijing("2022-01-01");
  EXPECT_EQ(organisation_as_of(county.view(), kHeyang, team, effective(in_2022))->name(),
            "红色助力团");
  EXPECT_FALSE(organisation_as_of(county.view(), kHeyang, team, recorded(in_2022)).has_value());
  EXPECT_FALSE(organisation_as_of(county.view(), kHeyang, team, {in_2022, in_2022}).has_value());
}

// Counts what is read.
struct Reads final : state::View {
  explicit Reads(const state::View& view) : below(view) {}
  bool get(std::string_view key, std::string* value) const override {
    ++rows;
    return below.get(key, value);
  }
  std::unique_ptr<state::Cursor> cursor() const override {
    struct Counting final : state::Cursor {
      Counting(std::unique_ptr<state::Cursor> under, int& count)
          : below(std::move(under)), rows(count) {}
      void seek(std::string_view key) override { below->seek(key), ++rows; }
      bool valid() const override { return below->valid(); }
      void next() override { below->next(), ++rows; }
      std::string_view key() const override { return below->key(); }
      std::string_view value() const override { return below->value(); }
      std::unique_ptr<state::Cursor> below;
      int& rows;
    };
    return std::make_unique<Counting>(below.cursor(), rows);
  }
  const state::View& below;
  mutable int rows = 0;
};

TEST(OrganisationAsOf, ReadsNoneOfItsPostsAndMemberships) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto team = county.make(create("红色助力团", v1::ORGANISATION_KIND_TEAM));
  const auto rows = [&](const std::string& organisation) {
    const Reads reads(county.view());
    EXPECT_TRUE(organisation_as_of(reads, kHeyang, organisation, recorded(county.now())));
    return reads.rows;
  };
  const auto of_village = rows(village);
  const auto of_team = rows(team);
  for (int i = 0; i < 40; ++i) {
    const auto person = county.make(enter("张三", village));
    county.make(appoint(person, "张三", village, v1::POST_ROLE_MEMBER));
    AddMembership add;
    add.organisation_id = county.make(create("店" + std::to_string(i), v1::ORGANISATION_KIND_SHOP));
    add.alliance_id = team;
    county.make(add);
  }
  EXPECT_EQ(rows(village), of_village);
  EXPECT_EQ(rows(team), of_team);
}

class PersonAsOf : public ::testing::Test {
 protected:
  Result<PersonThen> at(const state::AsOf& as_of) const {
    return person_as_of(county.view(), kHeyang, person, as_of);
  }
  static std::string phone(const Result<PersonThen>& then) {
    return then ? then->record.sealed_phone().ciphertext() : then.error().reason;
  }
  v1::PersonRecord today() const {
    return *roster::person(county.view(), kHeyang, PersonId(person));
  }
  void change_phone(const std::string& what) {
    UpdatePerson update;
    update.person_id = person;
    update.values.phone = sealed(what);
    county.when(update).accepted();
  }

  County county;
  std::string village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  std::string group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  std::string person;
};

TEST_F(PersonAsOf, FollowsValuesNameAndPosts) {
  auto command = enter("张三", village);
  command.person.values.phone = sealed("one");
  person = county.make(command);
  const auto entered = county.now();
  county.at(beijing("2023-07-01"));
  change_phone("two");
  county.at(beijing("2023-08-01"));
  const auto post = county.make(appoint(person, "张三", group, v1::POST_ROLE_GROUP_MEMBER));
  county.at(beijing("2023-09-01"));
  county.when(EndPost{post, {}, "调离"}).accepted();

  for (const auto axis : {recorded, effective}) {
    EXPECT_EQ(phone(at(axis(entered - Duration{1}))), "NOTHING_THEN");
    const auto first = at(axis(beijing("2023-06-30")));
    EXPECT_EQ(phone(first), "sealed-one");
    EXPECT_EQ(first->record.public_name(), "");
    EXPECT_TRUE(first->record.has_sealed_name());
    EXPECT_TRUE(first->posts.empty());
    EXPECT_EQ(phone(at(axis(beijing("2023-07-02")))), "sealed-two");
    const auto held = at(axis(beijing("2023-08-02")));
    EXPECT_EQ(held->record.public_name(), "张三");
    EXPECT_FALSE(held->record.has_sealed_name());
    ASSERT_EQ(held->posts.size(), 1);
    EXPECT_FALSE(held->posts[0].has_until_time());
    const auto last = at(axis(county.now()));
    EXPECT_EQ(last->record.SerializeAsString(), today().SerializeAsString());
    EXPECT_TRUE(last->posts[0].has_until_time());
  }
}

TEST_F(PersonAsOf, AnImportHappenedBeforeItWasRecorded) {
  county.happened_at(beijing("2021-06-01"));
  person = county.make(enter("张三", village));
  const auto in_2022 = beijing("2022-01-01");
  EXPECT_TRUE(at(effective(in_2022)));
  EXPECT_EQ(phone(at(recorded(in_2022))), "NOTHING_THEN");
  EXPECT_EQ(phone(at({county.now(), beijing("2021-05-31")})), "NOTHING_THEN");
}

TEST_F(PersonAsOf, WhoCameWithTheCountyOrFromAnotherHasAHistoryToo) {
  person = kOfficer.str();
  const auto first = at(recorded(beijing("2023-06-02")));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->record.public_name(), "王主任");
  ASSERT_EQ(first->posts.size(), 1);
  EXPECT_EQ(first->posts[0].role(), v1::POST_ROLE_COUNTY_OFFICER);
  person = "610525-p7";
  county.make(appoint(person, "澄城专家", group, v1::POST_ROLE_SPECIALIST));
  const auto guest = at(recorded(county.now()));
  ASSERT_TRUE(guest);
  EXPECT_EQ(guest->record.SerializeAsString(), today().SerializeAsString());
  EXPECT_EQ(guest->posts.size(), 1);
}

TEST_F(PersonAsOf, OfWhoIsErasedTodayNoTimeHasAValue) {
  auto command = enter("张三", village);
  command.person.values.phone = sealed("one");
  person = county.make(command);
  const auto entered = county.now();
  county.make(appoint(person, "张三", village, v1::POST_ROLE_MEMBER));
  county.at(beijing("2023-07-01"));
  county.when(ErasePerson{person, "本人申请"}).accepted();
  for (const auto& as_of : {recorded(entered), effective(entered), recorded(county.now())}) {
    const auto then = at(as_of);
    ASSERT_TRUE(then);
    EXPECT_EQ(then->record.SerializeAsString().find("sealed-"), std::string::npos);
    EXPECT_TRUE(then->record.has_sealed_phone()) << "that there was one";
    EXPECT_EQ(then->record.organisation_id(), "");
  }
  EXPECT_FALSE(at(recorded(entered))->posts[0].has_until_time());
  EXPECT_TRUE(at(recorded(county.now()))->posts[0].has_until_time());
  EXPECT_EQ(at(recorded(county.now()))->record.SerializeAsString(), today().SerializeAsString());
}

TEST(PostAsOf, TellsTheEndThatWasKnown) {
  County county;
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto person = county.make(enter("张三"));
  const auto post = county.make(appoint(person, "张三", group, v1::POST_ROLE_GROUP_HEAD));
  const auto appointed = county.now();
  // Ended in July, recorded in August.
  EndPost end;
  end.post_id = post;
  end.reason = "调离";
  county.at(beijing("2023-08-10 09:00"));
  county.happened_at(beijing("2023-07-15 09:00")).when(end).accepted();

  const auto at = [&](const state::AsOf& as_of) {
    return *post_as_of(county.view(), kHeyang, post, as_of);
  };
  const auto in_july = beijing("2023-07-20");
  EXPECT_TRUE(roster::in_force(at(recorded(in_july)), in_july));
  EXPECT_FALSE(roster::in_force(at(effective(in_july)), in_july));
  EXPECT_EQ(at(effective(in_july)).end_reason(), "调离");
  EXPECT_FALSE(at(effective(beijing("2023-07-14"))).has_until_time());
  EXPECT_TRUE(at(recorded(county.now())).has_until_time());
  EXPECT_FALSE(
      post_as_of(county.view(), kHeyang, post, recorded(appointed - Duration{1})).has_value());
  // Posts that came with a county or with a person have their histories too.
  EXPECT_EQ(post_as_of(county.view(), kHeyang, "t1", recorded(appointed))->person_id(),
            kOfficer.str());
  auto cadre = enter("李四");
  cadre.person.posts.push_back(post_draft(group, v1::POST_ROLE_GROUP_MEMBER));
  const auto other = county.make(cadre);
  EXPECT_EQ(post_as_of(county.view(), kHeyang, "t4", recorded(county.now()))->person_id(), other);
}

TEST(PostAsOf, EndsWithWhoIsErased) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("李书记"));
  const auto post = county.make(appoint(person, "李书记", village, v1::POST_ROLE_VILLAGE_CADRE));
  const auto other = county.make(appoint(person, "", "o1", v1::POST_ROLE_SPECIALIST));
  const auto before = county.now();
  county.at(beijing("2023-07-01")).when(ErasePerson{person, "本人申请"}).accepted();
  for (const auto& id : {post, other}) {
    const auto in_force = [&](const state::AsOf& as_of) {
      return roster::in_force(*post_as_of(county.view(), kHeyang, id, as_of), county.now());
    };
    for (const auto axis : {recorded, effective}) {
      EXPECT_TRUE(in_force(axis(before)));
      EXPECT_FALSE(in_force(axis(county.now())));
    }
    const auto today = roster::posts().find(county.view(), state::Key{}.add("610524").add(id));
    const auto then = post_as_of(county.view(), kHeyang, id, recorded(county.now()));
    EXPECT_EQ(then->SerializeAsString(), today->SerializeAsString());
  }
}

TEST(PostAsOf, OfAnEffectiveTimeAgreesWithItsDates) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  auto command = appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE);
  command.post.from = beijing("2023-03-01");
  county.at(beijing("2023-07-01 09:00"));
  const auto id = county.make(command);
  const auto at = [&](std::string_view day) {
    return post_as_of(county.view(), kHeyang, id, effective(beijing(day)));
  };
  const auto held = [&](std::string_view day) {
    const auto then = at(day);
    return then && roster::in_force(*then, beijing(day));
  };
  // Entered in July, held since March, but in May nobody had said so.
  EXPECT_EQ(at("2023-02-28").error().reason, "NOTHING_THEN");
  EXPECT_TRUE(held("2023-05-01"));
  EXPECT_FALSE(
      post_as_of(county.view(), kHeyang, id, {beijing("2023-05-01"), beijing("2023-05-01")}));
  EXPECT_TRUE(person_as_of(county.view(), kHeyang, person, effective(beijing("2023-05-01"))));

  EndPost end;
  end.post_id = id;
  end.reason = "换届";
  end.until = beijing("2023-06-01");
  county.when(end).accepted();
  EXPECT_TRUE(held("2023-05-01"));
  EXPECT_TRUE(held("2023-05-31"));
  EXPECT_FALSE(at("2023-05-31")->has_until_time());
  EXPECT_FALSE(held("2023-06-01"));
  EXPECT_FALSE(held("2023-06-15"));
  const auto then = person_as_of(county.view(), kHeyang, person, effective(beijing("2023-06-15")));
  EXPECT_FALSE(roster::in_force(then->posts.front(), beijing("2023-06-15")));

  // It was earlier than thought.
  end.until = beijing("2023-04-01");
  county.at(beijing("2023-07-02 09:00")).when(end).accepted();
  EXPECT_TRUE(held("2023-03-31"));
  EXPECT_FALSE(held("2023-05-01"));
}

TEST(PostAsOf, AnEndThatIsStillToComeStandsFromTheDayThatItWasSaid) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  const auto id = county.make(appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE));
  EndPost end{id, beijing("2023-12-31"), "届满"};
  county.at(beijing("2023-07-01 09:00")).when(end).accepted();
  const auto then = post_as_of(county.view(), kHeyang, id, effective(county.now()));
  EXPECT_TRUE(then->has_until_time());
  EXPECT_TRUE(roster::in_force(*then, county.now()));
}

TEST(MembershipAsOf, OfAnEffectiveTimeAgreesWithItsDates) {
  County county;
  const auto alliance = county.make(create("联盟", v1::ORGANISATION_KIND_ALLIANCE));
  AddMembership add;
  add.organisation_id = county.make(create("大唐", v1::ORGANISATION_KIND_ENTERPRISE));
  add.alliance_id = alliance;
  add.from = beijing("2022-05-01");
  const auto membership = county.make(add);
  EndMembership end;
  end.membership_id = membership;
  end.reason = "退出";
  end.until = beijing("2023-03-01");
  county.when(end).accepted();
  const auto held = [&](std::string_view day) {
    const auto then = membership_as_of(county.view(), kHeyang, membership, effective(beijing(day)));
    return then && roster::in_force(*then, beijing(day));
  };
  EXPECT_FALSE(held("2022-04-30"));
  EXPECT_TRUE(held("2022-05-02"));
  EXPECT_TRUE(held("2023-02-28"));
  EXPECT_FALSE(held("2023-03-15"));
}

TEST(MembershipAsOf, TellsTheEndThatWasKnown) {
  County county;
  const auto alliance = county.make(create("联盟", v1::ORGANISATION_KIND_ALLIANCE));
  const auto firm = county.make(create("大唐", v1::ORGANISATION_KIND_ENTERPRISE));
  AddMembership add;
  add.organisation_id = firm;
  add.alliance_id = alliance;
  add.role = v1::MEMBERSHIP_ROLE_MEMBER;
  county.happened_at(beijing("2022-05-01"));
  const auto membership = county.make(add);
  EndMembership end;
  end.membership_id = membership;
  end.reason = "退出";
  county.at(beijing("2023-08-10 09:00"));
  county.happened_at(beijing("2023-07-15 09:00")).when(end).accepted();

  const auto at = [&](const state::AsOf& as_of) {
    return membership_as_of(county.view(), kHeyang, membership, as_of);
  };
  const auto in_july = beijing("2023-07-20");
  EXPECT_FALSE(at(effective(beijing("2022-04-30"))).has_value());
  EXPECT_TRUE(at(effective(beijing("2022-05-02"))).has_value());
  EXPECT_FALSE(at(recorded(beijing("2022-05-02"))).has_value());
  EXPECT_TRUE(roster::in_force(*at(recorded(in_july)), in_july));
  EXPECT_FALSE(roster::in_force(*at(effective(in_july)), in_july));
  EXPECT_EQ(at(recorded(county.now()))->end_reason(), "退出");
}

}  // namespace
}  // namespace lianmeng::membership
