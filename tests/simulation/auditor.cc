#include "simulation/auditor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/notification/v1/notification_events.pb.h"

namespace lianmeng::simulation {

using namespace std::chrono_literals;
namespace dv = dispatch::v1;
namespace mv = membership::v1;
namespace nv = notification::v1;

namespace {

constexpr Duration kSettled = 10s;  // What is older has been answered.

std::string header(const log::Record& record, std::string_view name) {
  return std::string(record.headers.find(name).value_or(std::string_view()));
}

Time time_of(const google::protobuf::Timestamp& time) {
  return Time{std::chrono::seconds{time.seconds()} +
              std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{time.nanos()})};
}

// The wrapper with the case of that name; false when it has none.
template <class Wrapper>
bool parse(const Fact& fact, Wrapper& wrapper) {
  const auto* descriptor = Wrapper::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->message_type()->name() != fact.type) continue;
    return Wrapper::GetReflection()->MutableMessage(&wrapper, field)->ParseFromString(fact.value);
  }
  return false;
}

bool is_one_of(dv::DemandState state, std::initializer_list<dv::DemandState> states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

bool is_in_work(const DemandLife& life) {
  return is_one_of(life.state, {dv::DEMAND_STATE_TAKEN, dv::DEMAND_STATE_AWAITING_SIGNATURE});
}

// "2026-01-05T03:04:05.678Z" with eight hours more, as YYMMDD.
std::string shanghai_day(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time + 8h);
  const std::chrono::year_month_day date{day};
  return fmt::format("{:02}{:02}{:02}", static_cast<int>(date.year()) % 100,
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// Of what the asker is told by the built-in rules; the others tell only those who handle it.
bool tells_asker(const dv::DispatchEvent& event) {
  switch (event.event_case()) {
    case dv::DispatchEvent::kDemandSubmitted:
      return event.demand_submitted().rule_id().empty();
    case dv::DispatchEvent::kDemandRouted:
    case dv::DispatchEvent::kDemandDeclined:
    case dv::DispatchEvent::kDemandTaken:
    case dv::DispatchEvent::kDemandPassedBack:
    case dv::DispatchEvent::kSupportIntroduced:
    case dv::DispatchEvent::kDemandReclassified:
    case dv::DispatchEvent::kResultAccepted:
    case dv::DispatchEvent::kRatingExplained:
    case dv::DispatchEvent::kDemandRedone:
    case dv::DispatchEvent::kDemandClockRed:
    case dv::DispatchEvent::kDemandEscalated:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string Fact::name() const { return fmt::format("{}/{} {}", service, sequence, type); }

void Auditor::expect(bool right, const Fact& fact, const std::string& what) {
  if (!right) wrong_.push_back(fmt::format("{} of {}: {}", fact.name(), fact.subject, what));
}

void Auditor::audit(const log::SimLog& log, int partition, const std::vector<Wish>& wishes,
                    Time now) {
  for (const auto* service : {"membership", "dispatch", "notification"}) {
    read(log, service, partition);
  }
  check_requests();
  for (const auto& wish : wishes) check_wish(wish);
  check_membership();
  check_dispatch();
  check_notification();
  check_end(now);
}

// The rule of the chain: valid is what names the last valid record before it.
void Auditor::read(const log::SimLog& log, const std::string& service, int partition) {
  auto& facts = facts_[service];
  std::string tip;
  std::set<std::string> ids;
  for (const auto& record : log.records({"lianmeng." + service + ".v1", partition})) {
    if (header(record, "ce_prev") != tip) continue;
    tip = header(record, "ce_id");
    Fact fact;
    fact.service = service;
    fact.sequence = facts.size() + 1;
    const auto type = header(record, "ce_type");
    fact.type = type.substr(type.rfind('.') + 1);
    fact.subject = header(record, "ce_subject");
    fact.county = header(record, "ce_partitionkey");
    fact.actor = header(record, "ce_actor");
    fact.request_id = header(record, "ce_requestid");
    fact.external_id = header(record, "ce_externalid");
    fact.value = record.value;
    if (const auto time = parse_rfc3339(header(record, "ce_time"))) fact.time = *time;
    if (const auto time = parse_rfc3339(header(record, "ce_effectivetime"))) fact.effective = *time;
    if (const auto cause = parse_place(header(record, "ce_cause"))) fact.cause = *cause;
    expect(header(record, "ce_sequence") == std::to_string(fact.sequence), fact,
           "not the next in the chain");
    expect(ids.insert(tip).second, fact, "a record's id was used before");
    expect(facts.empty() || facts.back().time <= fact.time, fact, "recorded time ran back");
    expect(fact.happened() <= fact.time, fact, "recorded before it happened");
    ++seen_[service + " " + fact.type];
    facts.push_back(std::move(fact));
  }
}

void Auditor::check_requests() {
  for (const auto& [service, facts] : facts_) {
    std::set<std::string> requests;
    std::set<std::string> externals;
    std::map<std::string, std::uint64_t> causes;
    for (const auto& fact : facts) {
      if (!fact.request_id.empty()) {
        expect(requests.insert(fact.county + fact.actor + fact.request_id).second, fact,
               "one request twice");
      }
      if (!fact.external_id.empty() && fact.type != "RequestRefused") {
        expect(externals.insert(fact.county + fact.external_id).second, fact,
               "one external id twice");
      }
      if (!fact.cause) continue;
      auto& last = causes[fact.cause->service];
      expect(last < fact.cause->sequence, fact, "a cause was answered twice, or out of order");
      last = fact.cause->sequence;
      expect(fact.cause->sequence <= facts_[fact.cause->service].size(), fact,
             "a cause that is no valid record");
    }
  }
}

// Acknowledged: exactly once, where the answer says. Refused or only validated: not at all.
void Auditor::check_wish(const Wish& wish) {
  const auto& facts = facts_[wish.service];
  const auto wrong = [&](const std::string& what) {
    wrong_.push_back(fmt::format("{} {} {}: {}", wish.service, wish.name, wish.request_id, what));
  };
  const auto found = std::ranges::find_if(facts, [&](const Fact& fact) {
    return fact.request_id == wish.request_id && fact.type != "RequestRefused";
  });
  if (wish.refused || wish.validate_only) {
    if (found != facts.end()) wrong("refused or only validated, and in the log");
    return;
  }
  if (!wish.accepted || wish.accepted->subject.empty()) return;
  const auto sequence = wish.accepted->place.sequence;
  if (sequence == 0 || sequence > facts.size()) return wrong("acknowledged and not in the log");
  const auto& fact = facts[sequence - 1];
  const bool same = fact.request_id == wish.request_id ||
                    (!wish.external_id.empty() && fact.external_id == wish.external_id);
  if (!same) wrong("acknowledged with another's place");
  if (fact.subject != wish.accepted->subject) wrong("acknowledged with another subject");
}

void Auditor::check_membership() {
  std::set<std::string> counties;
  std::set<Named> ids;
  std::set<Named> ended;
  std::set<Named> erased;
  const auto there = [&](const Fact& fact, const std::string& person) {
    expect(!erased.contains({fact.county, person}), fact, "of a person who was erased");
  };
  const auto end = [&](const Fact& fact, const std::string& post) {
    const Named id{fact.county, post};
    expect(ids.contains(id), fact, "no such post");
    expect(ended.insert(id).second, fact, "ended twice");
  };
  const auto post = [&](const Fact& fact, const mv::Post& post) {
    there(fact, post.person_id());
    expect(ids.emplace(fact.county, post.post_id()).second, fact, "a post's id twice");
    expect(ids.contains({fact.county, post.person_id()}), fact, "a post of nobody");
    expect(ids.contains({fact.county, post.organisation_id()}), fact, "a post nowhere");
    group_people_.emplace(fact.county, post.organisation_id() + ' ' + post.person_id());
  };
  for (const auto& fact : facts_["membership"]) {
    mv::MembershipEvent event;
    if (!parse(fact, event)) continue;
    expect(counties.contains(fact.county) != event.has_county_created(), fact,
           "a county is created first, and once");
    switch (event.event_case()) {
      case mv::MembershipEvent::kCountyCreated:
        counties.insert(fact.county);
        for (const auto& row : event.county_created().organisations()) {
          ids.emplace(fact.county, row.organisation_id());
        }
        for (const auto& row : event.county_created().people()) {
          ids.emplace(fact.county, row.person_id());
        }
        for (const auto& row : event.county_created().posts()) post(fact, row);
        break;
      case mv::MembershipEvent::kOrganisationCreated: {
        const auto& row = event.organisation_created().organisation();
        expect(ids.emplace(fact.county, row.organisation_id()).second, fact,
               "an organisation's id twice");
        expect(row.parent_id().empty() || ids.contains({fact.county, row.parent_id()}), fact,
               "below nothing");
        break;
      }
      case mv::MembershipEvent::kPersonRegistered: {
        const auto& registered = event.person_registered();
        expect(ids.emplace(fact.county, registered.person().person_id()).second, fact,
               "a person's id twice");
        for (const auto& row : registered.posts()) post(fact, row);
        break;
      }
      case mv::MembershipEvent::kPostAppointed:
        post(fact, event.post_appointed().post());
        break;
      case mv::MembershipEvent::kPostEnded:
        end(fact, event.post_ended().post_id());
        break;
      case mv::MembershipEvent::kPersonUpdated:
        there(fact, event.person_updated().person().person_id());
        break;
      case mv::MembershipEvent::kContactRevealed:
        there(fact, event.contact_revealed().person_id());
        break;
      case mv::MembershipEvent::kPersonErased: {
        const auto& e = event.person_erased();
        there(fact, e.person_id());
        expect(ids.contains({fact.county, e.person_id()}), fact, "nobody was erased");
        expect(!e.key_ids().empty(), fact, "no key is named");
        erased.emplace(fact.county, e.person_id());
        for (const auto& row : e.ended_posts()) end(fact, row.post_id());
        break;
      }
      default:
        break;
    }
  }
}

void Auditor::check_dispatch() {
  for (const auto& fact : facts_["dispatch"]) {
    dv::DispatchEvent event;
    if (parse(fact, event)) demand_event(fact, event);
  }
}

// --- The table of a demand's life, row by row. ---

template <class Event>
void Auditor::step(const Fact& fact, DemandLife& life, const Event& e) {
  const auto from = [&](std::initializer_list<dv::DemandState> states) {
    expect(is_one_of(life.state, states), fact,
           "not from state " + dv::DemandState_Name(life.state));
  };
  const auto in_work = [&] {
    expect(is_in_work(life), fact, "nobody works on it");
    expect(!life.lead.empty(), fact, "nobody leads");
  };
  if constexpr (std::is_same_v<Event, dv::DemandRouted>) {
    const bool assigned = e.mode() == dv::ROUTING_MODE_ASSIGNED;
    if (life.state == dv::DEMAND_STATE_ROUTED) {
      expect(life.must_assign && assigned, fact, "routed anew, and nothing demands it");
    } else {
      from({dv::DEMAND_STATE_SUBMITTED});
    }
    expect(e.rule_id().empty() || e.rule_id() == life.rule, fact, "by a rule that is not its own");
    expect(e.binding() == (e.rule_id().empty() && life.pass_backs >= 3), fact,
           "binds at the third pass-back, and only then");
    life.offers.clear();
    int leads = 0;
    for (const auto& offer : e.offers()) {
      leads += offer.role() == dv::GROUP_ROLE_LEAD ? 1 : 0;
      expect(time_of(offer.pass_back_by_time()) > fact.happened(), fact, "no time to pass it back");
      expect(life.offers
                 .emplace(offer.group_id(),
                          DemandLife::Offer{offer.role(), time_of(offer.pass_back_by_time())})
                 .second,
             fact, "one group twice");
    }
    expect(assigned ? leads == 1 : leads == 0 && e.offers_size() >= 2, fact, "not to whom it goes");
    life.binding = e.binding();
    life.must_assign = false;
    life.rule.clear();
    life.state = dv::DEMAND_STATE_ROUTED;
  } else if constexpr (std::is_same_v<Event, dv::RoutingRuleLapsed>) {
    expect(!life.rule.empty() && e.rule_id() == life.rule, fact, "a rule that was not its own");
    life.rule.clear();
  } else if constexpr (std::is_same_v<Event, dv::DemandDeclined>) {
    from({dv::DEMAND_STATE_SUBMITTED, dv::DEMAND_STATE_ROUTED});
    life.offers.clear();
    life.rule.clear();
    life.state = dv::DEMAND_STATE_DECLINED;
  } else if constexpr (std::is_same_v<Event, dv::DemandTaken>) {
    from({dv::DEMAND_STATE_ROUTED});
    expect(life.lead.empty(), fact, "a second take");
    const auto offer = life.offers.find(e.lead_group_id());
    expect(offer != life.offers.end(), fact, "taken by a group that it was not offered");
    if (offer != life.offers.end()) {
      expect(
          offer->second.role != dv::GROUP_ROLE_HELPER ||
              std::ranges::none_of(
                  life.offers, [](const auto& o) { return o.second.role == dv::GROUP_ROLE_LEAD; }),
          fact, "taken by a helper");
    }
    expect(fact.effective ||
               group_people_.contains({fact.county, e.lead_group_id() + ' ' + e.person_id()}),
           fact, "taken by somebody who never belonged to the group");
    life.helpers.clear();
    for (const auto& helper : e.helpers()) life.helpers[helper.group_id()] = helper.state();
    life.offers.clear();
    life.lead = e.lead_group_id();
    life.must_assign = false;
    life.state = dv::DEMAND_STATE_TAKEN;
  } else if constexpr (std::is_same_v<Event, dv::DemandPassedBack>) {
    from({dv::DEMAND_STATE_ROUTED});
    expect(!life.binding, fact, "passed back, though the ruling binds");
    const auto offer = life.offers.find(e.group_id());
    expect(offer != life.offers.end(), fact, "passed back by a group that it was not offered");
    if (offer != life.offers.end()) {
      expect(fact.happened() <= offer->second.until, fact, "passed back too late");
      life.offers.erase(offer);
    }
    expect(e.pass_back_count() == ++life.pass_backs, fact, "miscounted");
    expect(e.last_offer() == life.offers.empty(), fact, "the last offer, or not");
    if (e.last_offer()) life.state = dv::DEMAND_STATE_SUBMITTED;
  } else if constexpr (std::is_same_v<Event, dv::HandlerAssigned>) {
    in_work();
    expect(e.former_handler_person_id() == life.handler, fact, "another one was the handler");
    expect(e.handler_person_id() != life.handler, fact, "was the handler before");
    life.handler = e.handler_person_id();
  } else if constexpr (std::is_same_v<Event, dv::ProgressReported> ||
                       std::is_same_v<Event, dv::SupportIntroduced>) {
    in_work();
  } else if constexpr (std::is_same_v<Event, dv::ContactRecorded>) {
    in_work();
    for (const auto& clock : e.clocks().running()) {
      expect(clock.kind() != dv::CLOCK_KIND_CONTACT, fact, "the contact clock runs on");
    }
  } else if constexpr (std::is_same_v<Event, dv::HelperInvited>) {
    in_work();
    expect(e.group_id() != life.lead, fact, "the lead invites itself");
    const auto helper = life.helpers.find(e.group_id());
    expect(helper == life.helpers.end() || helper->second == dv::HELPER_STATE_DECLINED, fact,
           "invited before");
    life.helpers[e.group_id()] = dv::HELPER_STATE_INVITED;
  } else if constexpr (std::is_same_v<Event, dv::InvitationAnswered>) {
    in_work();
    auto& helper = life.helpers[e.group_id()];
    expect(helper == dv::HELPER_STATE_INVITED, fact, "answered, though not asked");
    helper = e.accepted() ? dv::HELPER_STATE_HELPING : dv::HELPER_STATE_DECLINED;
  } else if constexpr (std::is_same_v<Event, dv::DemandReclassified>) {
    from({dv::DEMAND_STATE_SUBMITTED, dv::DEMAND_STATE_ROUTED, dv::DEMAND_STATE_TAKEN,
          dv::DEMAND_STATE_AWAITING_SIGNATURE});
    expect(e.former_kind() == life.kind && e.former_urgency() == life.urgency, fact,
           "was classed otherwise");
    expect(e.kind() != life.kind || e.urgency() != life.urgency, fact, "nothing changes");
    life.kind = e.kind();
    life.urgency = e.urgency();
  } else if constexpr (std::is_same_v<Event, dv::ResultSubmitted>) {
    in_work();
    life.state = e.is_signed() ? dv::DEMAND_STATE_IN_AUDIT : dv::DEMAND_STATE_AWAITING_SIGNATURE;
    expect(e.is_signed() == e.has_clocks(), fact, "only what is signed moves the clocks");
  } else if constexpr (std::is_same_v<Event, dv::ResultSigned>) {
    from({dv::DEMAND_STATE_AWAITING_SIGNATURE});
    life.state = dv::DEMAND_STATE_IN_AUDIT;
  } else if constexpr (std::is_same_v<Event, dv::ResultAccepted>) {
    from({dv::DEMAND_STATE_IN_AUDIT});
    life.state = dv::DEMAND_STATE_AWAITING_RATING;
  } else if constexpr (std::is_same_v<Event, dv::ResultSentBack>) {
    from({dv::DEMAND_STATE_IN_AUDIT});
    life.state = dv::DEMAND_STATE_TAKEN;
  } else if constexpr (std::is_same_v<Event, dv::DemandRated>) {
    from({dv::DEMAND_STATE_AWAITING_RATING});
    const bool bad = e.rating().solved() == dv::SOLVED_ANSWER_NO || e.rating().content() <= 2;
    expect(e.review() == bad, fact, "a bad rating is reviewed, a good one closes");
    if (!e.review()) life.redo_by = time_of(e.redo_by_time());
    life.state = e.review() ? dv::DEMAND_STATE_IN_REVIEW : dv::DEMAND_STATE_CLOSED;
  } else if constexpr (std::is_same_v<Event, dv::RatingExplained>) {
    from({dv::DEMAND_STATE_IN_REVIEW});
    life.redo_by = time_of(e.redo_by_time());
    life.state = dv::DEMAND_STATE_CLOSED;
  } else if constexpr (std::is_same_v<Event, dv::DemandRedone>) {
    from({dv::DEMAND_STATE_CLOSED, dv::DEMAND_STATE_IN_REVIEW});
    if (life.state == dv::DEMAND_STATE_CLOSED) {
      expect(fact.happened() <= life.redo_by, fact, "done again too late");
    }
    expect(e.redo_count() == ++life.redos && life.redos <= 2, fact, "done again too often");
    life.state = dv::DEMAND_STATE_TAKEN;
  } else if constexpr (std::is_same_v<Event, dv::DemandWithdrawn>) {
    from({dv::DEMAND_STATE_SUBMITTED, dv::DEMAND_STATE_ROUTED, dv::DEMAND_STATE_TAKEN,
          dv::DEMAND_STATE_AWAITING_SIGNATURE});
    life.offers.clear();
    life.rule.clear();
    life.state = dv::DEMAND_STATE_WITHDRAWN;
  } else if constexpr (std::is_same_v<Event, dv::DemandClockYellow>) {
    tick(fact, life, e.clock());
    expect(e.clock().light() == dv::LIGHT_YELLOW, fact, "not yellow");
  } else if constexpr (std::is_same_v<Event, dv::DemandClockRed>) {
    tick(fact, life, e.clock());
    expect(e.clock().level() == 1, fact, "red is level 1");
  } else if constexpr (std::is_same_v<Event, dv::DemandEscalated>) {
    tick(fact, life, e.clock());
    expect(e.clock().level() >= 2, fact, "red is another event");
    expect(e.assignment_required() ==
               (life.must_assign || (e.clock().level() >= 2 && life.lead.empty())),
           fact, "at level 2 what nobody took must be assigned");
    life.must_assign = e.assignment_required();
  } else if constexpr (std::is_same_v<Event, dv::ContactRevealed>) {
    expect(!life.lead.empty(), fact, "nobody took it");
  } else {
    static_assert(std::is_same_v<Event, dv::DemandCommented>, "an event without a row");
  }

  if constexpr (requires { e.clocks(); }) {
    if (e.has_clocks()) take_board(fact, life, e.clocks());
  }
  if constexpr (requires { e.brief(); }) {
    expect(e.brief().state() == life.state, fact,
           "its brief says " + dv::DemandState_Name(e.brief().state()));
    expect(e.brief().lead_group_id() == life.lead, fact, "its brief names another lead");
    expect(e.brief().handler_person_id() == life.handler, fact, "its brief: another handler");
    expect(e.brief().asker_person_id() == life.asker, fact, "its brief names another asker");
  }
  if constexpr (requires { e.history(); }) {
    expect(e.history() == fact.effective.has_value(), fact, "history, or not");
  }
}

void Auditor::demand_event(const Fact& fact, const dv::DispatchEvent& event) {
  bool history = fact.effective.has_value();
  std::string asker;
  const auto with = [&](const auto& e) {
    const auto found = demands_.find({fact.county, e.demand_id()});
    if (found == demands_.end()) return expect(false, fact, "of a demand that is not there");
    step(fact, found->second, e);
    asker = found->second.asker;
  };
  switch (event.event_case()) {
    case dv::DispatchEvent::kDemandSubmitted: {
      const auto& e = event.demand_submitted();
      const auto day = shanghai_day(fact.happened());
      int before = 0;
      for (const auto& [id, life] : demands_) {
        before += id.first == fact.county && id.second.starts_with(day) ? 1 : 0;
      }
      expect(e.demand_id() == fmt::format("{}-{:03}", day, before + 1), fact,
             "not the next number of its day");
      auto [life, is_new] = demands_.try_emplace({fact.county, e.demand_id()});
      expect(is_new, fact, "a number twice");
      life->second.state = dv::DEMAND_STATE_SUBMITTED;
      life->second.asker = asker = e.asker_person_id();
      life->second.kind = e.kind();
      life->second.urgency = e.urgency();
      life->second.rule = e.rule_id();
      expect(!history || e.rule_id().empty(), fact, "a rule routes history");
      expect(e.history() == history, fact, "history, or not");
      take_board(fact, life->second, e.clocks());
      break;
    }
    case dv::DispatchEvent::kDemandRouted:
      with(event.demand_routed());
      break;
    case dv::DispatchEvent::kDemandDeclined:
      with(event.demand_declined());
      break;
    case dv::DispatchEvent::kDemandTaken:
      with(event.demand_taken());
      break;
    case dv::DispatchEvent::kDemandPassedBack:
      with(event.demand_passed_back());
      break;
    case dv::DispatchEvent::kHandlerAssigned:
      with(event.handler_assigned());
      break;
    case dv::DispatchEvent::kProgressReported:
      with(event.progress_reported());
      break;
    case dv::DispatchEvent::kContactRecorded:
      with(event.contact_recorded());
      break;
    case dv::DispatchEvent::kHelperInvited:
      with(event.helper_invited());
      break;
    case dv::DispatchEvent::kInvitationAnswered:
      with(event.invitation_answered());
      break;
    case dv::DispatchEvent::kSupportIntroduced:
      with(event.support_introduced());
      break;
    case dv::DispatchEvent::kDemandCommented:
      with(event.demand_commented());
      break;
    case dv::DispatchEvent::kContactRevealed:
      with(event.contact_revealed());
      break;
    case dv::DispatchEvent::kDemandReclassified:
      with(event.demand_reclassified());
      break;
    case dv::DispatchEvent::kResultSubmitted:
      with(event.result_submitted());
      break;
    case dv::DispatchEvent::kResultSigned:
      with(event.result_signed());
      break;
    case dv::DispatchEvent::kResultAccepted:
      with(event.result_accepted());
      break;
    case dv::DispatchEvent::kResultSentBack:
      with(event.result_sent_back());
      break;
    case dv::DispatchEvent::kDemandRated:
      with(event.demand_rated());
      break;
    case dv::DispatchEvent::kRatingExplained:
      with(event.rating_explained());
      break;
    case dv::DispatchEvent::kDemandRedone:
      with(event.demand_redone());
      break;
    case dv::DispatchEvent::kDemandWithdrawn:
      with(event.demand_withdrawn());
      break;
    case dv::DispatchEvent::kDemandClockYellow:
      with(event.demand_clock_yellow());
      break;
    case dv::DispatchEvent::kDemandClockRed:
      with(event.demand_clock_red());
      break;
    case dv::DispatchEvent::kDemandEscalated:
      with(event.demand_escalated());
      break;
    case dv::DispatchEvent::kRoutingRuleLapsed:
      with(event.routing_rule_lapsed());
      break;
    case dv::DispatchEvent::kDeadlinesResettled:
      for (const auto& settled : event.deadlines_resettled().demands()) {
        const auto found = demands_.find({fact.county, settled.demand_id()});
        if (found == demands_.end()) {
          expect(false, fact, "of a demand that is not there");
          continue;
        }
        expect(settled.clocks().running_size() == static_cast<int>(found->second.clocks.size()),
               fact, "a calendar ends no clock and starts none");
        take_board(fact, found->second, settled.clocks());
      }
      break;
    default:
      break;
  }
  if (history) {
    silent_.insert(fact.sequence);
  } else if (tells_asker(event) && !asker.empty() && fact.actor != "person:" + asker) {
    asker_hears_[fact.sequence] = asker;
  }
}

// --- Clocks. ---

void Auditor::take_board(const Fact& fact, DemandLife& life, const dv::ClockBoard& board) {
  const auto before = life.clocks;
  std::set<dv::ClockKind> ended;
  for (const auto& clock : board.ended()) {
    expect(before.contains(clock.kind()), fact, "ends a clock that does not run");
    ended.insert(clock.kind());
  }
  life.clocks.clear();
  for (const auto& clock : board.running()) {
    take_clock(fact, life, clock);
    const auto& now = life.clocks[clock.kind()];
    const auto was = before.find(clock.kind());
    const bool same = was != before.end() && was->second.next == now.next &&
                      was->second.due == now.due && was->second.start == now.start;
    if (same) {
      expect(was->second.level == now.level && was->second.light == now.light, fact,
             "a light changed without a timer");
    } else if (fact.effective) {
      // What was over when it was recorded passes in silence.
      expect(!now.next || *now.next > fact.time, fact, "history sets a timer into the past");
      expect(now.due + 40 * 24h > fact.time || !now.next, fact, "history sets a timer");
    }
  }
  for (const auto& [kind, clock] : before) {
    expect(ended.contains(kind) || life.clocks.contains(kind), fact,
           "forgets the clock " + dv::ClockKind_Name(kind));
  }
}

void Auditor::take_clock(const Fact& fact, DemandLife& life, const dv::Clock& clock) {
  DemandLife::Clock out;
  out.start = time_of(clock.start_time());
  out.due = time_of(clock.due_time());
  if (clock.has_next_time()) out.next = time_of(clock.next_time());
  out.light = clock.light();
  out.level = clock.level();
  out.unit = clock.limit().unit();
  const auto yellow = time_of(clock.yellow_time());
  expect(out.start <= yellow && yellow <= out.due, fact, "yellow lies before start or after due");
  if (out.unit == dv::LIMIT_UNIT_CLOCK_MINUTES) {
    expect(out.due == out.start + std::chrono::minutes{clock.limit().amount()}, fact,
           "round the clock, a limit is so many minutes");
  }
  if (clock.kind() == dv::CLOCK_KIND_RATE) expect(!out.next, fact, "the asker owes no rating");
  life.clocks[clock.kind()] = out;
}

void Auditor::tick(const Fact& fact, DemandLife& life, const dv::Clock& clock) {
  const auto found = life.clocks.find(clock.kind());
  if (found == life.clocks.end()) return expect(false, fact, "of a clock that does not run");
  const auto before = found->second;
  const bool yellow = before.light == dv::LIGHT_GREEN;
  const auto level = yellow ? 0 : before.level + 1;
  expect(clock.light() == (yellow ? dv::LIGHT_YELLOW : dv::LIGHT_RED) && clock.level() == level,
         fact, "not the next step");
  expect(level <= 4, fact, "beyond the last level");
  expect(before.next && *before.next <= fact.time, fact, "before its time, or never due");
  expect(!fact.effective, fact, "a timer of history");
  expect(fact.actor.empty() || fact.actor == "system", fact, "a timer that somebody fired");
  const auto due = time_of(clock.due_time());
  expect(due == before.due, fact, "the due time moved");
  if (!yellow) expect(fact.time >= due, fact, "red before it is due");
  if (level >= 2 && level <= 4) {
    static constexpr int kDays[] = {0, 0, 1, 3, 5};
    // A working day later is at least the days between away, and round the clock all of them.
    const auto days = kDays[level] - (before.unit == dv::LIMIT_UNIT_CLOCK_MINUTES ? 0 : 1);
    expect(fact.time >= due + days * 24h, fact, "escalated too early");
  }
  take_clock(fact, life, clock);
}

// --- Notices. ---

void Auditor::check_notification() {
  std::map<std::string, std::int64_t> postings;
  std::map<std::pair<std::string, std::int64_t>, std::set<std::string>> told;
  std::map<std::uint64_t, std::set<std::string>> told_of;  // By event of dispatch.
  const auto& causes = facts_["dispatch"];
  const auto tell = [&](const Fact& fact, std::int64_t posting, const std::string& person) {
    expect(told[{fact.county, posting}].insert(person).second, fact, person + " is told twice");
    auto& inbox = inboxes_[{fact.county, person}];
    inbox.unread.insert(++inbox.last);
  };
  for (const auto& fact : facts_["notification"]) {
    nv::NotificationEvent event;
    if (!parse(fact, event)) continue;
    switch (event.event_case()) {
      case nv::NotificationEvent::kNoticePosted: {
        const auto& e = event.notice_posted();
        expect(e.posting_number() == ++postings[fact.county], fact, "not the next posting");
        if (!fact.cause || fact.cause->service != "dispatch" || fact.cause->sequence == 0 ||
            fact.cause->sequence > causes.size()) {
          expect(false, fact, "a notice of nothing");
          break;
        }
        const auto& cause = causes[fact.cause->sequence - 1];
        expect(cause.county == fact.county && cause.subject == "demands/" + e.demand_id(), fact,
               "of another's event");
        expect(!silent_.contains(cause.sequence), fact, "history was told");
        auto& people = told_of[cause.sequence];
        for (const auto& part : e.parts()) {
          for (const auto& person : part.person_ids()) {
            tell(fact, e.posting_number(), person);
            people.insert(person);
            expect(cause.actor != "person:" + person, fact, "who did it is told");
          }
        }
        break;
      }
      case nv::NotificationEvent::kMailingAdvanced:
        for (const auto& person : event.mailing_advanced().person_ids()) {
          tell(fact, event.mailing_advanced().posting_number(), person);
        }
        break;
      case nv::NotificationEvent::kNoticeRead: {
        const auto& e = event.notice_read();
        expect(fact.actor == "person:" + e.person_id(), fact, "read by somebody else");
        expect(inboxes_[{fact.county, e.person_id()}].unread.erase(e.notice_number()) == 1, fact,
               "no unread notice");
        break;
      }
      case nv::NotificationEvent::kNoticesReadUpTo: {
        const auto& e = event.notices_read_up_to();
        auto& inbox = inboxes_[{fact.county, e.person_id()}];
        expect(e.up_to_number() <= inbox.last, fact, "reads what is not there");
        const auto read = std::erase_if(
            inbox.unread, [&](std::int64_t number) { return number <= e.up_to_number(); });
        expect(read > 0, fact, "nothing was unread");
        break;
      }
      default:
        break;
    }
  }
  for (const auto& [sequence, asker] : asker_hears_) {
    const auto found = told_of.find(sequence);
    expect(found != told_of.end() && found->second.contains(asker), causes[sequence - 1],
           asker + " asked for it and was not told");
  }
}

// Nothing that was due is left.
void Auditor::check_end(Time now) {
  for (const auto& [id, life] : demands_) {
    for (const auto& [kind, clock] : life.clocks) {
      if (!clock.next || *clock.next > now - kSettled) continue;
      wrong_.push_back(fmt::format("{} {}: {} was due at {} and never came", id.first, id.second,
                                   dv::ClockKind_Name(kind), to_rfc3339(*clock.next)));
    }
    if (!life.rule.empty()) {
      wrong_.push_back(fmt::format("{} {}: rule {} never came", id.first, id.second, life.rule));
    }
  }
}

}  // namespace lianmeng::simulation
