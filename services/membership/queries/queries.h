// What may be read of the roster, by whom, and in which order. Pure functions over a view.
//
// Whoever is in a county's roster reads its organisations, public posts and public names. A person
// without a public name, and posts of the role MEMBER, are seen by the office, the coordinators,
// the cadre of the person's village, audit and the person alone. The operator reads nothing.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/membership/v1/membership_state.pb.h"
#include "membership/domain/checks.h"
#include "membership/projection/roster.h"
#include "platform/base/error.h"
#include "platform/state/as_of.h"
#include "platform/state/table.h"

namespace lianmeng::membership::queries {

// Why not; nothing when the caller may read here.
Refused check_reader(const state::View& view, const roster::Standing& standing);

// How much of a person the caller sees.
enum class Sight {
  kNothing,
  kPublic,  // The public name and posts.
  kMasked,  // The name; personal values masked; no address.
  kKept,    // The same with the address: who keeps the roster.
  kOwn,     // All of it.
};
Sight sight_of(const roster::Standing& standing, const v1::PersonRecord& person);

bool sees(const state::View& view, const roster::Standing& standing, const v1::Post& post);
bool sees(const state::View& view, const roster::Standing& standing, const v1::HistoryRow& row);

// A row as it was costs its history, so that one call looks at fewer of them.
inline constexpr int kAsOfScanBudget = 1'000;

struct OrganisationFilter {
  std::optional<std::string> parent_id;
  v1::OrganisationKind kind = v1::ORGANISATION_KIND_UNSPECIFIED;
  std::string text;
  bool by_name = false;  // Otherwise by number. With neither parent, kind nor dissolved ones.
  bool include_dissolved = false;
  // Each row as it was, which every filter then means; by number alone.
  state::AsOf as_of;
};
Result<state::Page<v1::Organisation>> list_organisations(const state::View& view,
                                                         const CountyId& county,
                                                         const OrganisationFilter& filter,
                                                         const state::PageRequest& page);

Result<state::Page<v1::PersonRecord>> list_people(const state::View& view,
                                                  const roster::Standing& standing,
                                                  const std::string& organisation_id,
                                                  const state::PageRequest& page);

struct PostFilter {
  std::string person_id;
  std::string organisation_id;
  v1::PostRole role = v1::POST_ROLE_UNSPECIFIED;
  std::optional<Time> in_force_at;
  state::AsOf as_of;
};
Result<state::Page<v1::Post>> list_posts(const state::View& view, const roster::Standing& standing,
                                         const PostFilter& filter, const state::PageRequest& page);

struct MembershipFilter {
  std::string organisation_id;
  std::string alliance_id;
  v1::MembershipRole role = v1::MEMBERSHIP_ROLE_UNSPECIFIED;
  std::optional<Time> in_force_at;
  state::AsOf as_of;
};
Result<state::Page<v1::Membership>> list_memberships(const state::View& view,
                                                     const CountyId& county,
                                                     const MembershipFilter& filter,
                                                     const state::PageRequest& page);

struct RevealFilter {
  std::string person_id;
  std::string by_person_id;
};
// The latest first. The office and audit see all; others what was shown to them or of them, and
// without a filter what was shown to them.
Result<state::Page<v1::RevealRow>> list_reveals(const state::View& view,
                                                const roster::Standing& standing,
                                                RevealFilter filter,
                                                const state::PageRequest& page);

// What audit was shown, the first first: for the office and audit. Why not, when the caller may
// not.
Refused check_reads_looks(const roster::Standing& standing);
Result<state::Page<v1::HistoryRow>> list_looks(const state::View& view, const CountyId& county,
                                               const state::PageRequest& page);
// Of an event in a history that not everybody sees: whom it is about; "" otherwise.
std::string whom_it_shows(const v1::MembershipEvent& event);

// The kinds of things that have a history, each with an id behind it: "organisations/o5".
inline constexpr std::array<std::string_view, 5> kSubjects{"counties/", "organisations/", "people/",
                                                           "posts/", "memberships/"};
bool is_subject(std::string_view text);
// Without the sealed values. Requires a subject.
Result<state::Page<v1::HistoryRow>> list_history(const state::View& view,
                                                 const roster::Standing& standing,
                                                 const std::string& subject,
                                                 const state::PageRequest& page);

}  // namespace lianmeng::membership::queries
