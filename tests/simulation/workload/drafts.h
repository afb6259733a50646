// Parts of membership's commands that several wishes have.
#pragma once

#include <string>

#include "membership/domain/person.h"
#include "membership/domain/post.h"

namespace lianmeng::simulation {

// Its bytes do not matter here, only that they are the same for the same seed.
inline membership::Name name_of(const std::string& plain) {
  membership::Name name;
  name.plain = plain;
  name.sealed.set_key_id("key");
  name.sealed.set_nonce("nonce");
  name.sealed.set_ciphertext(plain);
  return name;
}

inline membership::PostDraft post_at(const std::string& organisation,
                                     membership::v1::PostRole role) {
  membership::PostDraft draft;
  draft.organisation_id = organisation;
  draft.title = "职务";
  draft.role = role;
  return draft;
}

}  // namespace lianmeng::simulation
