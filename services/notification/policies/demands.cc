#include "notification/policies/demands.h"

#include <algorithm>

#include "notification/domain/tables.h"
#include "notification/policies/dispatch_words.h"

namespace lianmeng::notification {
namespace {

using dispatch_v1::DispatchEvent;

void take_brief(v1::DemandRow& row, const dispatch_v1::DemandBrief& brief) {
  row.set_kind(name_of(brief.kind()));
  row.set_urgency(name_of(brief.urgency()));
  row.set_lead_group_id(brief.lead_group_id());
  row.set_handler_person_id(brief.handler_person_id());
}

void remove(google::protobuf::RepeatedPtrField<std::string>* groups, const std::string& group) {
  groups->erase(std::remove(groups->begin(), groups->end(), group), groups->end());
}

void add_once(google::protobuf::RepeatedPtrField<std::string>* groups, const std::string& group) {
  if (std::find(groups->begin(), groups->end(), group) == groups->end())
    groups->Add()->assign(group);
}

struct Projector {
  state::Tx& state;
  const CountyId& county;

  template <class Event, class Change>
  void change(const Event& e, const Change& change) const {
    auto row = demands().find(state, key_of(county, e.demand_id()));
    if (!row) return;  // Never submitted in this log: nothing to tell of it.
    if constexpr (requires { e.brief(); }) take_brief(*row, e.brief());
    change(*row);
    demands().put(state, *row);
  }
  template <class Event>
  void change(const Event& e) const {
    change(e, [](v1::DemandRow&) {});
  }

  void operator()(const dispatch_v1::DemandSubmitted& e) const {
    v1::DemandRow row;
    row.set_county(county.str());
    row.set_demand_id(e.demand_id());
    row.set_demand_number(e.number());
    row.set_title(e.title());
    row.set_kind(name_of(e.kind()));
    row.set_urgency(name_of(e.urgency()));
    row.set_asker_person_id(e.asker_person_id());
    row.set_asker_organisation_id(e.asker_organisation_id());
    row.set_recorder_person_id(e.recorder_person_id());
    row.set_village_id(e.village_id());
    demands().put(state, row);
  }
  void operator()(const dispatch_v1::DemandRouted& e) const {
    change(e, [&](v1::DemandRow& row) {
      row.clear_offered_group_ids();
      row.clear_helper_group_ids();
      for (const auto& offer : e.offers()) {
        auto* groups = offer.role() == dispatch_v1::GROUP_ROLE_HELPER
                           ? row.mutable_helper_group_ids()
                           : row.mutable_offered_group_ids();
        add_once(groups, offer.group_id());
      }
    });
  }
  void operator()(const dispatch_v1::DemandTaken& e) const {
    change(e, [&](v1::DemandRow& row) {
      row.clear_offered_group_ids();
      row.clear_helper_group_ids();
      for (const auto& helper : e.helpers()) {
        add_once(row.mutable_helper_group_ids(), helper.group_id());
      }
    });
  }
  void operator()(const dispatch_v1::DemandPassedBack& e) const {
    change(e, [&](v1::DemandRow& row) {
      if (e.last_offer()) {
        row.clear_offered_group_ids();
        row.clear_helper_group_ids();
      }
      remove(row.mutable_offered_group_ids(), e.group_id());
      remove(row.mutable_helper_group_ids(), e.group_id());
    });
  }
  void operator()(const dispatch_v1::InvitationAnswered& e) const {
    change(e, [&](v1::DemandRow& row) {
      if (e.accepted()) {
        add_once(row.mutable_helper_group_ids(), e.group_id());
      } else {
        remove(row.mutable_helper_group_ids(), e.group_id());
      }
    });
  }
  void operator()(const dispatch_v1::ResultSubmitted& e) const {
    change(e, [&](v1::DemandRow& row) { row.set_outcome(name_of(e.result().kind())); });
  }
};

}  // namespace

void project_demand(state::Tx& state, const DispatchEvent& event, const EventMeta& meta) {
  const Projector on{state, meta.county};
  switch (event.event_case()) {
    case DispatchEvent::kDemandSubmitted:
      return on(event.demand_submitted());
    case DispatchEvent::kDemandRouted:
      return on(event.demand_routed());
    case DispatchEvent::kDemandDeclined:
      return on.change(event.demand_declined());
    case DispatchEvent::kDemandTaken:
      return on(event.demand_taken());
    case DispatchEvent::kDemandPassedBack:
      return on(event.demand_passed_back());
    case DispatchEvent::kHandlerAssigned:
      return on.change(event.handler_assigned());
    case DispatchEvent::kInvitationAnswered:
      return on(event.invitation_answered());
    case DispatchEvent::kDemandReclassified:
      return on.change(event.demand_reclassified());
    case DispatchEvent::kResultSubmitted:
      return on(event.result_submitted());
    case DispatchEvent::kDemandRedone:
      return on.change(event.demand_redone());
    // They change nothing of what is kept.
    case DispatchEvent::kProgressReported:
    case DispatchEvent::kContactRecorded:
    case DispatchEvent::kHelperInvited:
    case DispatchEvent::kSupportIntroduced:
    case DispatchEvent::kDemandCommented:
    case DispatchEvent::kResultSigned:
    case DispatchEvent::kResultAccepted:
    case DispatchEvent::kResultSentBack:
    case DispatchEvent::kDemandRated:
    case DispatchEvent::kRatingExplained:
    case DispatchEvent::kDemandWithdrawn:
    case DispatchEvent::kDemandClockYellow:
    case DispatchEvent::kDemandClockRed:
    case DispatchEvent::kDemandEscalated:
    case DispatchEvent::kRoutingRuleLapsed:
    case DispatchEvent::kLimitsSet:
    case DispatchEvent::kCalendarLayerSet:
    case DispatchEvent::kDeadlinesResettled:
    case DispatchEvent::kRoutingRuleSet:
    case DispatchEvent::kRoutingRuleRemoved:
    case DispatchEvent::kOfficeHoursSet:
    case DispatchEvent::EVENT_NOT_SET:
      return;
  }
}

}  // namespace lianmeng::notification
