#include "membership/domain/as_of.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "membership/domain/tables.h"
#include "membership/projection/evolve.h"
#include "membership/projection/roster.h"
#include "membership/projection/roster_tables.h"
#include "platform/base/assert.h"

namespace lianmeng::membership {
namespace {

template <class Rows, class IsIt, class Row>
void take(const Rows& rows, const IsIt& is_it, std::optional<Row>& into) {
  for (const auto& row : rows) {
    if (is_it(row)) into = row;
  }
}

void fold(const v1::MembershipEvent& event, const std::string& id,
          std::optional<v1::Organisation>& row) {
  if (event.has_county_created()) {
    take(
        event.county_created().organisations(),
        [&](const auto& one) { return one.organisation_id() == id; }, row);
  } else if (event.has_organisation_created()) {
    row = event.organisation_created().organisation();
  } else if (event.has_organisation_updated()) {
    row = event.organisation_updated().organisation();
  } else if (event.has_organisation_moved() && row) {
    roster::evolve(*row, event.organisation_moved());
  } else if (event.has_organisation_dissolved() && row) {
    roster::evolve(*row, event.organisation_dissolved());
  }
}

void fold(const v1::MembershipEvent& event, const std::string& id, std::optional<v1::Post>& row) {
  const auto is_it = [&](const auto& one) { return one.post_id() == id; };
  if (event.has_county_created()) {
    take(event.county_created().posts(), is_it, row);
  } else if (event.has_person_registered()) {
    take(event.person_registered().posts(), is_it, row);
  } else if (event.has_post_appointed()) {
    row = event.post_appointed().post();
  } else if (event.has_post_ended() && row) {
    roster::evolve(*row, event.post_ended());
  } else if (event.has_person_erased() && row) {
    for (const auto& ended : event.person_erased().ended_posts()) {
      if (is_it(ended)) roster::evolve(*row, ended);
    }
  }
}

void fold(const v1::MembershipEvent& event, const std::string&,
          std::optional<v1::Membership>& row) {
  if (event.has_membership_added()) {
    row = event.membership_added().membership();
  } else if (event.has_membership_ended() && row) {
    roster::evolve(*row, event.membership_ended());
  }
}

// A person while it is folded: posts may be known of who has no record yet.
struct Life {
  std::optional<v1::PersonRecord> record;
  std::vector<v1::Post> posts;

  void end(const v1::PostEnded& event) {
    for (auto& post : posts) {
      if (post.post_id() == event.post_id()) roster::evolve(post, event);
    }
  }
};

void fold(const v1::MembershipEvent& event, const std::string& id, Life& life) {
  const auto of_person = [&](const auto& row) { return row.person_id() == id; };
  const auto add = [&](const auto& posts) {
    std::copy_if(posts.begin(), posts.end(), std::back_inserter(life.posts), of_person);
  };
  if (event.has_county_created()) {
    take(event.county_created().people(), of_person, life.record);
    add(event.county_created().posts());
  } else if (event.has_person_registered()) {
    life.record = event.person_registered().person();
    add(event.person_registered().posts());
  } else if (event.has_person_updated()) {
    life.record = event.person_updated().person();
  } else if (event.has_post_appointed()) {
    life.posts.push_back(event.post_appointed().post());
    roster::evolve(life.record, event.post_appointed());
  } else if (event.has_post_ended()) {
    life.end(event.post_ended());
  } else if (event.has_person_erased()) {
    for (const auto& ended : event.person_erased().ended_posts()) life.end(ended);
    if (life.record) roster::evolve(*life.record, event.person_erased());
  }
}

// Since when an event counts for a thing: since it happened, or since the earliest date that it
// gives to a post or a membership of that thing, where that lies before. A post of March that was
// entered in July was held in May, and one that was ended in July as of June was not held in
// mid-June; an end that is still to come counts from the day on which it was said.
class Begin {
 public:
  Begin(const v1::MembershipEvent& event, Time effective) : event_(event), time_(effective) {}

  // `concerns` says of which posts and memberships the thing consists.
  template <class Concerns>
  Time of(const Concerns& concerns) {
    for (const auto& post : event_.county_created().posts()) from(post, concerns);
    for (const auto& post : event_.person_registered().posts()) from(post, concerns);
    if (event_.has_post_appointed()) from(event_.post_appointed().post(), concerns);
    if (event_.has_post_ended()) until(event_.post_ended(), concerns);
    for (const auto& ended : event_.person_erased().ended_posts()) until(ended, concerns);
    if (event_.has_membership_added()) from(event_.membership_added().membership(), concerns);
    if (event_.has_membership_ended()) until(event_.membership_ended(), concerns);
    return time_;
  }

 private:
  template <class Row, class Concerns>
  void from(const Row& row, const Concerns& concerns) {
    if (concerns(row)) time_ = std::min(time_, state::from_proto(row.from_time()));
  }
  template <class Ended, class Concerns>
  void until(const Ended& ended, const Concerns& concerns) {
    if (concerns(ended)) time_ = std::min(time_, state::from_proto(ended.until_time()));
  }

  const v1::MembershipEvent& event_;
  Time time_;
};

Time begin_of(const v1::MembershipEvent&, Time effective, const std::string&,
              const std::optional<v1::Organisation>&) {
  return effective;
}
Time begin_of(const v1::MembershipEvent& event, Time effective, const std::string& id,
              const std::optional<v1::Post>&) {
  return Begin(event, effective).of([&](const auto& row) {
    if constexpr (requires { row.post_id(); }) return row.post_id() == id;
    return false;
  });
}
Time begin_of(const v1::MembershipEvent& event, Time effective, const std::string& id,
              const std::optional<v1::Membership>&) {
  return Begin(event, effective).of([&](const auto& row) {
    if constexpr (requires { row.membership_id(); }) return row.membership_id() == id;
    return false;
  });
}
Time begin_of(const v1::MembershipEvent& event, Time effective, const std::string& id,
              const Life&) {
  return Begin(event, effective).of([&](const auto& row) {
    if constexpr (requires { row.person_id(); }) return row.person_id() == id;
    return false;
  });
}

// When a thing was first heard of: recorded, effective.
using First = std::pair<Time, Time>;

// Folds what counts of a thing's history, in the order of the log.
template <class Into>
First fold_history(const state::View& view, const CountyId& county, const std::string& subject,
                   std::uint8_t index, const std::string& id, const state::AsOf& as_of,
                   Into& into) {
  std::optional<First> first;
  roster::each<v1::HistoryRow>(history(), view, index, state::Key{}.add(county.str()).add(subject),
                               [&](const v1::HistoryRow& entry) {
                                 const auto recorded = state::from_proto(entry.recorded_time());
                                 const auto effective =
                                     begin_of(entry.event(),
                                              state::from_proto(entry.effective_time()), id, into);
                                 if (!first) first = {recorded, effective};
                                 if (as_of.covers(recorded, effective)) {
                                   fold(entry.event(), id, into);
                                 }
                                 return true;
                               });
  LM_ASSERT(first.has_value(), "membership: {} has no history", subject);
  return *first;
}

template <class Row>
Result<Row> row_as_of(const state::View& view, const CountyId& county, const std::string& subject,
                      std::uint8_t index, const std::string& id, const state::AsOf& as_of,
                      std::string_view zh, std::string_view en) {
  std::optional<Row> row;
  const auto [recorded, effective] = fold_history(view, county, subject, index, id, as_of, row);
  if (row) return std::move(*row);
  return fail(to_error(state::nothing_then({zh, en, id}, recorded, effective)));
}

}  // namespace

Result<v1::Organisation> organisation_as_of(const state::View& view, const CountyId& county,
                                            const std::string& organisation_id,
                                            const state::AsOf& as_of) {
  return row_as_of<v1::Organisation>(view, county, organisation_subject(organisation_id),
                                     kHistoryOfOrganisation, organisation_id, as_of, "组织",
                                     "organisation");
}

Result<v1::Post> post_as_of(const state::View& view, const CountyId& county,
                            const std::string& post_id, const state::AsOf& as_of) {
  return row_as_of<v1::Post>(view, county, post_subject(post_id), kHistoryBySubject, post_id, as_of,
                             "任职", "post");
}

Result<v1::Membership> membership_as_of(const state::View& view, const CountyId& county,
                                        const std::string& membership_id,
                                        const state::AsOf& as_of) {
  return row_as_of<v1::Membership>(view, county, membership_subject(membership_id),
                                   kHistoryBySubject, membership_id, as_of, "成员关系",
                                   "membership");
}

Result<PersonThen> person_as_of(const state::View& view, const CountyId& county,
                                const std::string& person_id, const state::AsOf& as_of) {
  Life life;
  const auto [recorded, effective] = fold_history(view, county, person_subject(person_id),
                                                  kHistoryBySubject, person_id, as_of, life);
  if (!life.record) {
    return fail(to_error(state::nothing_then({"人员", "person", person_id}, recorded, effective)));
  }
  const auto today = roster::person(view, county, PersonId(person_id));
  if (today && roster::is_erased(*today)) roster::clear_personal(*life.record);
  return PersonThen{std::move(*life.record), std::move(life.posts)};
}

std::optional<v1::Organisation> find_as_of(const state::View& view,
                                           const v1::Organisation& organisation,
                                           const state::AsOf& as_of) {
  std::optional<v1::Organisation> then;
  const auto& id = organisation.organisation_id();
  fold_history(view, CountyId(organisation.county()), organisation_subject(id),
               kHistoryOfOrganisation, id, as_of, then);
  return then;
}

std::optional<v1::Post> find_as_of(const state::View& view, const v1::Post& post,
                                   const state::AsOf& as_of) {
  std::optional<v1::Post> then;
  fold_history(view, CountyId(post.county()), post_subject(post.post_id()), kHistoryBySubject,
               post.post_id(), as_of, then);
  return then;
}

std::optional<v1::Membership> find_as_of(const state::View& view, const v1::Membership& membership,
                                         const state::AsOf& as_of) {
  std::optional<v1::Membership> then;
  fold_history(view, CountyId(membership.county()), membership_subject(membership.membership_id()),
               kHistoryBySubject, membership.membership_id(), as_of, then);
  return then;
}

}  // namespace lianmeng::membership
