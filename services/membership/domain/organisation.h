// Organisations: a tree of all that takes part, functional groups among them, and the memberships
// of organisations in alliances, which cross the tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "membership/domain/checks.h"

namespace lianmeng::membership {

struct CreateOrganisation {
  std::string name;
  v1::OrganisationKind kind = v1::ORGANISATION_KIND_UNSPECIFIED;
  std::string parent_id;  // Empty: at the top.
  std::vector<std::string> industries;
  v1::FoundingMode founding_mode = v1::FOUNDING_MODE_UNSPECIFIED;
  std::string founder_organisation_id;
  std::string follows_organisation_id;
  std::string description;
};

// What is not given stays.
struct UpdateOrganisation {
  std::string organisation_id;
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> industries;
  std::optional<v1::FoundingMode> founding_mode;
  std::optional<std::string> founder_organisation_id;
  std::optional<std::string> follows_organisation_id;
  std::optional<std::string> description;
};

struct MoveOrganisation {
  std::string organisation_id;
  std::string parent_id;  // Empty: to the top.
};

// Only when nothing hangs on it: no organisation below, no post, membership or person.
struct DissolveOrganisation {
  std::string organisation_id;
  std::string reason;
};

struct AddMembership {
  std::string organisation_id;
  std::string alliance_id;
  v1::MembershipRole role = v1::MEMBERSHIP_ROLE_UNSPECIFIED;  // Means MEMBER.
  std::optional<Time> from;                                   // Not given: when it happens.
  std::optional<Time> until;
};

struct EndMembership {
  std::string membership_id;
  std::optional<Time> until;  // Not given: when it happens.
  std::string reason;
};

Decision<Event> decide(const state::View&, const CreateOrganisation&, const DecideContext&);
Decision<Event> decide(const state::View&, const UpdateOrganisation&, const DecideContext&);
Decision<Event> decide(const state::View&, const MoveOrganisation&, const DecideContext&);
Decision<Event> decide(const state::View&, const DissolveOrganisation&, const DecideContext&);
Decision<Event> decide(const state::View&, const AddMembership&, const DecideContext&);
Decision<Event> decide(const state::View&, const EndMembership&, const DecideContext&);

}  // namespace lianmeng::membership
