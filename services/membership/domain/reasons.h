// Why membership refuses.
#pragma once

#include <span>

#include "platform/base/reason.h"

namespace lianmeng::membership {

extern const Reason kCountyExists;               // COUNTY_EXISTS: {county}, {name}
extern const Reason kCountyUnknown;              // COUNTY_UNKNOWN: {county}
extern const Reason kOrganisationUnknown;        // ORGANISATION_UNKNOWN: {organisation}
extern const Reason kOrganisationDissolved;      // ORGANISATION_DISSOLVED: {organisation}, {name}
extern const Reason kOrganisationExists;         // ORGANISATION_EXISTS: {organisation}, {name}
extern const Reason kOrganisationCircle;         // ORGANISATION_CIRCLE: {organisation}, {parent}
extern const Reason kOrganisationTooDeep;        // ORGANISATION_TOO_DEEP: {limit}
extern const Reason kOrganisationInUse;          // ORGANISATION_IN_USE: {organisation}, {zh}, {en}
extern const Reason kPersonUnknown;              // PERSON_UNKNOWN: {person}
extern const Reason kPersonRegisteredElsewhere;  // PERSON_REGISTERED_ELSEWHERE: {person}, {county}
extern const Reason kPersonErased;               // PERSON_ERASED: {person}, {day}
extern const Reason kContactMissing;             // CONTACT_MISSING: {person}
extern const Reason kPublicNameNeeded;           // PUBLIC_NAME_NEEDED: {person}
extern const Reason kPostUnknown;                // POST_UNKNOWN: {post}
extern const Reason kPostExists;                 // POST_EXISTS: {post}, {person}, {organisation}
extern const Reason kPostEnded;                  // POST_ENDED: {post}, {until}
extern const Reason kRoleNotFitting;             // ROLE_NOT_FITTING: {organisation}, {zh}, {en}
extern const Reason kLastOfficer;                // LAST_OFFICER: {post}
extern const Reason kMembershipUnknown;          // MEMBERSHIP_UNKNOWN: {membership}
extern const Reason kMembershipExists;           // MEMBERSHIP_EXISTS: {membership}, …
extern const Reason kMembershipEnded;            // MEMBERSHIP_ENDED: {membership}, {until}
extern const Reason kNothingChanges;             // NOTHING_CHANGES: {subject}

std::span<const Reason* const> reasons();

}  // namespace lianmeng::membership
