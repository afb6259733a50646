#include "simulation/audit/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace lianmeng::simulation {

void check_requests(const Facts& all, Findings& findings) {
  for (const auto& [service, facts] : all) {
    std::set<std::string> requests;
    std::set<std::string> externals;
    std::map<std::string, std::uint64_t> causes;
    for (const auto& fact : facts) {
      if (!fact.request_id.empty()) {
        findings.expect(requests.insert(fact.county + fact.actor + fact.request_id).second, fact,
                        "one request twice");
      }
      if (!fact.external_id.empty() && fact.type != "RequestRefused") {
        findings.expect(externals.insert(fact.county + fact.external_id).second, fact,
                        "one external id twice");
      }
      if (!fact.cause) continue;
      auto& last = causes[fact.cause->service];
      findings.expect(last < fact.cause->sequence, fact,
                      "a cause was answered twice, or out of order");
      last = fact.cause->sequence;
      const auto cause = all.find(fact.cause->service);
      findings.expect(cause != all.end() && fact.cause->sequence <= cause->second.size(), fact,
                      "a cause that is no valid record");
    }
  }
}

void check_wish(const Wish& wish, const Facts& all, Findings& findings) {
  const auto& facts = all.at(wish.service);
  const auto wrong = [&](const std::string& what) {
    findings.add(fmt::format("{} {} {}: {}", wish.service, wish.name, wish.request_id, what));
  };
  const auto found = std::ranges::find_if(facts, [&](const Fact& fact) {
    return fact.request_id == wish.request_id && fact.type != "RequestRefused";
  });
  if (wish.refused || wish.validate_only) {
    if (found != facts.end()) wrong("refused or only validated, and in the log");
    return;
  }
  if (!wish.accepted || wish.accepted->subject.empty()) return;
  const auto sequence = wish.accepted->place.sequence;
  if (sequence == 0 || sequence > facts.size()) return wrong("acknowledged and not in the log");
  const auto& fact = facts[sequence - 1];
  const bool same = fact.request_id == wish.request_id ||
                    (!wish.external_id.empty() && fact.external_id == wish.external_id);
  if (!same) wrong("acknowledged with another's place");
  if (fact.subject != wish.accepted->subject) wrong("acknowledged with another subject");
}

}  // namespace lianmeng::simulation
