// A post as answers show it: with the names that stand beside it.
#pragma once

#include "lianmeng/membership/v1/membership_service.pb.h"
#include "membership/projection/roster.h"

namespace lianmeng::membership {

inline void fill_post(const state::View& view, const v1::Post& post, Time now,
                      v1::PostEntry* entry) {
  const CountyId county(post.county());
  *entry->mutable_post() = post;
  entry->set_person_name(roster::person_name(view, county, PersonId(post.person_id())));
  entry->set_organisation_name(roster::organisation_name(view, county, post.organisation_id()));
  entry->set_in_force(roster::in_force(post, now));
}

}  // namespace lianmeng::membership
