// What each event does to its demand's row: recorded, never judged. decide uses the same functions
// to tell in an event how the demand stands after it.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"

namespace lianmeng::dispatch {

// submit_apply.cc
void evolve(v1::DemandRow& row, const v1::DemandSubmitted& event, const EventMeta& meta);
// route_apply.cc
void evolve(v1::DemandRow& row, const v1::DemandRouted& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::RoutingRuleLapsed& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandDeclined& event, const EventMeta& meta);
// take_apply.cc
void evolve(v1::DemandRow& row, const v1::DemandTaken& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandPassedBack& event, const EventMeta& meta);
// work_apply.cc; a comment is history alone and touches no row.
void evolve(v1::DemandRow& row, const v1::HandlerAssigned& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::ProgressReported& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::ContactRecorded& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::HelperInvited& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::InvitationAnswered& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::SupportIntroduced& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandReclassified& event, const EventMeta& meta);
// result_apply.cc
void evolve(v1::DemandRow& row, const v1::ResultSubmitted& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::ResultSigned& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::ResultAccepted& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::ResultSentBack& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandRated& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::RatingExplained& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandRedone& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandWithdrawn& event, const EventMeta& meta);
// escalation_apply.cc
void evolve(v1::DemandRow& row, const v1::DemandClockYellow& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandClockRed& event, const EventMeta& meta);
void evolve(v1::DemandRow& row, const v1::DemandEscalated& event, const EventMeta& meta);

}  // namespace lianmeng::dispatch
