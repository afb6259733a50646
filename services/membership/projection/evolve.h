// What an event that changes part of a thing does to its row: for the roster, and for a thing as it
// was at a time.
#pragma once

#include "lianmeng/membership/v1/membership_events.pb.h"

namespace lianmeng::membership::roster {

inline void evolve(v1::Organisation& row, const v1::OrganisationMoved& event) {
  row.set_parent_id(event.parent_id());
}
inline void evolve(v1::Organisation& row, const v1::OrganisationDissolved& event) {
  *row.mutable_dissolved_time() = event.dissolved_time();
}
inline void evolve(v1::Membership& row, const v1::MembershipEnded& event) {
  *row.mutable_until_time() = event.until_time();
  row.set_end_reason(event.reason());
}
inline void evolve(v1::Post& row, const v1::PostEnded& event) {
  *row.mutable_until_time() = event.until_time();
  row.set_end_reason(event.reason());
}

}  // namespace lianmeng::membership::roster
