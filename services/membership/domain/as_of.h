// Organisations, people, posts and memberships as they were at a time, from their own histories
// (platform/state/as_of.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/state/as_of.h"
#include "platform/state/view.h"

namespace lianmeng::membership {

// Require that the thing is there now. NOTHING_THEN when it was not yet. Each reads what happened
// to its thing, once: of an organisation not its posts and memberships.
Result<v1::Organisation> organisation_as_of(const state::View& view, const CountyId& county,
                                            const std::string& organisation_id,
                                            const state::AsOf& as_of);
Result<v1::Post> post_as_of(const state::View& view, const CountyId& county,
                            const std::string& post_id, const state::AsOf& as_of);
Result<v1::Membership> membership_as_of(const state::View& view, const CountyId& county,
                                        const std::string& membership_id, const state::AsOf& as_of);

// A person with all posts that were given by then. Of who is erased today no personal value is
// left, of any time.
struct PersonThen {
  v1::PersonRecord record;
  std::vector<v1::Post> posts;
};
Result<PersonThen> person_as_of(const state::View& view, const CountyId& county,
                                const std::string& person_id, const state::AsOf& as_of);

// The same for lists: nothing when it was not yet.
std::optional<v1::Organisation> find_as_of(const state::View& view,
                                           const v1::Organisation& organisation,
                                           const state::AsOf& as_of);
std::optional<v1::Post> find_as_of(const state::View& view, const v1::Post& post,
                                   const state::AsOf& as_of);
std::optional<v1::Membership> find_as_of(const state::View& view, const v1::Membership& membership,
                                         const state::AsOf& as_of);

}  // namespace lianmeng::membership
