// 办理: what the lead and its helpers do between the take and the result, and what others add.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/base/time.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// The head of the lead names the handler 经办人.
struct AssignHandler {
  std::string demand_id;
  std::string handler_person_id;
  std::string note;
};

// By the lead, a helper or the handler. Stops no clock.
struct ReportProgress {
  std::string demand_id;
  std::string words;
  std::string next_step;
  std::optional<Time> next_step_time;
};

// By the lead: ends the contact clock.
struct RecordContact {
  std::string demand_id;
  v1::ContactMeans means = v1::CONTACT_MEANS_UNSPECIFIED;
  std::string words;
};

// 会办, by the head or the handler.
struct InviteHelper {
  std::string demand_id;
  std::string group_id;
  std::string request;
};

struct AnswerInvitation {
  std::string demand_id;
  std::string group_id;  // Empty: the one invited group that the caller belongs to.
  bool accepted = false;
  std::string words;
};

// 牵线, by the lead or the asker; the lead stays.
struct IntroduceSupport {
  std::string demand_id;
  std::string introduced_by;
  std::string introduced_by_person_id;
  std::string supporter;
  std::string words;
  std::vector<v1::Figure> figures;
};

// By whoever sees the demand and does more than read. Stops no clock.
// By the handler from the take on (the head while none is named), or by whoever calls back: a
// coordinator or the office. The number is opened at the edge of the answer.
struct RevealContact {
  std::string demand_id;
  std::string reason;
};

// By whoever sees an open demand, but audit and the city.
struct CommentDemand {
  std::string demand_id;
  std::string words;
};

// By the coordinator: limits anew, counted from submission.
struct ReclassifyDemand {
  std::string demand_id;
  v1::DemandKind kind = v1::DEMAND_KIND_UNSPECIFIED;  // Unspecified: as it is.
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;      // Likewise.
  std::string reason;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const AssignHandler& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const ReportProgress& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const RecordContact& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const InviteHelper& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const AnswerInvitation& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const IntroduceSupport& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const RevealContact& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const CommentDemand& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const ReclassifyDemand& command,
                                   const DecideContext& context);

}  // namespace lianmeng::dispatch
