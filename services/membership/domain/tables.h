// Membership's own tables, beside the roster's, and what its state does with an event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/membership/v1/membership_state.pb.h"
#include "platform/base/decision.h"
#include "platform/state/table.h"

namespace lianmeng::membership {

// Key: county, subject, sequence. What happened to a thing, in order.
const state::Table<v1::HistoryRow>& history();
inline constexpr std::uint8_t kHistoryBySubject = 1;  // county, subject ↔ sequence
// What changed an organisation itself, without the posts and memberships, of which there are
// thousands: county, subject ↔ sequence.
inline constexpr std::uint8_t kHistoryOfOrganisation = 2;

// Key: sequence, of all counties. Whose keys are to be gone from the key store.
const state::Table<v1::ErasureRow>& erasures();
inline constexpr std::uint8_t kErasuresLatest = 1;  // ↔ sequence, down

// Key: county, sequence. Who was shown whose contact values.
const state::Table<v1::RevealRow>& reveals();
inline constexpr std::uint8_t kRevealsByTime = 1;    // county ↔ sequence, down
inline constexpr std::uint8_t kRevealsByPerson = 2;  // county, person ↔ sequence, down
inline constexpr std::uint8_t kRevealsByViewer = 3;  // county, by whom ↔ sequence, down

// The next id of a kind in a county: "o" organisation, "g" functional group, "p" person (with the
// county before it), "t" post, "m" membership. `ahead` ids are taken by the same event already.
std::string next_id(const state::View& view, const CountyId& county, char kind, int ahead = 0);

std::string county_subject(std::string_view county);              // counties/610524
std::string organisation_subject(std::string_view organisation);  // organisations/o5
// people/610524-p3. Also the subject of the key under which later values of the person are sealed,
// so it must never change.
std::string person_subject(std::string_view person);
std::string post_subject(std::string_view post);              // posts/t7
std::string membership_subject(std::string_view membership);  // memberships/m4
// What audit was shown, all of it in order. No thing is called so.
inline constexpr std::string_view kAuditLooks = "looks";

// What the event is about first: what the reply to its command shows.
std::string subject_of(const v1::MembershipEvent& event);
// Every thing in whose history it stands.
std::vector<std::string> subjects_of(const v1::MembershipEvent& event);

// Folds an event into the roster, the counters of ids, the histories, erasures and reveals.
void apply(state::Tx& state, const v1::MembershipEvent& event, const EventMeta& meta);

}  // namespace lianmeng::membership
