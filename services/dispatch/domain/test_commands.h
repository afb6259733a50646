// Each command on one demand, as tests of rules give it: by whom, from which state, to whom it is
// denied.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {

inline constexpr const char* kNoDemand = "230628-999";

// A county of its own for each line.
struct Case : DispatchTest {
  void TestBody() override {}
  using DispatchTest::accept;
  using DispatchTest::appoint;
  using DispatchTest::assignment;
  using DispatchTest::close;
  using DispatchTest::due;
  using DispatchTest::erase;
  using DispatchTest::give_phone;
  using DispatchTest::kDemand;
  using DispatchTest::opening;
  using DispatchTest::rating;
  using DispatchTest::result;
  using DispatchTest::route;
  using DispatchTest::row;
  using DispatchTest::s;
  using DispatchTest::solved;
  using DispatchTest::submit;
  using DispatchTest::take;
  using DispatchTest::workshop;

  void take_with_phone() {
    give_phone(kCadre);
    take();
  }
  void invite() {
    take();
    s.by(kHead).when(InviteHelper{kDemand, kTraining, "请培训"}).accepted();
  }
  void members_result() {
    take();
    s.by(kMember).when(solved()).accepted();
  }
  void review() {
    accept();
    s.by(kCadre).when(rating(v1::SOLVED_ANSWER_NO, 1)).accepted();
  }
};

using Step = void (Case::*)();
using Make = std::function<runtime::DecideFn(std::string demand_id)>;

template <class Command>
runtime::DecideFn erased(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

template <class Command>
Make make(Command command) {
  return [command](std::string demand_id) {
    auto one = command;
    one.demand_id = std::move(demand_id);
    return erased(std::move(one));
  };
}

inline TakeDemand take_for(std::string group) { return {{}, std::move(group)}; }
inline RedoDemand redo() { return {{}, "又坏了"}; }
inline ReclassifyDemand as_training() { return {{}, v1::DEMAND_KIND_TRAINING, {}, "应为培训"}; }
inline RateDemand called_back() {
  auto rate = Case::rating(v1::SOLVED_ANSWER_YES, 5);
  rate.by_callback = true;
  return rate;
}

// A command on one demand: who may when; in which state it does not fit; who may not.
struct Line {
  std::string command;
  Make make;
  Step ready;
  PersonId by;
  Step unfit;
  PersonId unfit_by;
  PersonId denied;
};

inline std::vector<Line> lines() {
  const auto& coordinator = kCoordinator;
  return {
      {"RouteDemand", make(Case::assignment(kIndustry)), &Case::submit, coordinator, &Case::take,
       coordinator, kCadre},
      {"DeclineDemand", make(DeclineDemand{{}, "重复"}), &Case::submit, coordinator, &Case::take,
       coordinator, kCadre},
      {"TakeDemand", make(take_for(kIndustry)), &Case::route, kHead, &Case::submit, coordinator,
       coordinator},
      {"PassBackDemand", make(PassBackDemand{{}, kIndustry, "不属本组"}), &Case::route, kHead,
       &Case::take, kHead, coordinator},
      {"AssignHandler", make(AssignHandler{{}, kMember.str(), {}}), &Case::take, kHead,
       &Case::route, kHead, kMember},
      {"ReportProgress", make(ReportProgress{{}, "已联系", {}, {}}), &Case::take, kHead,
       &Case::route, kHead, kCadre},
      {"RecordContact", make(RecordContact{{}, v1::CONTACT_MEANS_PHONE, "已通话"}), &Case::take,
       kHead, &Case::route, kHead, kCadre},
      {"InviteHelper", make(InviteHelper{{}, kTraining, "请培训"}), &Case::take, kHead,
       &Case::route, kHead, kMember},
      {"AnswerInvitation", make(AnswerInvitation{{}, kTraining, true, {}}), &Case::invite,
       kThirdHead, &Case::route, kHead, coordinator},
      {"IntroduceSupport", make(IntroduceSupport{{}, {}, {}, "大唐集团", "可援建", {}}),
       &Case::take, kHead, &Case::route, kHead, coordinator},
      {"CommentDemand", make(CommentDemand{{}, "请尽快"}), &Case::submit, kCadre, &Case::close,
       kCadre, kAuditor},
      {"RevealContact", make(RevealContact{{}, "核实情况"}), &Case::take_with_phone, kHead,
       &Case::close, kHead, kMember},
      {"ReclassifyDemand", make(as_training()), &Case::submit, coordinator, &Case::close,
       coordinator, kCadre},
      {"SubmitResult", make(Case::solved()), &Case::take, kHead, &Case::route, kHead, kCadre},
      {"SignResult", make(SignResult{}), &Case::members_result, kHead, &Case::take, kHead, kMember},
      {"AcceptResult", make(AcceptResult{}), &Case::result, coordinator, &Case::take, coordinator,
       kHead},
      {"SendBackResult", make(SendBackResult{{}, "缺凭证"}), &Case::result, coordinator,
       &Case::take, coordinator, kHead},
      {"RateDemand", make(Case::rating(v1::SOLVED_ANSWER_YES, 5)), &Case::accept, kCadre,
       &Case::result, kCadre, kHead},
      {"ExplainRating", make(ExplainRating{{}, "已当面说明"}), &Case::review, coordinator,
       &Case::accept, coordinator, kCadre},
      {"RedoDemand", make(redo()), &Case::close, kCadre, &Case::accept, kCadre, kHead},
      {"WithdrawDemand", make(WithdrawDemand{{}, "已自行解决"}), &Case::submit, kCadre,
       &Case::close, kCadre, coordinator},
  };
}

}  // namespace lianmeng::dispatch
