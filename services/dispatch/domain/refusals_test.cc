// Every refusal that the service's proto promises of a command, provoked; and that the same command
// is accepted where it belongs. What is promised is read from the comments of the proto, so a
// promise without a line here fails, and a line without a promise too.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "dispatch/domain/test_commands.h"
#include "dispatch/domain/working_time/calendar.h"
#include "platform/testing/promises.h"

namespace lianmeng::dispatch {
namespace {

// A refusal of its own kind.
struct Special {
  std::string command;
  const Reason& reason;
  std::function<void(Case&)> provoke;  // Up to the `when` that is refused.
};

// On the demand of the county, after a step, by somebody.
std::function<void(Case&)> after(Step step, const PersonId& by, const Make& command) {
  return [=](Case& c) {
    (c.*step)();
    c.s.by(by).when(command(Case::kDemand));
  };
}

v1::RoutingRule routing_rule() {
  v1::RoutingRule rule;
  rule.set_name("服装归产业小组");
  rule.add_industries("服装");
  rule.set_mode(v1::ROUTING_MODE_ASSIGNED);
  rule.set_lead_group_id(kIndustry);
  return rule;
}

SetCalendarYear closed_day() {
  SetCalendarYear command;
  command.calendar.set_layer(v1::CALENDAR_LAYER_COUNTY);
  command.calendar.set_year(2023);
  auto& day = *command.calendar.add_days();
  day.set_date("2023-12-15");
  day.set_kind(v1::DAY_KIND_DAY_OFF);
  return command;
}

SetOfficeHours standard_hours() {
  SetOfficeHours command;
  for (const auto& span : OfficeHours::standard().spans) {
    auto& one = command.spans.emplace_back();
    one.set_from_minute(static_cast<std::int32_t>(span.from.count()));
    one.set_to_minute(static_cast<std::int32_t>(span.to.count()));
  }
  return command;
}

void pass_back_three_times(Case& c) {
  c.submit();
  for (int i = 0; i < 3; ++i) {
    c.s.by(kCoordinator).when(Case::assignment(kIndustry)).accepted();
    c.s.by(kHead).when(PassBackDemand{Case::kDemand, kIndustry, "不属本组"}).accepted();
  }
  c.s.by(kCoordinator).when(Case::assignment(kIndustry)).accepted();
}

std::vector<Special> specials() {
  const auto own_group = [](std::string command, Step step, Make made) {
    return Special{std::move(command), kOwnGroup, after(step, kTornCoordinator, std::move(made))};
  };
  return {
      {"SubmitDemand", kPermissionDenied,
       [](Case& c) { c.s.by(kStranger).when(Case::workshop()); }},
      {"SubmitDemand", kOrganisationUnknown,
       [](Case& c) {
         auto command = Case::workshop();
         command.asker_organisation_id = "o99";
         c.s.by(kCoordinator).when(command);
       }},
      {"SubmitDemand", kPersonUnknown,
       [](Case& c) {
         auto command = Case::workshop();
         command.asker_person_id = "610524-p77";
         c.s.by(kCoordinator).when(command);
       }},
      {"SubmitDemand", kPersonErased,
       [](Case& c) {
         c.erase(kVillager);
         auto command = Case::workshop();
         command.asker_person_id = kVillager.str();
         c.s.by(kCoordinator).when(command);
       }},
      {"SubmitDemand", kCountyUnknown,
       [](Case& c) { c.s.in(CountyId("999999")).by(kCadre).when(Case::workshop()); }},
      {"RouteDemand", kGroupUnknown,
       after(&Case::submit, kCoordinator, make(Case::assignment("g9")))},
      {"RouteDemand", kAssignmentRequired,
       [](Case& c) {
         c.route();
         c.s.advance_to(c.s.now() + std::chrono::hours{24 * 14});
         c.s.by(kCoordinator).when(Case::opening({kIndustry, kMarketing}));
       }},
      own_group("RouteDemand", &Case::submit, make(Case::assignment(kIndustry))),
      own_group("DeclineDemand", &Case::route, make(DeclineDemand{{}, "重复"})),
      {"TakeDemand", kDemandAlreadyTaken,
       [](Case& c) {
         c.submit();
         c.s.by(kCoordinator).when(Case::opening({kIndustry, kMarketing})).accepted();
         c.s.by(kHead).when(TakeDemand{Case::kDemand, kIndustry}).accepted();
         c.s.by(kOtherHead).when(TakeDemand{Case::kDemand, kMarketing});
       }},
      {"TakeDemand", kGroupNotOffered, after(&Case::route, kHead, make(take_for(kTraining)))},
      {"TakeDemand", kLeadOfferedToAnother,
       [](Case& c) {
         c.submit();
         c.s.by(kCoordinator).when(Case::assignment(kIndustry, {kTraining})).accepted();
         c.s.by(kThirdHead).when(TakeDemand{Case::kDemand, kTraining});
       }},
      {"PassBackDemand", kGroupNotOffered,
       after(&Case::route, kHead, make(PassBackDemand{{}, kTraining, "不属本组"}))},
      {"PassBackDemand", kPassBackTooLate,
       [](Case& c) {
         c.route();
         c.s.advance_to(c.s.now() + std::chrono::hours{24 * 7});
         c.s.by(kHead).when(PassBackDemand{Case::kDemand, kIndustry, "不属本组"});
       }},
      {"PassBackDemand", kRoutingBinds,
       [](Case& c) {
         pass_back_three_times(c);
         c.s.by(kHead).when(PassBackDemand{Case::kDemand, kIndustry, "不属本组"});
       }},
      {"AssignHandler", kHandlerNotInGroup,
       after(&Case::take, kHead, make(AssignHandler{{}, kCadre.str(), {}}))},
      {"AssignHandler", kPersonUnknown,
       after(&Case::take, kHead, make(AssignHandler{{}, "610524-p77", {}}))},
      {"AssignHandler", kPersonErased,
       [](Case& c) {
         c.take();
         c.erase(kMember);
         c.s.by(kHead).when(AssignHandler{Case::kDemand, kMember.str(), {}});
       }},
      {"AssignHandler", kHandlerAlreadyAssigned,
       [](Case& c) {
         c.take();
         const AssignHandler assign{Case::kDemand, kMember.str(), {}};
         c.s.by(kHead).when(assign).accepted();
         c.s.when(assign);
       }},
      {"InviteHelper", kGroupUnknown,
       after(&Case::take, kHead, make(InviteHelper{{}, "g9", "请培训"}))},
      {"InviteHelper", kHelperAlreadyInvited,
       after(&Case::invite, kHead, make(InviteHelper{{}, kTraining, "请培训"}))},
      {"InviteHelper", kGroupLeadsItself,
       after(&Case::take, kHead, make(InviteHelper{{}, kIndustry, "请培训"}))},
      {"AnswerInvitation", kGroupNotInvited,
       after(&Case::take, kHead, make(AnswerInvitation{{}, kIndustry, true, {}}))},
      {"IntroduceSupport", kPersonUnknown,
       after(&Case::take, kHead,
             make(IntroduceSupport{{}, {}, "610524-p77", "大唐集团", "可援建", {}}))},
      own_group("RevealContact", &Case::accept, make(RevealContact{{}, "回访"})),
      {"RevealContact", kContactMissing,
       after(&Case::take, kHead, make(RevealContact{{}, "核实情况"}))},
      {"RevealContact", kPersonErased,
       [](Case& c) {
         c.take_with_phone();
         c.erase(kCadre);
         c.s.by(kHead).when(RevealContact{Case::kDemand, "核实情况"});
       }},
      {"IntroduceSupport", kPersonErased,
       [](Case& c) {
         c.take();
         c.erase(kVillager);
         c.s.by(kHead).when(
             IntroduceSupport{Case::kDemand, {}, kVillager.str(), "大唐集团", "可援建", {}});
       }},
      {"ReclassifyDemand", kNothingToChange,
       after(&Case::submit, kCoordinator,
             make(ReclassifyDemand{{}, v1::DEMAND_KIND_ORDINARY, {}, "核对"}))},
      own_group("ReclassifyDemand", &Case::route, make(as_training())),
      own_group("AcceptResult", &Case::result, make(AcceptResult{})),
      own_group("SendBackResult", &Case::result, make(SendBackResult{{}, "缺凭证"})),
      own_group("RateDemand", &Case::accept, make(called_back())),
      own_group("ExplainRating", &Case::review, make(ExplainRating{{}, "已当面说明"})),
      own_group("RedoDemand", &Case::review, make(redo())),
      {"RedoDemand", kRedoTooLate,
       [](Case& c) {
         c.close();
         c.s.advance_to(c.s.now() + std::chrono::hours{24 * 30});
         c.s.by(kCadre).when(RedoDemand{Case::kDemand, "又坏了"});
       }},
      {"RedoDemand", kRedoLimitReached,
       [](Case& c) {
         c.close();
         for (int i = 0; i < 2; ++i) {
           c.s.by(kCadre).when(RedoDemand{Case::kDemand, "又坏了"}).accepted();
           c.s.by(kHead).when(Case::solved()).accepted();
           c.s.by(kCoordinator).when(AcceptResult{Case::kDemand, {}}).accepted();
           c.s.by(kCadre).when(Case::rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
         }
         c.s.by(kCadre).when(RedoDemand{Case::kDemand, "又坏了"});
       }},
      {"SetLimits", kPermissionDenied, [](Case& c) { c.s.by(kCoordinator).when(SetLimits{}); }},
      {"SetLimits", kNothingToChange, [](Case& c) { c.s.by(kOfficer).when(SetLimits{}); }},
      {"SetCalendarYear", kPermissionDenied,
       [](Case& c) { c.s.by(kCoordinator).when(closed_day()); }},
      {"SetCalendarYear", kNothingToChange,
       [](Case& c) {
         c.s.by(kOfficer).when(closed_day()).accepted();
         c.s.when(closed_day());
       }},
      {"SetOfficeHours", kPermissionDenied,
       [](Case& c) { c.s.by(kCoordinator).when(standard_hours()); }},
      {"SetOfficeHours", kNothingToChange,
       [](Case& c) { c.s.by(kOfficer).when(standard_hours()); }},
      {"SetRoutingRule", kPermissionDenied,
       [](Case& c) { c.s.by(kCadre).when(SetRoutingRule{routing_rule()}); }},
      {"SetRoutingRule", kRuleUnknown,
       [](Case& c) {
         auto rule = routing_rule();
         rule.set_rule_id("r9");
         c.s.by(kCoordinator).when(SetRoutingRule{rule});
       }},
      {"SetRoutingRule", kRuleLimitReached,
       [](Case& c) {
         for (int i = 0; i < kRoutingRulesMax; ++i) {
           c.s.by(kCoordinator).when(SetRoutingRule{routing_rule()}).accepted();
         }
         c.s.when(SetRoutingRule{routing_rule()});
       }},
      {"SetRoutingRule", kGroupUnknown,
       [](Case& c) {
         auto rule = routing_rule();
         rule.set_lead_group_id("g9");
         c.s.by(kCoordinator).when(SetRoutingRule{rule});
       }},
      {"SetRoutingRule", kOrganisationUnknown,
       [](Case& c) {
         auto rule = routing_rule();
         rule.add_place_ids("o99");
         c.s.by(kCoordinator).when(SetRoutingRule{rule});
       }},
      {"SetRoutingRule", kNothingToChange,
       [](Case& c) {
         auto rule = routing_rule();
         c.s.by(kCoordinator).when(SetRoutingRule{rule}).accepted();
         rule.set_rule_id("r1");
         c.s.when(SetRoutingRule{rule});
       }},
      {"RemoveRoutingRule", kPermissionDenied,
       [](Case& c) { c.s.by(kCadre).when(RemoveRoutingRule{"r1"}); }},
      {"RemoveRoutingRule", kRuleUnknown,
       [](Case& c) { c.s.by(kCoordinator).when(RemoveRoutingRule{"r1"}); }},
  };
}

TEST(Refusals, EachPromisedOneIsGivenAndTheCommandIsAcceptedWhereItBelongs) {
  std::set<testing::Promise> given;
  const auto note = [&](const std::string& command, const Reason& reason) {
    given.emplace(command, reason.code);
  };
  for (const auto& line : lines()) {
    SCOPED_TRACE(line.command);
    Case c;
    (c.*line.ready)();
    c.s.by(line.by).when(line.make(kNoDemand)).refused(kDemandUnknown);
    note(line.command, kDemandUnknown);
    c.s.by(line.denied).when(line.make(Case::kDemand)).refused(kPermissionDenied);
    note(line.command, kPermissionDenied);
    c.s.by(line.by).when(line.make(Case::kDemand)).accepted();
    Case other;
    (other.*line.unfit)();
    other.s.by(line.unfit_by).when(line.make(Case::kDemand)).refused(kDemandStateUnfit);
    note(line.command, kDemandStateUnfit);
  }
  for (const auto& special : specials()) {
    SCOPED_TRACE(special.command + " " + std::string(special.reason.code));
    Case c;
    special.provoke(c);
    c.s.refused(special.reason);
    note(special.command, special.reason);
  }
  EXPECT_THAT(given, ::testing::ContainerEq(
                         testing::promised_refusals(LIANMENG_PROTO, testing::Rpcs::kCommands)));
}

}  // namespace
}  // namespace lianmeng::dispatch
