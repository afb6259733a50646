// What an event that changes part of a thing does to its row: for the roster, and for a thing as it
// was at a time.
#pragma once

#include <optional>

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

// Leaves of each sealed value that there is one, and under which key; the rest that is personal
// goes.
inline void clear_personal(v1::PersonRecord& row) {
  const auto clear = [](v1::SealedValue* value) {
    value->clear_nonce();
    value->clear_ciphertext();
  };
  if (row.has_sealed_name()) clear(row.mutable_sealed_name());
  if (row.has_sealed_phone()) clear(row.mutable_sealed_phone());
  if (row.has_sealed_identity_number()) clear(row.mutable_sealed_identity_number());
  if (row.has_sealed_address()) clear(row.mutable_sealed_address());
  row.clear_organisation_id();
  row.clear_key_ids();
}
inline void evolve(v1::PersonRecord& row, const v1::PersonErased& event) {
  clear_personal(row);
  *row.mutable_erased_time() = event.erased_time();
}
// A public post makes a name public. Somebody registered in another county begins here with one:
// this county knows the name and the posts.
inline void evolve(std::optional<v1::PersonRecord>& row, const v1::PostAppointed& event) {
  if (event.public_name().empty()) return;
  if (!row) {
    row.emplace();
    row->set_county(event.post().county());
    row->set_person_id(event.post().person_id());
    *row->mutable_registered_time() = event.post().from_time();
  }
  row->set_public_name(event.public_name());
  row->clear_sealed_name();
}

}  // namespace lianmeng::membership::roster
