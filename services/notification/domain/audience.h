// Turns "whom a rule means" into people, by the posts in force.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notification/domain/tables.h"
#include "platform/base/time.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// Who must act now.
enum class Holder { kNobody, kCoordinators, kOfferedHeads, kHandler, kLeadHead, kAsker };

// What a notice says of a demand and whom it concerns.
struct Demand {
  std::string demand_id;
  std::string number;
  std::string title;
  std::string kind;     // As rules name it.
  std::string urgency;  // Likewise.
  std::string asker_person_id;
  std::string asker_organisation_id;
  std::string recorder_person_id;
  std::string village_id;
  std::vector<std::string> offered_group_ids;  // Empty once a group leads.
  std::string lead_group_id;
  std::vector<std::string> helper_group_ids;
  std::string handler_person_id;
  std::string found_by_group_id;
};

// Something that happened to a demand: what rules are asked about.
struct Happening {
  v1::Trigger trigger = v1::TRIGGER_UNSPECIFIED;
  Demand demand;  // As it stands after it.
  Holder holder = Holder::kNobody;
  std::vector<std::string> concerned_group_ids;
  std::vector<std::string> next_person_ids;
  int level = 0;
  bool poorly_rated = false;
  std::vector<std::string> by_person_ids;    // Who did it: they need not be told.
  std::vector<v1::VariableValue> variables;  // Beside those of the demand itself.
  Time happened{};
};

// People named one by one, and posts whose holders are meant.
struct Recipients {
  std::vector<std::string> person_ids;
  std::vector<v1::MailingSource> sources;
};

Recipients recipients_of(const state::View& view, const CountyId& county,
                         const v1::Audience& audience, const Happening& happening, Time at);

// The people of a source at a time, each once; nothing when they are more than `limit`. Reads a
// bounded number of rows in either case.
std::optional<std::vector<std::string>> expand(const state::View& view, const CountyId& county,
                                               const v1::MailingSource& source, Time at,
                                               std::size_t limit);
// Whether a person is one of them.
bool is_meant(const state::View& view, const CountyId& county, const std::string& person_id,
              const v1::MailingSource& source, Time at);

}  // namespace lianmeng::notification
