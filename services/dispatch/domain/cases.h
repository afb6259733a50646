// The facts of dispatch, one by one: who forgets a case does not compile.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/assert.h"

namespace lianmeng::dispatch {

// Calls `visit` with the message of the case that is set.
template <class Visit>
auto visit_case(const v1::DispatchEvent& event, const Visit& visit) {
  using Event = v1::DispatchEvent;
  switch (event.event_case()) {
    case Event::kDemandSubmitted:
      return visit(event.demand_submitted());
    case Event::kDemandRouted:
      return visit(event.demand_routed());
    case Event::kDemandDeclined:
      return visit(event.demand_declined());
    case Event::kDemandTaken:
      return visit(event.demand_taken());
    case Event::kDemandPassedBack:
      return visit(event.demand_passed_back());
    case Event::kHandlerAssigned:
      return visit(event.handler_assigned());
    case Event::kProgressReported:
      return visit(event.progress_reported());
    case Event::kContactRecorded:
      return visit(event.contact_recorded());
    case Event::kHelperInvited:
      return visit(event.helper_invited());
    case Event::kInvitationAnswered:
      return visit(event.invitation_answered());
    case Event::kSupportIntroduced:
      return visit(event.support_introduced());
    case Event::kDemandCommented:
      return visit(event.demand_commented());
    case Event::kContactRevealed:
      return visit(event.contact_revealed());
    case Event::kDemandReclassified:
      return visit(event.demand_reclassified());
    case Event::kResultSubmitted:
      return visit(event.result_submitted());
    case Event::kResultSigned:
      return visit(event.result_signed());
    case Event::kResultAccepted:
      return visit(event.result_accepted());
    case Event::kResultSentBack:
      return visit(event.result_sent_back());
    case Event::kDemandRated:
      return visit(event.demand_rated());
    case Event::kRatingExplained:
      return visit(event.rating_explained());
    case Event::kDemandRedone:
      return visit(event.demand_redone());
    case Event::kDemandWithdrawn:
      return visit(event.demand_withdrawn());
    case Event::kDemandClockYellow:
      return visit(event.demand_clock_yellow());
    case Event::kDemandClockRed:
      return visit(event.demand_clock_red());
    case Event::kDemandEscalated:
      return visit(event.demand_escalated());
    case Event::kRoutingRuleLapsed:
      return visit(event.routing_rule_lapsed());
    case Event::kLimitsSet:
      return visit(event.limits_set());
    case Event::kCalendarLayerSet:
      return visit(event.calendar_layer_set());
    case Event::kDeadlinesResettled:
      return visit(event.deadlines_resettled());
    case Event::kRoutingRuleSet:
      return visit(event.routing_rule_set());
    case Event::kRoutingRuleRemoved:
      return visit(event.routing_rule_removed());
    case Event::kOfficeHoursSet:
      return visit(event.office_hours_set());
    case Event::kAuditLooked:
      return visit(event.audit_looked());
    case Event::EVENT_NOT_SET:
      break;
  }
  LM_ASSERT(false, "dispatch: an event without a case");
  __builtin_unreachable();
}

}  // namespace lianmeng::dispatch
