#include "simulation/audit/auditor.h"

#include "simulation/audit/dispatch.h"
#include "simulation/audit/fact.h"
#include "simulation/audit/membership.h"
#include "simulation/audit/requests.h"

namespace lianmeng::simulation {

void Auditor::audit(const log::SimLog& log, int partition, const std::vector<Wish>& wishes,
                    Time now) {
  Facts facts;
  for (const auto* service : {"membership", "dispatch", "notification"}) {
    facts[service] = read_chain(log, service, partition, findings_);
    for (const auto& fact : facts[service]) ++seen_[fact.service + " " + fact.type];
  }
  check_requests(facts, findings_);
  for (const auto& wish : wishes) check_wish(wish, facts, findings_);
  const auto appointed = check_membership(facts["membership"], findings_);
  DispatchAudit dispatch(appointed, findings_);
  dispatch.read(facts["dispatch"]);
  inboxes_ = check_notification(facts["notification"], facts["dispatch"], dispatch, findings_);
  dispatch.check_end(now);
  demands_ = dispatch.demands();
}

}  // namespace lianmeng::simulation
