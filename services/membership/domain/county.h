// Counties: the tenants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "membership/domain/checks.h"
#include "membership/domain/person.h"

namespace lianmeng::membership {

// By the operator alone, one event: the county, its office and its first people. Their posts are at
// the office, and one of them is a county officer's.
struct CreateCounty {
  std::string name;
  std::string short_name;
  std::string code;
  std::string office_name;
  std::vector<PersonDraft> people;
};

// What is not given stays.
struct UpdateCounty {
  std::optional<std::string> name;
  std::optional<std::string> short_name;
  std::optional<std::string> code;
};

Decision<Event> decide(const state::View&, const CreateCounty&, const DecideContext&);
Decision<Event> decide(const state::View&, const UpdateCounty&, const DecideContext&);

}  // namespace lianmeng::membership
