// A county for tests of notification: 合阳 with its office, a village, two groups and a demand.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/notification/v1/notification_events.pb.h"
#include "notification/fold.h"
#include "platform/testing/scenario.h"

namespace lianmeng::notification::testing {

namespace dispatch_v1 = ::lianmeng::dispatch::v1;
namespace membership_v1 = ::lianmeng::membership::v1;

inline const CountyId kHeyang("610524");
// People by what they are.
inline const PersonId kOfficer("610524-p1");
inline const PersonId kCoordinator("610524-p2");
inline const PersonId kHead("610524-p3");       // Of 产业组, g1.
inline const PersonId kMember("610524-p4");     // Of 产业组.
inline const PersonId kSalesHead("610524-p5");  // Of 营销组, g2.
inline const PersonId kCadre("610524-p6");      // Of 北顺村, o2.
inline const PersonId kFarmer("610524-p7");     // Holds no public post.
inline const PersonId kCoordinator2("610524-p8");

// A scenario in which membership's log has told of this county; it is 2023-06-28 09:00.
void prepare(lianmeng::testing::Scenario& scenario);
// So many more members of 产业组, or of another group, from 610524-p<first> on.
void add_members(lianmeng::testing::Scenario& scenario, int count, int first = 100,
                 const char* group = "g1");

// Membership's log tells that somebody was erased, or that a post ended: t6 is the cadre's, and so
// on as above.
void erase(lianmeng::testing::Scenario& scenario, const PersonId& person);
void end_post(lianmeng::testing::Scenario& scenario, std::string_view post_id);

inline constexpr const char* kDemand = "230628-001";

// Events of dispatch about one demand of 北顺村: submitted by the cadre, kind funds.
dispatch_v1::DemandSubmitted submitted();
dispatch_v1::DemandBrief brief(dispatch_v1::DemandState state);
dispatch_v1::DemandRouted routed();       // To 产业组 and 营销组, open to the first.
dispatch_v1::DemandTaken taken();         // By 产业组.
dispatch_v1::HandlerAssigned assigned();  // The member.
dispatch_v1::ClockBoard clocks(dispatch_v1::ClockKind kind, std::string_view due);

// An event of dispatch with the shared fields set.
template <class Event>
Event about(dispatch_v1::DemandState state) {
  Event event;
  event.set_demand_id(kDemand);
  if constexpr (requires { event.mutable_brief(); }) *event.mutable_brief() = brief(state);
  return event;
}

// "rule_id: person person" for each part, in order.
std::vector<std::string> told(const v1::NoticePosted& notice);
// What the first notice of a rule reads in Chinese, by the state of the scenario.
std::string text_of(const lianmeng::testing::Scenario& scenario, const v1::NoticePosted& notice,
                    std::string_view rule_id);

}  // namespace lianmeng::notification::testing
