// 结果: submitted, signed, audited, rated, and done again or withdrawn.
#pragma once

#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// By the lead. The head's is signed at once; a member's waits, and the clock runs on.
struct SubmitResult {
  std::string demand_id;
  v1::ResultKind kind = v1::RESULT_KIND_UNSPECIFIED;
  std::string words;
  std::vector<v1::Figure> figures;
  std::string planned_date;
};

struct SignResult {
  std::string demand_id;
};

struct AcceptResult {
  std::string demand_id;
  std::string note;
};

// 退回补办: one working day.
struct SendBackResult {
  std::string demand_id;
  std::string reason;
};

// By the asker, or by call-back. "No" or at most 2 goes to review, anything else closes.
struct RateDemand {
  std::string demand_id;
  v1::SolvedAnswer solved = v1::SOLVED_ANSWER_UNSPECIFIED;
  int content = 0;
  std::string words;
  bool by_callback = false;
};

// The coordinator's way out of a review; the other one is RedoDemand.
struct ExplainRating {
  std::string demand_id;
  std::string explanation;
};

// 重办: by the asker or the coordinator within 10 working days of closing, by the coordinator from
// a review; half the limit, at most twice.
struct RedoDemand {
  std::string demand_id;
  std::string reason;
};

// By the asker, before a result is signed.
struct WithdrawDemand {
  std::string demand_id;
  std::string reason;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const SubmitResult& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const SignResult& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const AcceptResult& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const SendBackResult& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const RateDemand& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const ExplainRating& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const RedoDemand& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const WithdrawDemand& command,
                                   const DecideContext& context);

}  // namespace lianmeng::dispatch
