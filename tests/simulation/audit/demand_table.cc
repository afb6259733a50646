#include "simulation/audit/demand_table.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "simulation/audit/clocks.h"

namespace lianmeng::simulation {

namespace dv = dispatch::v1;

namespace {

class Table {
 public:
  Table(const Fact& fact, const Appointed& appointed, DemandLife& life, Findings& findings)
      : fact_(fact), appointed_(appointed), life_(life), findings_(findings) {}

  // --- From its submission until somebody takes it. ---

  void row(const dv::DemandRouted& e) {
    const bool assigned = e.mode() == dv::ROUTING_MODE_ASSIGNED;
    if (life_.state == dv::DEMAND_STATE_ROUTED) {
      expect(life_.must_assign && assigned, "routed anew, and nothing demands it");
    } else {
      from({dv::DEMAND_STATE_SUBMITTED});
    }
    expect(e.rule_id().empty() || e.rule_id() == life_.rule, "by a rule that is not its own");
    expect(e.binding() == (e.rule_id().empty() && life_.pass_backs >= 3),
           "binds at the third pass-back, and only then");
    life_.offers.clear();
    int leads = 0;
    for (const auto& offer : e.offers()) {
      leads += offer.role() == dv::GROUP_ROLE_LEAD ? 1 : 0;
      const DemandLife::Offer out{offer.role(), time_of(offer.pass_back_by_time())};
      expect(out.until > fact_.happened(), "no time to pass it back");
      expect(life_.offers.emplace(offer.group_id(), out).second, "one group twice");
    }
    expect(assigned ? leads == 1 : leads == 0 && e.offers_size() >= 2, "not to whom it goes");
    life_.binding = e.binding();
    life_.must_assign = false;
    life_.rule.clear();
    life_.state = dv::DEMAND_STATE_ROUTED;
  }

  void row(const dv::RoutingRuleLapsed& e) {
    expect(!life_.rule.empty() && e.rule_id() == life_.rule, "a rule that was not its own");
    life_.rule.clear();
  }

  void row(const dv::DemandDeclined&) {
    from({dv::DEMAND_STATE_SUBMITTED, dv::DEMAND_STATE_ROUTED});
    end(dv::DEMAND_STATE_DECLINED);
  }

  void row(const dv::DemandTaken& e) {
    from({dv::DEMAND_STATE_ROUTED});
    expect(life_.lead.empty(), "a second take");
    const auto offer = life_.offers.find(e.lead_group_id());
    expect(offer != life_.offers.end(), "taken by a group that it was not offered");
    if (offer != life_.offers.end()) {
      const auto leads = [](const auto& o) { return o.second.role == dv::GROUP_ROLE_LEAD; };
      expect(
          offer->second.role != dv::GROUP_ROLE_HELPER || std::ranges::none_of(life_.offers, leads),
          "taken by a helper");
    }
    expect(fact_.effective ||
               appointed_.contains({fact_.county, e.lead_group_id() + ' ' + e.person_id()}),
           "taken by somebody who never belonged to the group");
    life_.helpers.clear();
    for (const auto& helper : e.helpers()) life_.helpers[helper.group_id()] = helper.state();
    life_.offers.clear();
    life_.lead = e.lead_group_id();
    life_.must_assign = false;
    life_.state = dv::DEMAND_STATE_TAKEN;
  }

  void row(const dv::DemandPassedBack& e) {
    from({dv::DEMAND_STATE_ROUTED});
    expect(!life_.binding, "passed back, though the ruling binds");
    const auto offer = life_.offers.find(e.group_id());
    expect(offer != life_.offers.end(), "passed back by a group that it was not offered");
    if (offer != life_.offers.end()) {
      expect(fact_.happened() <= offer->second.until, "passed back too late");
      life_.offers.erase(offer);
    }
    expect(e.pass_back_count() == ++life_.pass_backs, "miscounted");
    expect(e.last_offer() == life_.offers.empty(), "the last offer, or not");
    if (e.last_offer()) life_.state = dv::DEMAND_STATE_SUBMITTED;
  }

  // --- In work. ---

  void row(const dv::HandlerAssigned& e) {
    in_work();
    expect(e.former_handler_person_id() == life_.handler, "another one was the handler");
    expect(e.handler_person_id() != life_.handler, "was the handler before");
    life_.handler = e.handler_person_id();
  }

  void row(const dv::ProgressReported&) { in_work(); }

  void row(const dv::SupportIntroduced&) { in_work(); }

  void row(const dv::ContactRecorded& e) {
    in_work();
    for (const auto& clock : e.clocks().running()) {
      expect(clock.kind() != dv::CLOCK_KIND_CONTACT, "the contact clock runs on");
    }
  }

  void row(const dv::HelperInvited& e) {
    in_work();
    expect(e.group_id() != life_.lead, "the lead invites itself");
    const auto helper = life_.helpers.find(e.group_id());
    expect(helper == life_.helpers.end() || helper->second == dv::HELPER_STATE_DECLINED,
           "invited before");
    life_.helpers[e.group_id()] = dv::HELPER_STATE_INVITED;
  }

  void row(const dv::InvitationAnswered& e) {
    in_work();
    auto& helper = life_.helpers[e.group_id()];
    expect(helper == dv::HELPER_STATE_INVITED, "answered, though not asked");
    helper = e.accepted() ? dv::HELPER_STATE_HELPING : dv::HELPER_STATE_DECLINED;
  }

  // --- The result and its rating. ---

  void row(const dv::ResultSubmitted& e) {
    in_work();
    life_.state = e.is_signed() ? dv::DEMAND_STATE_IN_AUDIT : dv::DEMAND_STATE_AWAITING_SIGNATURE;
    expect(e.is_signed() == e.has_clocks(), "only what is signed moves the clocks");
  }

  void row(const dv::ResultSigned&) {
    from({dv::DEMAND_STATE_AWAITING_SIGNATURE});
    life_.state = dv::DEMAND_STATE_IN_AUDIT;
  }

  void row(const dv::ResultAccepted&) {
    from({dv::DEMAND_STATE_IN_AUDIT});
    life_.state = dv::DEMAND_STATE_AWAITING_RATING;
  }

  void row(const dv::ResultSentBack&) {
    from({dv::DEMAND_STATE_IN_AUDIT});
    life_.state = dv::DEMAND_STATE_TAKEN;
  }

  void row(const dv::DemandRated& e) {
    from({dv::DEMAND_STATE_AWAITING_RATING});
    const bool bad = e.rating().solved() == dv::SOLVED_ANSWER_NO || e.rating().content() <= 2;
    expect(e.review() == bad, "a bad rating is reviewed, a good one closes");
    if (!e.review()) life_.redo_by = time_of(e.redo_by_time());
    life_.state = e.review() ? dv::DEMAND_STATE_IN_REVIEW : dv::DEMAND_STATE_CLOSED;
  }

  void row(const dv::RatingExplained& e) {
    from({dv::DEMAND_STATE_IN_REVIEW});
    life_.redo_by = time_of(e.redo_by_time());
    life_.state = dv::DEMAND_STATE_CLOSED;
  }

  void row(const dv::DemandRedone& e) {
    from({dv::DEMAND_STATE_CLOSED, dv::DEMAND_STATE_IN_REVIEW});
    if (life_.state == dv::DEMAND_STATE_CLOSED) {
      expect(fact_.happened() <= life_.redo_by, "done again too late");
    }
    expect(e.redo_count() == ++life_.redos && life_.redos <= 2, "done again too often");
    life_.state = dv::DEMAND_STATE_TAKEN;
  }

  // --- While it is open, or at any time. ---

  void row(const dv::DemandReclassified& e) {
    while_open();
    expect(e.former_kind() == life_.kind && e.former_urgency() == life_.urgency,
           "was classed otherwise");
    expect(e.kind() != life_.kind || e.urgency() != life_.urgency, "nothing changes");
    life_.kind = e.kind();
    life_.urgency = e.urgency();
  }

  void row(const dv::DemandWithdrawn&) {
    while_open();
    end(dv::DEMAND_STATE_WITHDRAWN);
  }

  void row(const dv::ContactRevealed&) { expect(!life_.lead.empty(), "nobody took it"); }

  void row(const dv::DemandCommented&) {}

  // --- Timers. ---

  void row(const dv::DemandClockYellow& e) {
    tick(fact_, e.clock(), life_, findings_);
    expect(e.clock().light() == dv::LIGHT_YELLOW, "not yellow");
  }

  void row(const dv::DemandClockRed& e) {
    tick(fact_, e.clock(), life_, findings_);
    expect(e.clock().level() == 1, "red is level 1");
  }

  void row(const dv::DemandEscalated& e) {
    tick(fact_, e.clock(), life_, findings_);
    expect(e.clock().level() >= 2, "red is another event");
    expect(e.assignment_required() ==
               (life_.must_assign || (e.clock().level() >= 2 && life_.lead.empty())),
           "at level 2 what nobody took must be assigned");
    life_.must_assign = e.assignment_required();
  }

  // What events of several rows carry.
  template <class Event>
  void common(const Event& e) {
    if constexpr (requires { e.clocks(); }) {
      if (e.has_clocks()) take_board(fact_, e.clocks(), life_, findings_);
    }
    if constexpr (requires { e.brief(); }) {
      expect(e.brief().state() == life_.state,
             "its brief says " + dv::DemandState_Name(e.brief().state()));
      expect(e.brief().lead_group_id() == life_.lead, "its brief names another lead");
      expect(e.brief().handler_person_id() == life_.handler, "its brief: another handler");
      expect(e.brief().asker_person_id() == life_.asker, "its brief names another asker");
    }
    if constexpr (requires { e.history(); }) {
      expect(e.history() == fact_.effective.has_value(), "history, or not");
    }
  }

 private:
  void expect(bool right, const std::string& what) { findings_.expect(right, fact_, what); }

  void from(std::initializer_list<dv::DemandState> states) {
    expect(std::ranges::find(states, life_.state) != states.end(),
           "not from state " + dv::DemandState_Name(life_.state));
  }

  void in_work() {
    expect(
        life_.state == dv::DEMAND_STATE_TAKEN || life_.state == dv::DEMAND_STATE_AWAITING_SIGNATURE,
        "nobody works on it");
    expect(!life_.lead.empty(), "nobody leads");
  }

  void while_open() {
    from({dv::DEMAND_STATE_SUBMITTED, dv::DEMAND_STATE_ROUTED, dv::DEMAND_STATE_TAKEN,
          dv::DEMAND_STATE_AWAITING_SIGNATURE});
  }

  // Without a result.
  void end(dv::DemandState state) {
    life_.offers.clear();
    life_.rule.clear();
    life_.state = state;
  }

  const Fact& fact_;
  const Appointed& appointed_;
  DemandLife& life_;
  Findings& findings_;
};

}  // namespace

const DemandLife* step(const Fact& fact, const dv::DispatchEvent& event, const Appointed& appointed,
                       DemandLives& demands, Findings& findings) {
  const auto row = [&](const auto& e) -> const DemandLife* {
    const auto found = demands.find({fact.county, e.demand_id()});
    if (found == demands.end()) {
      findings.expect(false, fact, "of a demand that is not there");
      return nullptr;
    }
    Table table(fact, appointed, found->second, findings);
    table.row(e);
    table.common(e);
    return &found->second;
  };
  switch (event.event_case()) {
    case dv::DispatchEvent::kDemandRouted:
      return row(event.demand_routed());
    case dv::DispatchEvent::kRoutingRuleLapsed:
      return row(event.routing_rule_lapsed());
    case dv::DispatchEvent::kDemandDeclined:
      return row(event.demand_declined());
    case dv::DispatchEvent::kDemandTaken:
      return row(event.demand_taken());
    case dv::DispatchEvent::kDemandPassedBack:
      return row(event.demand_passed_back());
    case dv::DispatchEvent::kHandlerAssigned:
      return row(event.handler_assigned());
    case dv::DispatchEvent::kProgressReported:
      return row(event.progress_reported());
    case dv::DispatchEvent::kSupportIntroduced:
      return row(event.support_introduced());
    case dv::DispatchEvent::kContactRecorded:
      return row(event.contact_recorded());
    case dv::DispatchEvent::kHelperInvited:
      return row(event.helper_invited());
    case dv::DispatchEvent::kInvitationAnswered:
      return row(event.invitation_answered());
    case dv::DispatchEvent::kResultSubmitted:
      return row(event.result_submitted());
    case dv::DispatchEvent::kResultSigned:
      return row(event.result_signed());
    case dv::DispatchEvent::kResultAccepted:
      return row(event.result_accepted());
    case dv::DispatchEvent::kResultSentBack:
      return row(event.result_sent_back());
    case dv::DispatchEvent::kDemandRated:
      return row(event.demand_rated());
    case dv::DispatchEvent::kRatingExplained:
      return row(event.rating_explained());
    case dv::DispatchEvent::kDemandRedone:
      return row(event.demand_redone());
    case dv::DispatchEvent::kDemandReclassified:
      return row(event.demand_reclassified());
    case dv::DispatchEvent::kDemandWithdrawn:
      return row(event.demand_withdrawn());
    case dv::DispatchEvent::kContactRevealed:
      return row(event.contact_revealed());
    case dv::DispatchEvent::kDemandCommented:
      return row(event.demand_commented());
    case dv::DispatchEvent::kDemandClockYellow:
      return row(event.demand_clock_yellow());
    case dv::DispatchEvent::kDemandClockRed:
      return row(event.demand_clock_red());
    case dv::DispatchEvent::kDemandEscalated:
      return row(event.demand_escalated());
    default:
      return nullptr;
  }
}

}  // namespace lianmeng::simulation
