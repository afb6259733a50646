// Posts: what a person is at an organisation, from–to. Permissions follow from those in force.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "membership/domain/checks.h"

namespace lianmeng::membership {

struct PostDraft {
  std::string organisation_id;
  std::string title;
  v1::PostRole role = v1::POST_ROLE_UNSPECIFIED;
  std::vector<std::string> duties;
  std::optional<Time> from;  // Not given: when it happens.
  std::optional<Time> until;
  bool certified = false;
};

struct AppointPost {
  std::string person_id;
  // Needed where the post is public and the person has no public name here yet; of no other post
  // does a name get into the event.
  std::string name;
  PostDraft post;
};

struct EndPost {
  std::string post_id;
  std::optional<Time> until;  // Not given: when it happens.
  std::string reason;
};

Decision<Event> decide(const state::View&, const AppointPost&, const DecideContext&);
Decision<Event> decide(const state::View&, const EndPost&, const DecideContext&);

// What registering a person with posts shares with appointing. `path` leads the names of fields:
// "posts[0].".
Refused check_may_appoint(const roster::Standing& standing, v1::PostRole role,
                          const std::string& organisation_id);
// Checks the draft against its organisation and writes all but the ids of post and person.
Refused make_post(const DecideContext& context, const PostDraft& draft,
                  const v1::Organisation& organisation, const std::string& office_id,
                  const std::string& path, v1::Post* post);

// What ending a post shares with erasing its holder. A county officer's post ends only when another
// that `stays` is in force at that time.
Refused check_not_last_officer(const state::View& view, const v1::Post& post, Time at,
                               const std::function<bool(const v1::Post&)>& stays);
v1::PostEnded make_end(const v1::Post& post, Time until, const std::string& reason);

}  // namespace lianmeng::membership
