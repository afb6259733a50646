// Every refusal that the service's proto promises of a command, provoked; and that the same command
// is accepted where it belongs. What is promised is read from the comments of the proto, so a
// promise without a line here fails, and a line without a promise too.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "membership/domain/privacy.h"
#include "membership/domain/reasons.h"
#include "membership/domain/testing.h"
#include "platform/testing/promises.h"

namespace lianmeng::membership {
namespace {

// 合阳 with somebody and something of each kind that commands speak of; the officer acts.
struct Town : County {
  std::string township = make(create("新池镇", v1::ORGANISATION_KIND_TOWNSHIP));
  std::string village = make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE, township));
  std::string team = make(create("红色助力团", v1::ORGANISATION_KIND_TEAM));
  std::string group = make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  std::string shop = make(create("农资店", v1::ORGANISATION_KIND_SHOP));
  std::string gone = make(create("旧店", v1::ORGANISATION_KIND_SHOP));
  std::string villager = make(with_phone());
  std::string neighbour = make(enter("李四", village));
  std::string erased = make(enter("王五"));
  std::string member = make(add(shop));
  std::string post = make(appoint(neighbour, "李四", group, v1::POST_ROLE_GROUP_MEMBER));

  Town() {
    when(DissolveOrganisation{gone, "停业"}).accepted();
    when(ErasePerson{erased, "本人申请"}).accepted();
  }

  RegisterPerson with_phone() const {
    auto command = enter("张三", village);
    command.person.values.phone = sealed("phone");
    return command;
  }
  AddMembership add(const std::string& organisation) const {
    AddMembership command;
    command.organisation_id = organisation;
    command.alliance_id = team;
    return command;
  }
  UpdateOrganisation rename(const std::string& organisation, const std::string& name) const {
    UpdateOrganisation command;
    command.organisation_id = organisation;
    command.name = name;
    return command;
  }
  UpdatePerson new_phone(const std::string& person) const {
    UpdatePerson command;
    command.person_id = person;
    command.values.phone = sealed("new phone");
    return command;
  }
  RegisterPerson with_post(const std::string& organisation, v1::PostRole role) const {
    auto command = enter("赵六");
    command.person.posts.push_back(post_draft(organisation, role));
    return command;
  }
  // Levels one below the other, as many as there may be; the lowest.
  std::string deepest() {
    std::string below;
    for (int level = 0; level < kDepthMax; ++level) {
      below = make(create("层" + std::to_string(level), v1::ORGANISATION_KIND_SHOP, below));
    }
    return below;
  }
};

template <class Command>
runtime::DecideFn decides(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

// A command that somebody may give, in the town as it is.
struct Line {
  std::string command;
  std::function<runtime::DecideFn(Town&)> make;
};

std::vector<Line> lines() {
  return {
      {"UpdateCounty",
       [](Town&) {
         UpdateCounty command;
         command.name = "新合阳县";
         return decides(command);
       }},
      {"CreateOrganisation",
       [](Town& t) { return decides(create("东村", v1::ORGANISATION_KIND_VILLAGE, t.township)); }},
      {"UpdateOrganisation", [](Town& t) { return decides(t.rename(t.shop, "新农资店")); }},
      {"MoveOrganisation",
       [](Town& t) {
         return decides(MoveOrganisation{t.shop, t.township});
       }},
      {"DissolveOrganisation",
       [](Town& t) {
         return decides(
             DissolveOrganisation{t.make(create("空店", v1::ORGANISATION_KIND_SHOP)), "停业"});
       }},
      {"AddMembership", [](Town& t) { return decides(t.add(t.village)); }},
      {"EndMembership",
       [](Town& t) {
         return decides(EndMembership{t.member, {}, "退出"});
       }},
      {"RegisterPerson",
       [](Town& t) { return decides(t.with_post(t.village, v1::POST_ROLE_VILLAGE_CADRE)); }},
      {"UpdatePerson", [](Town& t) { return decides(t.new_phone(t.villager)); }},
      {"ErasePerson",
       [](Town& t) {
         return decides(ErasePerson{t.villager, "本人申请"});
       }},
      {"RevealContact",
       [](Town& t) {
         return decides(RevealContact{t.villager, "核实", {}});
       }},
      {"AppointPost",
       [](Town& t) {
         return decides(appoint(t.villager, "张三", t.village, v1::POST_ROLE_VILLAGE_CADRE));
       }},
      {"EndPost",
       [](Town& t) {
         return decides(EndPost{t.post, {}, "调离"});
       }},
  };
}

// A refusal of its own kind.
struct Special {
  std::string command;
  const Reason& reason;
  std::function<void(Town&)> provoke;  // Up to the `when` that is refused.
};

std::vector<Special> specials() {
  const auto unknown = "o99";
  const auto nobody = "610524-p99";
  const auto elsewhere = "610525-p7";
  // Known here by a post, registered in another county.
  const auto guest = [=](Town& t) {
    t.make(appoint(elsewhere, "专家", t.group, v1::POST_ROLE_SPECIALIST));
  };
  return {
      {"CreateCounty", kPermissionDenied,
       [](Town& t) { t.in(CountyId("610525")).when(create_heyang()); }},
      {"CreateCounty", kCountyExists, [](Town& t) { t.by_operator().when(create_heyang()); }},
      {"UpdateCounty", kNothingChanges, [](Town& t) { t.when(UpdateCounty{}); }},
      {"CreateOrganisation", kOrganisationUnknown,
       [=](Town& t) { t.when(create("东村", v1::ORGANISATION_KIND_VILLAGE, unknown)); }},
      {"CreateOrganisation", kOrganisationDissolved,
       [](Town& t) { t.when(create("东村", v1::ORGANISATION_KIND_VILLAGE, t.gone)); }},
      {"CreateOrganisation", kOrganisationExists,
       [](Town& t) { t.when(create("北顺村", v1::ORGANISATION_KIND_VILLAGE, t.township)); }},
      {"CreateOrganisation", kOrganisationTooDeep,
       [](Town& t) { t.when(create("更深", v1::ORGANISATION_KIND_SHOP, t.deepest())); }},
      {"UpdateOrganisation", kOrganisationUnknown,
       [=](Town& t) { t.when(t.rename(unknown, "新店")); }},
      {"UpdateOrganisation", kOrganisationDissolved,
       [](Town& t) { t.when(t.rename(t.gone, "新店")); }},
      {"UpdateOrganisation", kOrganisationExists,
       [](Town& t) { t.when(t.rename(t.shop, "红色助力团")); }},
      {"UpdateOrganisation", kNothingChanges, [](Town& t) { t.when(t.rename(t.shop, "农资店")); }},
      {"MoveOrganisation", kOrganisationUnknown,
       [=](Town& t) {
         t.when(MoveOrganisation{t.shop, unknown});
       }},
      {"MoveOrganisation", kOrganisationDissolved,
       [](Town& t) {
         t.when(MoveOrganisation{t.shop, t.gone});
       }},
      {"MoveOrganisation", kOrganisationExists,
       [](Town& t) {
         t.make(create("农资店", v1::ORGANISATION_KIND_SHOP, t.township));
         t.when(MoveOrganisation{t.shop, t.township});
       }},
      {"MoveOrganisation", kOrganisationCircle,
       [](Town& t) {
         t.when(MoveOrganisation{t.township, t.village});
       }},
      {"MoveOrganisation", kOrganisationTooDeep,
       [](Town& t) {
         t.when(MoveOrganisation{t.shop, t.deepest()});
       }},
      {"MoveOrganisation", kNothingChanges,
       [](Town& t) {
         t.when(MoveOrganisation{t.village, t.township});
       }},
      {"DissolveOrganisation", kOrganisationUnknown,
       [=](Town& t) {
         t.when(DissolveOrganisation{unknown, "停业"});
       }},
      {"DissolveOrganisation", kOrganisationDissolved,
       [](Town& t) {
         t.when(DissolveOrganisation{t.gone, "停业"});
       }},
      {"DissolveOrganisation", kOrganisationInUse,
       [](Town& t) {
         t.when(DissolveOrganisation{t.township, "合并"});
       }},
      {"AddMembership", kOrganisationUnknown, [=](Town& t) { t.when(t.add(unknown)); }},
      {"AddMembership", kOrganisationDissolved, [](Town& t) { t.when(t.add(t.gone)); }},
      {"AddMembership", kMembershipExists, [](Town& t) { t.when(t.add(t.shop)); }},
      {"EndMembership", kMembershipUnknown,
       [](Town& t) {
         t.when(EndMembership{"m99", {}, "退出"});
       }},
      {"EndMembership", kMembershipEnded,
       [](Town& t) {
         const EndMembership end{t.member, {}, "退出"};
         t.when(end).accepted();
         t.when(end);
       }},
      {"RegisterPerson", kOrganisationUnknown, [=](Town& t) { t.when(enter("赵六", unknown)); }},
      {"RegisterPerson", kOrganisationDissolved, [](Town& t) { t.when(enter("赵六", t.gone)); }},
      {"RegisterPerson", kRoleNotFitting,
       [](Town& t) { t.when(t.with_post(t.shop, v1::POST_ROLE_VILLAGE_CADRE)); }},
      {"UpdatePerson", kPersonUnknown, [=](Town& t) { t.when(t.new_phone(nobody)); }},
      {"UpdatePerson", kPersonErased, [](Town& t) { t.when(t.new_phone(t.erased)); }},
      {"UpdatePerson", kPersonRegisteredElsewhere,
       [=](Town& t) {
         guest(t);
         t.when(t.new_phone(elsewhere));
       }},
      {"UpdatePerson", kOrganisationUnknown,
       [=](Town& t) {
         auto command = t.new_phone(t.villager);
         command.organisation_id = unknown;
         t.when(command);
       }},
      {"UpdatePerson", kOrganisationDissolved,
       [](Town& t) {
         auto command = t.new_phone(t.villager);
         command.organisation_id = t.gone;
         t.when(command);
       }},
      {"UpdatePerson", kNothingChanges,
       [](Town& t) {
         t.when(UpdatePerson{t.villager, {}, {}, {}});
       }},
      {"ErasePerson", kPersonUnknown,
       [=](Town& t) {
         t.when(ErasePerson{nobody, "本人申请"});
       }},
      {"ErasePerson", kPersonRegisteredElsewhere,
       [=](Town& t) {
         guest(t);
         t.when(ErasePerson{elsewhere, "本人申请"});
       }},
      {"ErasePerson", kPersonErased,
       [](Town& t) {
         t.when(ErasePerson{t.erased, "本人申请"});
       }},
      {"ErasePerson", kLastOfficer,
       [](Town& t) {
         t.when(ErasePerson{kOfficer.str(), "本人申请"});
       }},
      {"RevealContact", kPersonUnknown,
       [=](Town& t) {
         t.when(RevealContact{nobody, "核实", {}});
       }},
      {"RevealContact", kPersonRegisteredElsewhere,
       [=](Town& t) {
         guest(t);
         t.when(RevealContact{elsewhere, "核实", {}});
       }},
      {"RevealContact", kPersonErased,
       [](Town& t) {
         t.when(RevealContact{t.erased, "核实", {}});
       }},
      {"RevealContact", kContactMissing,
       [](Town& t) {
         t.when(RevealContact{t.neighbour, "核实", {}});
       }},
      {"AppointPost", kPersonUnknown,
       [=](Town& t) { t.when(appoint(nobody, "某人", t.group, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kPersonErased,
       [](Town& t) { t.when(appoint(t.erased, "王五", t.group, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kOrganisationUnknown,
       [=](Town& t) { t.when(appoint(t.villager, "张三", unknown, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kOrganisationDissolved,
       [](Town& t) { t.when(appoint(t.villager, "张三", t.gone, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kRoleNotFitting,
       [](Town& t) { t.when(appoint(t.villager, "张三", t.shop, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kPublicNameNeeded,
       [](Town& t) { t.when(appoint(t.villager, "", t.group, v1::POST_ROLE_GROUP_HEAD)); }},
      {"AppointPost", kPostExists,
       [](Town& t) { t.when(appoint(t.neighbour, "", t.group, v1::POST_ROLE_GROUP_MEMBER)); }},
      {"EndPost", kPostUnknown,
       [](Town& t) {
         t.when(EndPost{"t99", {}, "调离"});
       }},
      {"EndPost", kPostEnded,
       [](Town& t) {
         const EndPost end{t.post, {}, "调离"};
         t.when(end).accepted();
         t.when(end);
       }},
      {"EndPost", kLastOfficer,
       [](Town& t) {
         t.when(EndPost{"t1", {}, "退休"});
       }},
  };
}

TEST(Refusals, EachPromisedOneIsGivenAndTheCommandIsAcceptedWhereItBelongs) {
  // The keys of who was erased stand in no decision: eraser_test.cc provokes it.
  std::set<testing::Promise> given{{"ErasePerson", "ERASURE_PENDING"}};
  for (const auto& line : lines()) {
    SCOPED_TRACE(line.command);
    Town town;
    const auto command = line.make(town);
    town.by(PersonId(town.neighbour)).when(command).refused(kPermissionDenied);
    given.emplace(line.command, kPermissionDenied.code);
    town.by(kOfficer).in(CountyId("999999")).when(command).refused(kCountyUnknown);
    given.emplace(line.command, kCountyUnknown.code);
    town.in(kHeyang).when(command).accepted();
  }
  Scenario founding(membership_fold(), kHeyang);
  founding.at(beijing("2023-06-01 09:00")).by_operator().when(create_heyang()).accepted();
  for (const auto& special : specials()) {
    SCOPED_TRACE(special.command + " " + std::string(special.reason.code));
    Town town;
    special.provoke(town);
    town.refused(special.reason);
    given.emplace(special.command, special.reason.code);
  }
  EXPECT_THAT(given, ::testing::ContainerEq(
                         testing::promised_refusals(LIANMENG_PROTO, testing::Rpcs::kCommands)));
}

}  // namespace
}  // namespace lianmeng::membership
