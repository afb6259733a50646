// What every command asks of posts and chairs, gathered in rows that are one read each. Posts and
// chairs change rarely, so each change writes its rows whole.
#pragma once

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/membership/v1/membership_state.pb.h"
#include "platform/state/table.h"

namespace lianmeng::membership::roster {

// Key: county, person. All posts of the person, in the order of appointment.
const state::Table<v1::PostsRow>& person_posts();
// Key: county, organisation. Its public posts, by role and appointment; ordinary members, of whom
// a village has thousands, stay in the index alone.
const state::Table<v1::PostsRow>& public_posts();
// Key: county.
const state::Table<v1::CountyDutiesRow>& county_duties();

// Writes a post, or a membership, and the rows that gather it. A post's person, organisation and
// role never change.
void put_post(state::Tx& state, const v1::Post& post);
void put_membership(state::Tx& state, const v1::Membership& membership);

}  // namespace lianmeng::membership::roster
