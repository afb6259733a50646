// The county that membership's tests begin with.
#pragma once

#include <string>

#include "membership/domain/county.h"
#include "membership/domain/organisation.h"
#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/fold.h"
#include "platform/testing/scenario.h"

namespace lianmeng::membership {

using testing::beijing;
using testing::Scenario;

inline const CountyId kHeyang{"610524"};
// Who the first people are.
inline const PersonId kOfficer{"610524-p1"};
inline const PersonId kCoordinator{"610524-p2"};

inline v1::SealedValue sealed(const std::string& what) {
  v1::SealedValue value;
  value.set_key_id("key-" + what);
  value.set_nonce("nonce-" + what);
  value.set_ciphertext("sealed-" + what);
  return value;
}

inline Name name(const std::string& plain) { return {plain, sealed(plain)}; }

inline PostDraft post_draft(const std::string& organisation, v1::PostRole role) {
  PostDraft draft;
  draft.organisation_id = organisation;
  draft.title = "职务";
  draft.role = role;
  return draft;
}

inline CreateCounty create_heyang() {
  CreateCounty command;
  command.name = "合阳县";
  command.short_name = "合阳";
  command.code = "610524";
  command.office_name = "县委组织部";
  PersonDraft officer;
  officer.name = name("王主任");
  officer.values.phone = sealed("phone");
  officer.posts.push_back(post_draft("", v1::POST_ROLE_COUNTY_OFFICER));
  PersonDraft coordinator;
  coordinator.name = name("李调度");
  coordinator.posts.push_back(post_draft("", v1::POST_ROLE_COORDINATOR));
  command.people = {officer, coordinator};
  return command;
}

inline CreateOrganisation create(const std::string& name, v1::OrganisationKind kind,
                                 const std::string& parent = {}) {
  CreateOrganisation command;
  command.name = name;
  command.kind = kind;
  command.parent_id = parent;
  return command;
}

// Of a person without posts.
inline RegisterPerson enter(const std::string& plain, const std::string& organisation = {}) {
  RegisterPerson command;
  command.person.name = name(plain);
  command.person.organisation_id = organisation;
  return command;
}

inline AppointPost appoint(const std::string& person, const std::string& plain,
                           const std::string& organisation, v1::PostRole role) {
  AppointPost command;
  command.person_id = person;
  command.name = plain;
  command.post = post_draft(organisation, role);
  return command;
}

// 合阳 with its office (o1), created on 1 June 2023; it is 28 June, 09:00, and the officer acts.
class County : public Scenario {
 public:
  County() : Scenario(membership_fold(), kHeyang) {
    at(beijing("2023-06-01 09:00")).by_operator().when(create_heyang()).accepted();
    at(beijing("2023-06-28 09:00")).by(kOfficer);
  }

  // Accepts a command and tells the id that it gave.
  template <class Command>
  std::string make(const Command& command) {
    when(command).accepted();
    if constexpr (std::is_same_v<Command, CreateOrganisation>) {
      return event<v1::OrganisationCreated>().organisation().organisation_id();
    } else if constexpr (std::is_same_v<Command, RegisterPerson>) {
      return event<v1::PersonRegistered>().person().person_id();
    } else if constexpr (std::is_same_v<Command, AppointPost>) {
      return event<v1::PostAppointed>().post().post_id();
    } else {
      return event<v1::MembershipAdded>().membership().membership_id();
    }
  }

  roster::Standing standing(const std::string& person) const {
    return roster::standing_of(view(), PersonId(person), kHeyang, now());
  }
};

}  // namespace lianmeng::membership
