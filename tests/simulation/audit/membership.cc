#include "simulation/audit/membership.h"

#include <string>
#include <utility>

#include "lianmeng/membership/v1/membership_events.pb.h"

namespace lianmeng::simulation {

namespace mv = membership::v1;

namespace {

// What the events have told so far.
class Roster {
 public:
  explicit Roster(Findings& findings) : findings_(findings) {}

  void step(const Fact& fact, const mv::MembershipEvent& event) {
    expect(counties_.contains(fact.county) != event.has_county_created(), fact,
           "a county is created first, and once");
    switch (event.event_case()) {
      case mv::MembershipEvent::kCountyCreated:
        create(fact, event.county_created());
        break;
      case mv::MembershipEvent::kOrganisationCreated: {
        const auto& row = event.organisation_created().organisation();
        expect(is_new(fact, row.organisation_id()), fact, "an organisation's id twice");
        expect(row.parent_id().empty() || knows(fact, row.parent_id()), fact, "below nothing");
        break;
      }
      case mv::MembershipEvent::kPersonRegistered: {
        const auto& registered = event.person_registered();
        expect(is_new(fact, registered.person().person_id()), fact, "a person's id twice");
        for (const auto& row : registered.posts()) appoint(fact, row);
        break;
      }
      case mv::MembershipEvent::kPostAppointed:
        appoint(fact, event.post_appointed().post());
        break;
      case mv::MembershipEvent::kPostEnded:
        end_post(fact, event.post_ended().post_id());
        break;
      case mv::MembershipEvent::kPersonUpdated:
        is_there(fact, event.person_updated().person().person_id());
        break;
      case mv::MembershipEvent::kContactRevealed:
        is_there(fact, event.contact_revealed().person_id());
        break;
      case mv::MembershipEvent::kPersonErased:
        erase(fact, event.person_erased());
        break;
      default:
        break;
    }
  }

  Appointed take_appointed() { return std::move(appointed_); }

 private:
  void expect(bool right, const Fact& fact, const std::string& what) {
    findings_.expect(right, fact, what);
  }
  bool is_new(const Fact& fact, const std::string& id) {
    return ids_.emplace(fact.county, id).second;
  }
  bool knows(const Fact& fact, const std::string& id) const {
    return ids_.contains({fact.county, id});
  }
  void is_there(const Fact& fact, const std::string& person) {
    expect(!erased_.contains({fact.county, person}), fact, "of a person who was erased");
  }

  void create(const Fact& fact, const mv::CountyCreated& e) {
    counties_.insert(fact.county);
    for (const auto& row : e.organisations()) ids_.emplace(fact.county, row.organisation_id());
    for (const auto& row : e.people()) ids_.emplace(fact.county, row.person_id());
    for (const auto& row : e.posts()) appoint(fact, row);
  }

  void appoint(const Fact& fact, const mv::Post& post) {
    is_there(fact, post.person_id());
    expect(is_new(fact, post.post_id()), fact, "a post's id twice");
    expect(knows(fact, post.person_id()), fact, "a post of nobody");
    expect(knows(fact, post.organisation_id()), fact, "a post nowhere");
    appointed_.emplace(fact.county, post.organisation_id() + ' ' + post.person_id());
  }

  void end_post(const Fact& fact, const std::string& post) {
    expect(knows(fact, post), fact, "no such post");
    expect(ended_.emplace(fact.county, post).second, fact, "ended twice");
  }

  void erase(const Fact& fact, const mv::PersonErased& e) {
    is_there(fact, e.person_id());
    expect(knows(fact, e.person_id()), fact, "nobody was erased");
    expect(!e.key_ids().empty(), fact, "no key is named");
    erased_.emplace(fact.county, e.person_id());
    for (const auto& row : e.ended_posts()) end_post(fact, row.post_id());
  }

  Findings& findings_;
  std::set<std::string> counties_;
  std::set<Named> ids_;
  std::set<Named> ended_;
  std::set<Named> erased_;
  Appointed appointed_;
};

}  // namespace

Appointed check_membership(const std::vector<Fact>& facts, Findings& findings) {
  Roster roster(findings);
  for (const auto& fact : facts) {
    mv::MembershipEvent event;
    if (parse(fact, event)) roster.step(fact, event);
  }
  return roster.take_appointed();
}

}  // namespace lianmeng::simulation
