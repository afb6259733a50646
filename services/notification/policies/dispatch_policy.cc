#include "notification/policies/dispatch_policy.h"

#include "notification/domain/audience.h"
#include "notification/domain/posting.h"
#include "notification/policies/demands.h"
#include "notification/policies/dispatch_words.h"

namespace lianmeng::notification {
namespace {

using dispatch_v1::DispatchEvent;

Holder holder_of(dispatch_v1::DemandState state, const Demand& demand) {
  switch (state) {
    case dispatch_v1::DEMAND_STATE_SUBMITTED:
    case dispatch_v1::DEMAND_STATE_IN_AUDIT:
    case dispatch_v1::DEMAND_STATE_IN_REVIEW:
      return Holder::kCoordinators;
    case dispatch_v1::DEMAND_STATE_ROUTED:
      return Holder::kOfferedHeads;
    case dispatch_v1::DEMAND_STATE_TAKEN:
      return Holder::kHandler;
    case dispatch_v1::DEMAND_STATE_AWAITING_SIGNATURE:
      return Holder::kLeadHead;
    case dispatch_v1::DEMAND_STATE_AWAITING_RATING:
      return Holder::kAsker;
    case dispatch_v1::DEMAND_STATE_WITHDRAWN:
      // Whoever had it until then.
      if (!demand.lead_group_id.empty()) return Holder::kHandler;
      return demand.offered_group_ids.empty() ? Holder::kCoordinators : Holder::kOfferedHeads;
    default:
      return Holder::kNobody;
  }
}

// Reads what one event tells; each overload settles trigger and variables.
class Reader {
 public:
  Reader(const state::View& view, const EventMeta& meta) : view_(view), meta_(meta) {}

  template <class Event>
  Happening read(const Event& e) {
    if constexpr (requires { e.brief(); }) {
      if (auto row = demands().find(view_, key_of(meta_.county, e.demand_id()))) {
        row_ = std::move(*row);
      }
      out_.demand = demand_of(e.demand_id(), e.brief(), row_);
      out_.holder = holder_of(e.brief().state(), out_.demand);
    } else {
      out_.demand = demand_of(e);
    }
    out_.happened = meta_.effective_time;
    if (meta_.actor.is_person()) out_.by_person_ids.push_back(meta_.actor.id);
    if (!meta_.actor.on_behalf_of.empty()) out_.by_person_ids.push_back(meta_.actor.on_behalf_of);
    tell(e);
    return std::move(out_);
  }

 private:
  void text(std::string_view name, std::string_view value) {
    out_.variables.push_back(text_value(name, value));
  }
  void words(std::string_view name, const Word& word) {
    out_.variables.push_back(words_value(name, word.zh, word.en));
  }
  void number(std::string_view name, std::int64_t value) {
    out_.variables.push_back(number_value(name, value));
  }
  void due(const google::protobuf::Timestamp& time) {
    out_.variables.push_back(time_value("due", time));
  }
  // Of the clock of that kind; of the one that ends first when it is not said which.
  void due(const dispatch_v1::ClockBoard& clocks,
           dispatch_v1::ClockKind kind = dispatch_v1::CLOCK_KIND_UNSPECIFIED) {
    const dispatch_v1::Clock* found = nullptr;
    for (const auto& clock : clocks.running()) {
      if (kind != dispatch_v1::CLOCK_KIND_UNSPECIFIED && clock.kind() != kind) continue;
      if (found == nullptr || clock.due_time().seconds() < found->due_time().seconds()) {
        found = &clock;
      }
    }
    if (found != nullptr) due(found->due_time());
  }
  void outcome(std::string_view name) { words("outcome", words_of_result(name)); }

  template <class ClockEvent>
  void late(v1::Trigger trigger, const ClockEvent& e) {
    out_.trigger = trigger;
    out_.level = e.clock().level();
    // The asker has words of their own.
    for (const auto& person : e.tell_person_ids()) {
      if (person != out_.demand.asker_person_id) out_.next_person_ids.push_back(person);
    }
    words("limit", words_of(e.clock().kind()));
    due(e.clock().due_time());
  }

  void tell(const dispatch_v1::DemandSubmitted& e) {
    out_.trigger = v1::TRIGGER_DEMAND_SUBMITTED;
    out_.holder = Holder::kCoordinators;
    due(e.clocks(), dispatch_v1::CLOCK_KIND_ROUTE);
  }
  void tell(const dispatch_v1::RoutingRuleLapsed& e) {
    out_.trigger = v1::TRIGGER_ROUTING_RULE_LAPSED;
    text("reason", e.reason());
  }
  void tell(const dispatch_v1::DemandRouted& e) {
    out_.trigger = v1::TRIGGER_DEMAND_ROUTED;
    words("mode", words_of(e.mode()));
    text("words", e.note());
    due(e.clocks(), dispatch_v1::CLOCK_KIND_TAKE);
  }
  void tell(const dispatch_v1::DemandDeclined& e) {
    out_.trigger = v1::TRIGGER_DEMAND_DECLINED;
    text("reason", e.reason());
  }
  void tell(const dispatch_v1::DemandTaken& e) {
    out_.trigger = v1::TRIGGER_DEMAND_TAKEN;
    due(e.clocks(), dispatch_v1::CLOCK_KIND_RESULT);
  }
  void tell(const dispatch_v1::DemandPassedBack& e) {
    out_.trigger = v1::TRIGGER_DEMAND_PASSED_BACK;
    out_.concerned_group_ids.push_back(e.group_id());
    text("reason", e.reason());
    number("round", e.pass_back_count());
    words("action", e.last_offer() ? Word{"", "现待重新派单", "It waits to be routed anew"}
                                   : Word{"", "其他小组的派单仍有效", "The other offers stand"});
  }
  void tell(const dispatch_v1::HandlerAssigned& e) {
    out_.trigger = v1::TRIGGER_HANDLER_ASSIGNED;
    text("words", e.note());
  }
  void tell(const dispatch_v1::HelperInvited& e) {
    out_.trigger = v1::TRIGGER_HELPER_INVITED;
    out_.concerned_group_ids.push_back(e.group_id());
    text("words", e.request());
  }
  void tell(const dispatch_v1::InvitationAnswered& e) {
    out_.trigger = v1::TRIGGER_INVITATION_ANSWERED;
    out_.concerned_group_ids.push_back(e.group_id());
    words("answer", e.accepted() ? Word{"", "同意", "yes"} : Word{"", "婉拒", "no"});
    text("words", e.words());
  }
  void tell(const dispatch_v1::SupportIntroduced& e) {
    out_.trigger = v1::TRIGGER_SUPPORT_INTRODUCED;
    std::string said = e.support().introduced_by();
    for (const auto* part : {&e.support().supporter(), &e.support().words()}) {
      if (!said.empty() && !part->empty()) said += "；";
      said += *part;
    }
    text("words", said);
  }
  void tell(const dispatch_v1::DemandReclassified& e) {
    out_.trigger = v1::TRIGGER_DEMAND_RECLASSIFIED;
    text("reason", e.reason());
    due(e.clocks());
  }
  void tell(const dispatch_v1::ResultSubmitted& e) {
    out_.trigger =
        e.is_signed() ? v1::TRIGGER_RESULT_SUBMITTED : v1::TRIGGER_RESULT_AWAITING_SIGNATURE;
    outcome(name_of(e.result().kind()));
  }
  void tell(const dispatch_v1::ResultSigned&) {
    out_.trigger = v1::TRIGGER_RESULT_SUBMITTED;
    outcome(row_.outcome());
  }
  void tell(const dispatch_v1::ResultAccepted& e) {
    out_.trigger = v1::TRIGGER_RESULT_ACCEPTED;
    outcome(name_of(e.result_kind()));
    text("words", e.note());
  }
  void tell(const dispatch_v1::ResultSentBack& e) {
    out_.trigger = v1::TRIGGER_RESULT_SENT_BACK;
    text("reason", e.reason());
    due(e.clocks(), dispatch_v1::CLOCK_KIND_RESULT);
  }
  void tell(const dispatch_v1::DemandRated& e) {
    out_.trigger = v1::TRIGGER_DEMAND_RATED;
    out_.poorly_rated = e.review();
    words("solved", words_of(e.rating().solved()));
    number("score", e.rating().content());
    text("words", e.rating().words());
  }
  void tell(const dispatch_v1::RatingExplained& e) {
    out_.trigger = v1::TRIGGER_RATING_EXPLAINED;
    text("words", e.explanation());
  }
  void tell(const dispatch_v1::DemandRedone& e) {
    out_.trigger = v1::TRIGGER_DEMAND_REDONE;
    text("reason", e.reason());
    number("round", e.redo_count());
    due(e.clocks(), dispatch_v1::CLOCK_KIND_RESULT);
  }
  void tell(const dispatch_v1::DemandWithdrawn& e) {
    out_.trigger = v1::TRIGGER_DEMAND_WITHDRAWN;
    text("reason", e.reason());
  }
  void tell(const dispatch_v1::DemandClockYellow& e) { late(v1::TRIGGER_LIGHT_YELLOW, e); }
  void tell(const dispatch_v1::DemandClockRed& e) { late(v1::TRIGGER_LIGHT_RED, e); }
  void tell(const dispatch_v1::DemandEscalated& e) {
    late(v1::TRIGGER_DEMAND_ESCALATED, e);
    number("level", e.clock().level());
    words("action", e.assignment_required()
                        ? Word{"", "无人接单，必须指派", "nobody took it: it must be assigned"}
                        : Word{"", "请督促办理", "please see that it is done"});
  }

  const state::View& view_;
  const EventMeta& meta_;
  v1::DemandRow row_;
  Happening out_;
};

// An ordinary submission waits in the coordinators' to-dos, under the light of its clock.
bool is_news(const dispatch_v1::DemandSubmitted& e) {
  // What a rule routes is told of when it is routed, at once.
  if (!e.rule_id().empty()) return false;
  return e.urgency() == dispatch_v1::URGENCY_URGENT ||
         e.recorder_person_id() != e.asker_person_id();
}

template <class Event>
PolicyDecision<v1::NotificationEvent> tell(const state::View& view, const Event& e,
                                           const EventMeta& meta, const DecideContext& context) {
  if constexpr (requires { e.history(); }) {
    if (e.history()) return Ignore{};
  }
  return post(view, Reader(view, meta).read(e), context);
}

}  // namespace

PolicyDecision<v1::NotificationEvent> on_dispatch(const state::View& view,
                                                  const DispatchEvent& event, const EventMeta& meta,
                                                  const DecideContext& context) {
  const auto told = [&](const auto& e) { return tell(view, e, meta, context); };
  switch (event.event_case()) {
    case DispatchEvent::kDemandSubmitted:
      if (!is_news(event.demand_submitted())) return Ignore{};
      return told(event.demand_submitted());
    case DispatchEvent::kRoutingRuleLapsed:
      return told(event.routing_rule_lapsed());
    case DispatchEvent::kDemandRouted:
      return told(event.demand_routed());
    case DispatchEvent::kDemandDeclined:
      return told(event.demand_declined());
    case DispatchEvent::kDemandTaken:
      return told(event.demand_taken());
    case DispatchEvent::kDemandPassedBack:
      return told(event.demand_passed_back());
    case DispatchEvent::kHandlerAssigned:
      return told(event.handler_assigned());
    case DispatchEvent::kHelperInvited:
      return told(event.helper_invited());
    case DispatchEvent::kInvitationAnswered:
      return told(event.invitation_answered());
    case DispatchEvent::kSupportIntroduced:
      return told(event.support_introduced());
    case DispatchEvent::kDemandReclassified:
      return told(event.demand_reclassified());
    case DispatchEvent::kResultSubmitted:
      return told(event.result_submitted());
    case DispatchEvent::kResultSigned:
      return told(event.result_signed());
    case DispatchEvent::kResultAccepted:
      return told(event.result_accepted());
    case DispatchEvent::kResultSentBack:
      return told(event.result_sent_back());
    case DispatchEvent::kDemandRated:
      return told(event.demand_rated());
    case DispatchEvent::kRatingExplained:
      return told(event.rating_explained());
    case DispatchEvent::kDemandRedone:
      return told(event.demand_redone());
    case DispatchEvent::kDemandWithdrawn:
      return told(event.demand_withdrawn());
    case DispatchEvent::kDemandClockYellow:
      return told(event.demand_clock_yellow());
    case DispatchEvent::kDemandClockRed:
      return told(event.demand_clock_red());
    case DispatchEvent::kDemandEscalated:
      return told(event.demand_escalated());
    // Talk is read where it is written, and settings are no one's news.
    case DispatchEvent::kProgressReported:
    case DispatchEvent::kDemandCommented:
    case DispatchEvent::kContactRecorded:
    case DispatchEvent::kContactRevealed:
    case DispatchEvent::kLimitsSet:
    case DispatchEvent::kCalendarLayerSet:
    case DispatchEvent::kDeadlinesResettled:
    case DispatchEvent::kRoutingRuleSet:
    case DispatchEvent::kRoutingRuleRemoved:
    case DispatchEvent::kOfficeHoursSet:
    case DispatchEvent::kAuditLooked:
    case DispatchEvent::EVENT_NOT_SET:
      return Ignore{};
  }
  return Ignore{};
}

}  // namespace lianmeng::notification
