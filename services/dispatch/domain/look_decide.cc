#include "dispatch/domain/desk.h"
#include "dispatch/domain/look.h"
#include "dispatch/domain/reasons.h"

namespace lianmeng::dispatch {

bool looks_as_audit(const membership::roster::Standing& person) {
  return person.is_auditor() && !person.is_coordinator() && !person.is_county_officer();
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RecordLook& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.need(looks_as_audit(desk.me()), "以审计身份查阅", "您已不任审计职务",
                          "you hold no post of audit any more")) {
    return *no;
  }
  v1::DispatchEvent out;
  auto& event = *out.mutable_audit_looked();
  event.set_person_id(desk.me().person().str());
  event.set_method(command.method);
  event.mutable_demand_ids()->Assign(command.demand_ids.begin(), command.demand_ids.end());
  return out;
}

}  // namespace lianmeng::dispatch
