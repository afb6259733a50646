// People. Personal values come sealed already; a name comes both ways, and the decision keeps the
// plain one only of who holds a public post.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "membership/domain/checks.h"
#include "membership/domain/post.h"

namespace lianmeng::membership {

struct Name {
  std::string plain;
  v1::SealedValue sealed;
};

// Not set: not given.
struct PersonalValues {
  std::optional<v1::SealedValue> phone;
  std::optional<v1::SealedValue> identity_number;
  std::optional<v1::SealedValue> address;
};

struct PersonDraft {
  Name name;
  PersonalValues values;
  std::string organisation_id;  // Where the person lives or works; may be empty.
  std::vector<PostDraft> posts;
};

struct RegisterPerson {
  PersonDraft person;
};

// What is not given stays.
struct UpdatePerson {
  std::string person_id;
  std::optional<Name> name;
  PersonalValues values;
  std::optional<std::string> organisation_id;
};

Decision<Event> decide(const state::View&, const RegisterPerson&, const DecideContext&);
Decision<Event> decide(const state::View&, const UpdatePerson&, const DecideContext&);

// Writes the record of a draft: the plain name with a public post, else the sealed one.
Refused make_person(const DecideContext& context, const PersonDraft& draft,
                    const std::string& person_id, const std::string& path,
                    v1::PersonRecord* person);

// The county in a person's id; empty when it is none ("610524-p3").
std::string county_of_person(const std::string& person_id);

}  // namespace lianmeng::membership
