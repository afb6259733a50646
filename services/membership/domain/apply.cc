#include <algorithm>
#include <charconv>

#include "membership/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/assert.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

using state::Counted;
using state::Index;
using state::IndexSink;
using state::Key;
using v1::MembershipEvent;

namespace {

constexpr state::Counter kIds(0x81);
constexpr std::string_view kOrganisations = "organisations/";

Key counter_key(std::string_view county, char kind) {
  return Key{}.add(county).add(std::string_view(&kind, 1));
}

// Remembers the number of an id, so that the next one is higher. A person's id says where it was
// registered; elsewhere it counts nothing.
void count_id(state::Tx& state, std::string_view county, std::string_view id) {
  if (const auto dash = id.rfind('-'); dash != id.npos) {
    if (id.substr(0, dash) != county) return;
    id.remove_prefix(dash + 1);
  }
  LM_ASSERT(!id.empty());
  std::uint64_t number = 0;
  std::from_chars(id.data() + 1, id.data() + id.size(), number);
  const auto key = counter_key(county, id.front());
  if (number > kIds.get(state, key)) kIds.set(state, key, number);
}

void count_ids(state::Tx& state, const MembershipEvent& event) {
  switch (event.event_case()) {
    case MembershipEvent::kCountyCreated: {
      const auto& e = event.county_created();
      const auto& county = e.county().county();
      for (const auto& row : e.organisations()) count_id(state, county, row.organisation_id());
      for (const auto& row : e.people()) count_id(state, county, row.person_id());
      for (const auto& row : e.posts()) count_id(state, county, row.post_id());
      return;
    }
    case MembershipEvent::kOrganisationCreated: {
      const auto& row = event.organisation_created().organisation();
      return count_id(state, row.county(), row.organisation_id());
    }
    case MembershipEvent::kMembershipAdded: {
      const auto& row = event.membership_added().membership();
      return count_id(state, row.county(), row.membership_id());
    }
    case MembershipEvent::kPersonRegistered: {
      const auto& e = event.person_registered();
      count_id(state, e.person().county(), e.person().person_id());
      for (const auto& row : e.posts()) count_id(state, row.county(), row.post_id());
      return;
    }
    case MembershipEvent::kPostAppointed: {
      const auto& row = event.post_appointed().post();
      return count_id(state, row.county(), row.post_id());
    }
    case MembershipEvent::kCountyUpdated:
    case MembershipEvent::kOrganisationUpdated:
    case MembershipEvent::kOrganisationMoved:
    case MembershipEvent::kOrganisationDissolved:
    case MembershipEvent::kMembershipEnded:
    case MembershipEvent::kPersonUpdated:
    case MembershipEvent::kPostEnded:
    case MembershipEvent::kPersonErased:
    case MembershipEvent::kContactRevealed:
    case MembershipEvent::kAuditLooked:
    case MembershipEvent::EVENT_NOT_SET:
      return;
  }
}

void add_posts(std::vector<std::string>& subjects,
               const google::protobuf::RepeatedPtrField<v1::Post>& posts) {
  for (const auto& post : posts) {
    subjects.push_back(post_subject(post.post_id()));
    subjects.push_back(organisation_subject(post.organisation_id()));
  }
}

bool changes_organisation(const MembershipEvent& event) {
  return event.has_county_created() || event.has_organisation_created() ||
         event.has_organisation_updated() || event.has_organisation_moved() ||
         event.has_organisation_dissolved();
}

void keep_own_rows(state::Tx& state, const MembershipEvent& event, const EventMeta& meta) {
  if (event.has_person_erased()) {
    const auto& e = event.person_erased();
    v1::ErasureRow row;
    row.set_sequence(meta.sequence);
    row.set_county(e.county());
    row.set_person_id(e.person_id());
    *row.mutable_key_ids() = e.key_ids();
    erasures().put(state, row);
  } else if (event.has_contact_revealed()) {
    v1::RevealRow row;
    row.set_county(meta.county.str());
    row.set_sequence(meta.sequence);
    *row.mutable_time() = state::to_proto(meta.time);
    *row.mutable_reveal() = event.contact_revealed();
    reveals().put(state, row);
  }
}

}  // namespace

const state::Table<v1::ErasureRow>& erasures() {
  using Row = v1::ErasureRow;
  static const state::Table<Row> table{0x82,
                                       "erasures",
                                       [](const Row& row) { return Key{}.add(row.sequence()); },
                                       {Index<Row>{kErasuresLatest, "latest", Counted::kNo,
                                                   [](const Row& row, const IndexSink& entry) {
                                                     entry(Key{}, Key{}.down(row.sequence()));
                                                   }}}};
  return table;
}

const state::Table<v1::RevealRow>& reveals() {
  using Row = v1::RevealRow;
  static const state::Table<Row> table{
      0x83,
      "reveals",
      [](const Row& row) { return Key{}.add(row.county()).add(row.sequence()); },
      {Index<Row>{kRevealsByTime, "by_time", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), Key{}.down(row.sequence()));
                  }},
       Index<Row>{kRevealsByPerson, "by_person", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.reveal().person_id()),
                          Key{}.down(row.sequence()));
                  }},
       Index<Row>{kRevealsByViewer, "by_viewer", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.reveal().by_person_id()),
                          Key{}.down(row.sequence()));
                  }}}};
  return table;
}

const state::Table<v1::HistoryRow>& history() {
  using Row = v1::HistoryRow;
  static const state::Table<Row> table{
      0x80,
      "history",
      [](const Row& row) { return Key{}.add(row.county()).add(row.subject()).add(row.sequence()); },
      {Index<Row>{kHistoryBySubject, "by_subject", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.subject()), Key{}.add(row.sequence()));
                  }},
       Index<Row>{kHistoryOfOrganisation, "of_organisation", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!row.subject().starts_with(kOrganisations)) return;
                    if (!changes_organisation(row.event())) return;
                    entry(Key{}.add(row.county()).add(row.subject()), Key{}.add(row.sequence()));
                  }}}};
  return table;
}

std::string next_id(const state::View& view, const CountyId& county, char kind, int ahead) {
  const auto number =
      kIds.get(view, counter_key(county.str(), kind)) + 1 + static_cast<std::uint64_t>(ahead);
  std::string id = kind == 'p' ? county.str() + "-" : std::string();
  return id + kind + std::to_string(number);
}

std::string county_subject(std::string_view id) { return "counties/" + std::string(id); }
std::string organisation_subject(std::string_view id) {
  return std::string(kOrganisations).append(id);
}
std::string person_subject(std::string_view id) { return "people/" + std::string(id); }
std::string post_subject(std::string_view id) { return "posts/" + std::string(id); }
std::string membership_subject(std::string_view id) { return "memberships/" + std::string(id); }

std::vector<std::string> subjects_of(const MembershipEvent& event) {
  switch (event.event_case()) {
    case MembershipEvent::kCountyCreated: {
      const auto& e = event.county_created();
      std::vector<std::string> subjects{county_subject(e.county().county())};
      for (const auto& row : e.organisations()) {
        subjects.push_back(organisation_subject(row.organisation_id()));
      }
      for (const auto& row : e.people()) subjects.push_back(person_subject(row.person_id()));
      add_posts(subjects, e.posts());
      return subjects;
    }
    case MembershipEvent::kCountyUpdated:
      return {county_subject(event.county_updated().county().county())};
    case MembershipEvent::kOrganisationCreated: {
      const auto& row = event.organisation_created().organisation();
      return {organisation_subject(row.organisation_id())};
    }
    case MembershipEvent::kOrganisationUpdated: {
      const auto& row = event.organisation_updated().organisation();
      return {organisation_subject(row.organisation_id())};
    }
    case MembershipEvent::kOrganisationMoved:
      return {organisation_subject(event.organisation_moved().organisation_id())};
    case MembershipEvent::kOrganisationDissolved:
      return {organisation_subject(event.organisation_dissolved().organisation_id())};
    case MembershipEvent::kMembershipAdded: {
      const auto& row = event.membership_added().membership();
      return {membership_subject(row.membership_id()), organisation_subject(row.organisation_id()),
              organisation_subject(row.alliance_id())};
    }
    case MembershipEvent::kMembershipEnded: {
      const auto& e = event.membership_ended();
      return {membership_subject(e.membership_id()), organisation_subject(e.organisation_id()),
              organisation_subject(e.alliance_id())};
    }
    case MembershipEvent::kPersonRegistered: {
      const auto& e = event.person_registered();
      std::vector<std::string> subjects{person_subject(e.person().person_id())};
      add_posts(subjects, e.posts());
      return subjects;
    }
    case MembershipEvent::kPersonUpdated:
      return {person_subject(event.person_updated().person().person_id())};
    case MembershipEvent::kPostAppointed: {
      const auto& row = event.post_appointed().post();
      return {post_subject(row.post_id()), person_subject(row.person_id()),
              organisation_subject(row.organisation_id())};
    }
    case MembershipEvent::kPostEnded: {
      const auto& e = event.post_ended();
      return {post_subject(e.post_id()), person_subject(e.person_id()),
              organisation_subject(e.organisation_id())};
    }
    case MembershipEvent::kPersonErased: {
      const auto& e = event.person_erased();
      std::vector<std::string> subjects{person_subject(e.person_id())};
      for (const auto& post : e.ended_posts()) {
        subjects.push_back(post_subject(post.post_id()));
        subjects.push_back(organisation_subject(post.organisation_id()));
      }
      return subjects;
    }
    case MembershipEvent::kContactRevealed:
      return {person_subject(event.contact_revealed().person_id())};
    case MembershipEvent::kAuditLooked:
      return {std::string(kAuditLooks)};
    case MembershipEvent::EVENT_NOT_SET:
      break;
  }
  LM_ASSERT(false, "membership: an event without a case");
  return {};
}

std::string subject_of(const MembershipEvent& event) { return subjects_of(event).front(); }

void apply(state::Tx& state, const MembershipEvent& event, const EventMeta& meta) {
  roster::project(state, event, meta);
  count_ids(state, event);
  keep_own_rows(state, event, meta);

  auto subjects = subjects_of(event);
  std::sort(subjects.begin(), subjects.end());
  subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
  v1::HistoryRow row;
  row.set_county(meta.county.str());
  row.set_sequence(meta.sequence);
  *row.mutable_recorded_time() = state::to_proto(meta.time);
  *row.mutable_effective_time() = state::to_proto(meta.effective_time);
  row.set_actor(to_string(meta.actor));
  *row.mutable_event() = event;
  for (auto& subject : subjects) {
    row.set_subject(std::move(subject));
    history().put(state, row);
  }
}

}  // namespace lianmeng::membership
