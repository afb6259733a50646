#include "membership/queries/queries.h"

#include <algorithm>
#include <functional>

#include "membership/domain/as_of.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::membership::queries {

using state::Key;
using state::Page;
using state::PageRequest;

namespace {

Key county_key(const CountyId& county) { return Key{}.add(county.str()); }

// Whether the caller may know that this person is at an organisation without a public duty.
bool sees_person(const state::View& view, const roster::Standing& standing,
                 const std::string& person_id) {
  const auto person = roster::person(view, standing.county(), PersonId(person_id));
  if (!person) return false;
  const auto sight = sight_of(standing, *person);
  return sight != Sight::kNothing && sight != Sight::kPublic;
}

bool sees_all_reveals(const roster::Standing& standing) {
  return standing.is_county_officer() || standing.is_auditor();
}

bool sees(const roster::Standing& standing, const v1::ContactRevealed& reveal) {
  const auto& me = standing.person().str();
  return sees_all_reveals(standing) || reveal.by_person_id() == me || reveal.person_id() == me;
}

// Rows as they were: those that `keep_now` keeps as they are (all, when it is empty), that were
// then, and that `keep_then` keeps as they were. The order is one that no change of a row alters.
template <class Row>
Result<Page<Row>> list_then(const state::Table<Row>& table, const state::View& view,
                            std::uint8_t index, const Key& key, PageRequest page,
                            const state::AsOf& as_of,
                            const std::function<bool(const Row&)>& keep_now,
                            const std::function<bool(const Row&)>& keep_then) {
  page.scan_budget = std::min(page.scan_budget, kAsOfScanBudget);
  std::vector<Row> then;
  auto rows = table.list(view, index, key, page, [&](const Row& row) {
    if (keep_now && !keep_now(row)) return false;
    auto was = find_as_of(view, row, as_of);
    if (!was || !keep_then(*was)) return false;
    then.push_back(std::move(*was));
    return true;
  });
  if (rows) rows->rows = std::move(then);
  return rows;
}

// Posts and memberships: what their orders and filters are made of never changes, so the index
// holds for any time, and `keep` needs no history.
template <class Row, class Filter>
Result<Page<Row>> list_as_of(const state::Table<Row>& table, const state::View& view,
                             std::uint8_t index, const Key& key, PageRequest page,
                             const Filter& filter, const std::function<bool(const Row&)>& keep) {
  const auto in_force = [&](const Row& row) {
    return !filter.in_force_at || roster::in_force(row, *filter.in_force_at);
  };
  if (filter.as_of.is_now()) {
    return table.list(view, index, key, page,
                      [&](const Row& row) { return in_force(row) && keep(row); });
  }
  return list_then<Row>(table, view, index, key, std::move(page), filter.as_of, keep, in_force);
}

void clear_sealed(v1::PersonRecord* person) {
  person->clear_sealed_name();
  person->clear_sealed_phone();
  person->clear_sealed_identity_number();
  person->clear_sealed_address();
  person->clear_key_ids();
}

void clear_sealed(v1::MembershipEvent* event) {
  if (event->has_county_created()) {
    for (auto& person : *event->mutable_county_created()->mutable_people()) clear_sealed(&person);
  } else if (event->has_person_registered()) {
    clear_sealed(event->mutable_person_registered()->mutable_person());
  } else if (event->has_person_updated()) {
    clear_sealed(event->mutable_person_updated()->mutable_person());
  } else if (event->has_person_erased()) {
    event->mutable_person_erased()->clear_key_ids();
  }
}

}  // namespace

Refused check_reader(const state::View& view, const roster::Standing& standing) {
  if (auto no = check_county(view, standing.county())) return no;
  if (standing.is_known()) return std::nullopt;
  return deny("查阅本县名册", "read the roster of this county", "只有本县名册中的人员可以查阅。",
              "only those in the county's roster may");
}

Sight sight_of(const roster::Standing& standing, const v1::PersonRecord& person) {
  if (standing.is_known() && standing.person().str() == person.person_id()) return Sight::kOwn;
  if (keeps_roster(standing)) return Sight::kKept;
  if (person.public_name().empty() && standing.is_village_cadre(person.organisation_id())) {
    return Sight::kKept;
  }
  if (standing.is_auditor()) return Sight::kMasked;
  return person.public_name().empty() ? Sight::kNothing : Sight::kPublic;
}

bool sees(const state::View& view, const roster::Standing& standing, const v1::Post& post) {
  return roster::is_public(post.role()) || sees_person(view, standing, post.person_id());
}

bool sees(const state::View& view, const roster::Standing& standing, const v1::HistoryRow& row) {
  const auto& event = row.event();
  if (event.has_person_registered()) {
    const auto& person = event.person_registered().person();
    return !person.public_name().empty() || sees_person(view, standing, person.person_id());
  }
  if (event.has_person_updated()) {
    return sees_person(view, standing, event.person_updated().person().person_id());
  }
  if (event.has_post_appointed()) return sees(view, standing, event.post_appointed().post());
  if (event.has_post_ended()) {
    return roster::is_public(event.post_ended().role()) ||
           sees_person(view, standing, event.post_ended().person_id());
  }
  if (event.has_person_erased()) return keeps_roster(standing) || standing.is_auditor();
  if (event.has_contact_revealed()) return sees(standing, event.contact_revealed());
  return true;
}

Result<Page<v1::Organisation>> list_organisations(const state::View& view, const CountyId& county,
                                                  const OrganisationFilter& filter,
                                                  const PageRequest& page) {
  const bool narrowed = filter.parent_id || filter.kind != v1::ORGANISATION_KIND_UNSPECIFIED;
  if (filter.by_name && (narrowed || filter.include_dissolved || !filter.as_of.is_now())) {
    return fail(to_error(refuse_field(
        "order",
        "按名称排序（NAME）不能与上级、类别、已撤销组织或回溯时刻的条件同用。请去掉其中之一。",
        "the order NAME goes without parent_id, kind, include_dissolved and a time as of which; "
        "leave one out")));
  }
  const auto keep = [&](const v1::Organisation& row) {
    if (filter.parent_id && row.parent_id() != *filter.parent_id) return false;
    if (filter.kind != v1::ORGANISATION_KIND_UNSPECIFIED && row.kind() != filter.kind) return false;
    return row.name().find(filter.text) != std::string::npos;
  };
  const auto& table = roster::organisations();
  auto key = county_key(county);
  if (!filter.as_of.is_now()) {
    // Name, place and being were others then, so no index of today's will do.
    return list_then<v1::Organisation>(
        table, view, roster::kOrganisationsEver, key, page, filter.as_of, {},
        [&](const v1::Organisation& row) {
          return keep(row) && (filter.include_dissolved || roster::is_in_being(row));
        });
  }
  if (filter.include_dissolved)
    return table.list(view, roster::kOrganisationsEver, key, page, keep);
  if (filter.by_name) return table.list(view, roster::kOrganisationsByName, key, page, keep);
  if (filter.parent_id) {
    return table.list(view, roster::kOrganisationsByParent, key.add(*filter.parent_id), page, keep);
  }
  if (narrowed) {
    return table.list(view, roster::kOrganisationsByKind, key.add(filter.kind), page, keep);
  }
  return table.list(view, roster::kOrganisationsById, key, page, keep);
}

Result<Page<v1::PersonRecord>> list_people(const state::View& view,
                                           const roster::Standing& standing,
                                           const std::string& organisation_id,
                                           const PageRequest& page) {
  const auto keep = [&](const v1::PersonRecord& row) {
    return sight_of(standing, row) != Sight::kNothing;
  };
  auto key = county_key(standing.county());
  if (organisation_id.empty()) {
    return roster::people().list(view, roster::kPeopleById, key, page, keep);
  }
  return roster::people().list(view, roster::kPeopleByOrganisation, key.add(organisation_id), page,
                               keep);
}

Result<Page<v1::Post>> list_posts(const state::View& view, const roster::Standing& standing,
                                  const PostFilter& filter, const PageRequest& page) {
  const bool any_role = filter.role == v1::POST_ROLE_UNSPECIFIED;
  const auto keep = [&](const v1::Post& row) {
    if (!filter.person_id.empty() && row.person_id() != filter.person_id) return false;
    if (!filter.organisation_id.empty() && row.organisation_id() != filter.organisation_id) {
      return false;
    }
    if (!any_role && row.role() != filter.role) return false;
    return sees(view, standing, row);
  };
  const auto list = [&](std::uint8_t index, const Key& key) {
    return list_as_of<v1::Post>(roster::posts(), view, index, key, page, filter, keep);
  };
  auto key = county_key(standing.county());
  if (!filter.person_id.empty()) return list(roster::kPostsByPerson, key.add(filter.person_id));
  const auto index =
      filter.organisation_id.empty() ? roster::kPostsByRole : roster::kPostsByOrganisation;
  if (!filter.organisation_id.empty()) key.add(filter.organisation_id);
  // Both orders lead with the role, so one role is a shorter range of either.
  if (!any_role) key.add(filter.role);
  return list(index, key);
}

Result<Page<v1::Membership>> list_memberships(const state::View& view, const CountyId& county,
                                              const MembershipFilter& filter,
                                              const PageRequest& page) {
  const bool any_role = filter.role == v1::MEMBERSHIP_ROLE_UNSPECIFIED;
  const auto keep = [&](const v1::Membership& row) {
    if (!filter.alliance_id.empty() && row.alliance_id() != filter.alliance_id) return false;
    return any_role || row.role() == filter.role;
  };
  const auto list = [&](std::uint8_t index, const Key& key) {
    return list_as_of<v1::Membership>(roster::memberships(), view, index, key, page, filter, keep);
  };
  auto key = county_key(county);
  if (!filter.organisation_id.empty()) {
    return list(roster::kMembershipsByOrganisation, key.add(filter.organisation_id));
  }
  const auto index =
      filter.alliance_id.empty() ? roster::kMembershipsByRole : roster::kMembershipsByAlliance;
  if (!filter.alliance_id.empty()) key.add(filter.alliance_id);
  if (!any_role) key.add(filter.role);
  return list(index, key);
}

Result<Page<v1::RevealRow>> list_reveals(const state::View& view, const roster::Standing& standing,
                                         RevealFilter filter, const PageRequest& page) {
  if (!sees_all_reveals(standing) && filter.person_id.empty()) {
    filter.by_person_id = standing.person().str();
  }
  const auto keep = [&](const v1::RevealRow& row) {
    if (!filter.by_person_id.empty() && row.reveal().by_person_id() != filter.by_person_id) {
      return false;
    }
    return sees(standing, row.reveal());
  };
  auto key = county_key(standing.county());
  if (!filter.person_id.empty()) {
    return reveals().list(view, kRevealsByPerson, key.add(filter.person_id), page, keep);
  }
  if (!filter.by_person_id.empty()) {
    return reveals().list(view, kRevealsByViewer, key.add(filter.by_person_id), page, keep);
  }
  return reveals().list(view, kRevealsByTime, key, page, keep);
}

Refused check_reads_looks(const roster::Standing& standing) {
  if (standing.is_county_officer() || standing.is_auditor()) return std::nullopt;
  return deny("查看审计查阅记录", "see what audit was shown", "仅限县级主管办公室和审计人员。",
              "only the county's office and audit may");
}

Result<Page<v1::HistoryRow>> list_looks(const state::View& view, const CountyId& county,
                                        const PageRequest& page) {
  return history().list(view, kHistoryBySubject, county_key(county).add(kAuditLooks), page);
}

std::string whom_it_shows(const v1::MembershipEvent& event) {
  if (event.has_person_registered()) {
    const auto& person = event.person_registered().person();
    return person.public_name().empty() ? person.person_id() : std::string();
  }
  if (event.has_person_updated()) return event.person_updated().person().person_id();
  if (event.has_person_erased()) return event.person_erased().person_id();
  if (event.has_contact_revealed()) return event.contact_revealed().person_id();
  if (event.has_post_appointed()) {
    const auto& post = event.post_appointed().post();
    return roster::is_public(post.role()) ? std::string() : post.person_id();
  }
  if (event.has_post_ended() && !roster::is_public(event.post_ended().role())) {
    return event.post_ended().person_id();
  }
  return {};
}

bool is_subject(std::string_view text) {
  return std::any_of(kSubjects.begin(), kSubjects.end(), [&](std::string_view kind) {
    return text.starts_with(kind) && text.size() > kind.size() &&
           text.find('/', kind.size()) == text.npos;
  });
}

Result<Page<v1::HistoryRow>> list_history(const state::View& view, const roster::Standing& standing,
                                          const std::string& subject, const PageRequest& page) {
  auto rows =
      history().list(view, kHistoryBySubject, county_key(standing.county()).add(subject), page,
                     [&](const v1::HistoryRow& row) { return sees(view, standing, row); });
  if (!rows) return rows;
  for (auto& row : rows->rows) clear_sealed(row.mutable_event());
  return rows;
}

}  // namespace lianmeng::membership::queries
