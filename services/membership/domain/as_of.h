// Organisations, posts and memberships as they were at a time, from their own histories
// (platform/state/as_of.h).
#pragma once

#include <string>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/state/as_of.h"
#include "platform/state/view.h"

namespace lianmeng::membership {

// Require that the thing is there now. NOTHING_THEN when it was not yet. Each reads the whole
// history of its thing once; that of an organisation tells of its posts and memberships too.
Result<v1::Organisation> organisation_as_of(const state::View& view, const CountyId& county,
                                            const std::string& organisation_id,
                                            const state::AsOf& as_of);
Result<v1::Post> post_as_of(const state::View& view, const CountyId& county,
                            const std::string& post_id, const state::AsOf& as_of);
Result<v1::Membership> membership_as_of(const state::View& view, const CountyId& county,
                                        const std::string& membership_id, const state::AsOf& as_of);

}  // namespace lianmeng::membership
