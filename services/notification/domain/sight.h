// Who may see a demand now: nobody is told of what they may not see.
//
// The rule is dispatch's (domain/tables.h any_scope, domain/desk.cc scopes_of), asked of the roster
// as it is known here: the handler sees it as one of the leading group, and no longer;
// tests/permissions holds the two against each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "membership/projection/roster.h"
#include "notification/domain/audience.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// One demand, at one time. By what it is seen, beside posts that see the whole county, are its
// scopes: o:<organisation>, g:<group>, p:<person>; groups that are only offered it are among them.
// Lifetime: borrows the view, the county and the demand.
class Sight {
 public:
  Sight(const state::View& view, const CountyId& county, const Demand& demand, Time at);
  // Of a mailing, which kept the scopes.
  Sight(const state::View& view, const CountyId& county, std::vector<std::string> scopes, Time at);

  // By the posts in force. Nobody who was erased sees anything.
  bool is_open_to(const std::string& person_id) const;
  // The same of somebody whom an event of dispatch names. Who is not in the roster yet has just
  // been entered there: dispatch knew them, this roster is behind it.
  bool is_open_to_named(const std::string& person_id) const;

  // All of them; never none.
  std::vector<std::string> scopes() const;

 private:
  bool has(char kind, std::string_view id) const;
  bool is_open_to(const membership::roster::Standing& person) const;
  // Read for those alone who speak for an organisation that is none of the others.
  const std::string& township() const;

  const state::View& view_;
  const CountyId& county_;
  const Demand* demand_ = nullptr;
  Time at_;
  std::vector<std::string> scopes_;  // But the township's.
  mutable std::optional<std::string> township_;
};

// Whether groups see it that are only offered it: who asks is hidden from them.
bool is_only_offered(const Demand& demand);

}  // namespace lianmeng::notification
