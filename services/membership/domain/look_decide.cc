#include "membership/domain/look.h"

namespace lianmeng::membership {

bool looks_as_audit(const roster::Standing& standing) {
  return standing.is_auditor() && !keeps_roster(standing);
}

Decision<Event> decide(const state::View& view, const RecordLook& command,
                       const DecideContext& context) {
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  if (!looks_as_audit(standing)) {
    return deny("以审计身份查阅", "look as audit", "您已不任审计职务。",
                "you hold no post of audit any more");
  }
  Event event;
  auto& looked = *event.mutable_audit_looked();
  looked.set_person_id(standing.person().str());
  looked.set_method(command.method);
  looked.mutable_person_ids()->Assign(command.person_ids.begin(), command.person_ids.end());
  return event;
}

}  // namespace lianmeng::membership
