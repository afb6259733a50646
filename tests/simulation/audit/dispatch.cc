#include "simulation/audit/dispatch.h"

#include <fmt/format.h>

#include <chrono>

#include "simulation/audit/clocks.h"
#include "simulation/audit/demand_table.h"

namespace lianmeng::simulation {

using namespace std::chrono_literals;
namespace dv = dispatch::v1;

namespace {

constexpr Duration kSettled = 10s;  // What is older has been answered.

// As YYMMDD.
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

void DispatchAudit::read(const std::vector<Fact>& facts) {
  for (const auto& fact : facts) {
    dv::DispatchEvent event;
    if (!parse(fact, event)) continue;
    const auto asker = step(fact, event);
    if (fact.effective) {
      silent_.insert(fact.sequence);
    } else if (tells_asker(event) && !asker.empty() && fact.actor != "person:" + asker) {
      asker_hears_[fact.sequence] = asker;
    }
  }
}

std::string DispatchAudit::step(const Fact& fact, const dv::DispatchEvent& event) {
  if (event.has_demand_submitted()) {
    submit(fact, event.demand_submitted());
    return event.demand_submitted().asker_person_id();
  }
  if (event.has_deadlines_resettled()) {
    resettle(fact, event.deadlines_resettled());
    return {};
  }
  const auto* life = simulation::step(fact, event, appointed_, demands_, findings_);
  return life == nullptr ? std::string() : life->asker;
}

void DispatchAudit::submit(const Fact& fact, const dv::DemandSubmitted& e) {
  const auto expect = [&](bool right, const char* what) { findings_.expect(right, fact, what); };
  const bool history = fact.effective.has_value();
  const auto day = shanghai_day(fact.happened());
  int before = 0;
  for (const auto& [id, life] : demands_) {
    before += id.first == fact.county && id.second.starts_with(day) ? 1 : 0;
  }
  expect(e.demand_id() == fmt::format("{}-{:03}", day, before + 1),
         "not the next number of its day");
  auto [found, is_new] = demands_.try_emplace({fact.county, e.demand_id()});
  auto& life = found->second;
  expect(is_new, "a number twice");
  life.state = dv::DEMAND_STATE_SUBMITTED;
  life.asker = e.asker_person_id();
  life.kind = e.kind();
  life.urgency = e.urgency();
  life.rule = e.rule_id();
  expect(!history || e.rule_id().empty(), "a rule routes history");
  expect(e.history() == history, "history, or not");
  take_board(fact, e.clocks(), life, findings_);
}

void DispatchAudit::resettle(const Fact& fact, const dv::DeadlinesResettled& e) {
  for (const auto& settled : e.demands()) {
    const auto found = demands_.find({fact.county, settled.demand_id()});
    if (found == demands_.end()) {
      findings_.expect(false, fact, "of a demand that is not there");
      continue;
    }
    auto& life = found->second;
    findings_.expect(settled.clocks().running_size() == static_cast<int>(life.clocks.size()), fact,
                     "a calendar ends no clock and starts none");
    take_board(fact, settled.clocks(), life, findings_);
  }
}

void DispatchAudit::check_end(Time now) {
  for (const auto& [id, life] : demands_) {
    for (const auto& [kind, clock] : life.clocks) {
      if (!clock.next || *clock.next > now - kSettled) continue;
      findings_.add(fmt::format("{} {}: {} was due at {} and never came", id.first, id.second,
                                dv::ClockKind_Name(kind), to_rfc3339(*clock.next)));
    }
    if (!life.rule.empty()) {
      findings_.add(fmt::format("{} {}: rule {} never came", id.first, id.second, life.rule));
    }
  }
}

}  // namespace lianmeng::simulation
