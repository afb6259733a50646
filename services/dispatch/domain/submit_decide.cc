#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/submit.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;
namespace members = membership::v1;

namespace {

constexpr int kDuplicatesMax = 5;
constexpr int kDuplicatesLookedAt = 200;
constexpr double kSimilarEnough = 0.4;

bool is_village(const members::Organisation& organisation) {
  return organisation.kind() == members::ORGANISATION_KIND_VILLAGE ||
         organisation.kind() == members::ORGANISATION_KIND_COMMUNITY;
}

// Who asks, who records and where, once everything that was left out is filled in.
struct Asking {
  std::string organisation_id;
  std::string person_id;
  std::string village_id;
  std::string township_id;
};

// The one organisation that a caller acts for outside the groups; "" when there is none or several.
std::string acts_for(const roster::Standing& me) {
  std::string found;
  for (const auto& post : me.posts()) {
    switch (post.role()) {
      case members::POST_ROLE_VILLAGE_CADRE:
      case members::POST_ROLE_TOWNSHIP_OFFICER:
      case members::POST_ROLE_REPRESENTATIVE:
        if (!found.empty() && found != post.organisation_id()) return {};
        found = post.organisation_id();
        break;
      default:
        break;
    }
  }
  return found;
}

// The nearest village and township at or above an organisation.
void locate(const Desk& desk, const std::string& from, Asking& asking) {
  if (from.empty()) return;
  for (const auto& row : roster::lineage(desk.view(), desk.county(), from)) {
    if (asking.village_id.empty() && is_village(row)) asking.village_id = row.organisation_id();
    if (asking.township_id.empty() && row.kind() == members::ORGANISATION_KIND_TOWNSHIP) {
      asking.township_id = row.organisation_id();
    }
  }
}

Asking resolve(const Desk& desk, const SubmitDemand& command) {
  const auto& me = desk.me();
  Asking asking;
  asking.person_id = command.asker_person_id;
  asking.organisation_id = command.asker_organisation_id;
  // Who names a person asks for that person, not for the organisation.
  if (asking.organisation_id.empty() && asking.person_id.empty()) {
    asking.organisation_id =
        acts_for(desk.vouched() ? roster::standing_of(desk.view(), PersonId(desk.actor_person()),
                                                      desk.county(), desk.context().effective_time)
                                : me);
  }
  if (asking.person_id.empty()) {
    const bool own = asking.organisation_id.empty() || me.is_at(asking.organisation_id);
    if (own && !desk.vouched()) {
      asking.person_id = me.person().str();
    } else if (!desk.context().actor.on_behalf_of.empty()) {
      asking.person_id = desk.actor_person();
    } else {
      const auto people = roster::public_holders(desk.view(), desk.county(), asking.organisation_id,
                                                 desk.context().now);
      if (!people.empty()) asking.person_id = people.front().str();
    }
  }
  auto from = command.village_id.empty() ? asking.organisation_id : command.village_id;
  if (from.empty()) {
    const auto person = roster::person(desk.view(), desk.county(), PersonId(asking.person_id));
    if (person) from = person->organisation_id();
  }
  locate(desk, from, asking);
  return asking;
}

std::optional<Refusal> check_fields(const SubmitDemand& command) {
  if (auto no = first_of(check_given("title", command.title),
                         check_enum("kind", command.kind, v1::DemandKind_IsValid(command.kind)))) {
    return no;
  }
  if (command.urgency != v1::URGENCY_UNSPECIFIED) {
    return check_enum("urgency", command.urgency, v1::Urgency_IsValid(command.urgency));
  }
  return std::nullopt;
}

std::optional<Refusal> check_known(const Desk& desk, const SubmitDemand& command) {
  for (const auto& id : {command.asker_organisation_id, command.village_id}) {
    if (id.empty()) continue;
    const auto row = roster::organisation(desk.view(), desk.county(), id);
    if (!row || !roster::is_in_being(*row)) {
      return refuse(kOrganisationUnknown, {{"organisation", id}});
    }
    if (id == command.village_id && !is_village(*row)) {
      return refuse_field("village_id", fmt::format("{} 不是村或社区", desk.named(id)),
                          fmt::format("{} is no village or community", id));
    }
  }
  for (const auto& id : {command.asker_person_id, command.callback_person_id}) {
    if (id.empty()) continue;
    if (auto no = desk.need_person(id)) return no;
  }
  if (!command.found_by_group_id.empty()) {
    return desk.need_group(command.found_by_group_id, "found_by_group_id");
  }
  return std::nullopt;
}

// Own, for one's people, found by one's group, or recorded by the alliance's office.
std::optional<Refusal> check_may(const Desk& desk, const SubmitDemand& command,
                                 const Asking& asking) {
  if (desk.vouched()) return std::nullopt;
  const auto& me = desk.me();
  if (auto no = desk.need(me.is_known(), "点单", "本县名册中没有您",
                          "the county's roster does not have you")) {
    return no;
  }
  if (auto no = desk.need(!desk.only_reads(), "点单", "审计和市级人员只可查阅",
                          "audit and the city only read")) {
    return no;
  }
  const bool for_all = me.is_coordinator() || me.is_county_officer();
  if (!command.found_by_group_id.empty()) {
    return desk.need(me.is_group_member(command.found_by_group_id), "以小组名义点单",
                     "您不是该小组成员", "you do not belong to that group");
  }
  if (!asking.organisation_id.empty()) {
    return desk.need(for_all || me.covers(asking.organisation_id), "替该单位点单", "您不代表该单位",
                     "you do not act for that organisation");
  }
  const bool own = asking.person_id == me.person().str();
  const auto person = roster::person(desk.view(), desk.county(), PersonId(asking.person_id));
  const bool mine =
      person && !person->organisation_id().empty() && me.covers(person->organisation_id());
  return desk.need(own || mine || for_all, "替该人点单", "该人不在您所代表的村（社区）或单位",
                   "that person is not at an organisation that you act for");
}

std::set<std::string> pairs_of(std::string_view title) {
  // Pairs of neighbouring characters; blanks and marks of ASCII say nothing.
  std::vector<std::string_view> characters;
  for (std::size_t at = 0; at < title.size();) {
    const auto lead = static_cast<unsigned char>(title[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const auto character = title.substr(at, size);
    at += size;
    if (size == 1 && !std::isalnum(lead)) continue;
    characters.push_back(character);
  }
  std::set<std::string> pairs;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) {
    pairs.insert(std::string(characters[i]).append(characters[i + 1]));
  }
  return pairs;
}

// Dice's coefficient.
double similarity(const std::set<std::string>& a, const std::set<std::string>& b) {
  if (a.empty() || b.empty()) return 0;
  const auto both = static_cast<double>(
      std::count_if(a.begin(), a.end(), [&](const auto& pair) { return b.contains(pair); }));
  return 2 * both / static_cast<double>(a.size() + b.size());
}

}  // namespace

Decision<v1::DispatchEvent> decide(const state::View& view, const SubmitDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  const auto county = roster::county(view, context.county);
  if (!county) return refuse(kCountyUnknown, {{"county", context.county.str()}});
  if (auto no = desk.check_import()) return *no;
  if (auto no = check_fields(command)) return *no;
  if (auto no = check_known(desk, command)) return *no;
  const auto asking = resolve(desk, command);
  if (auto no = check_may(desk, command, asking)) return *no;
  if (asking.organisation_id.empty() && asking.person_id.empty()) {
    return refuse_field("asker_organisation_id", "请填写诉求单位或诉求人",
                        "say which organisation or person asks");
  }

  const auto day = to_string(local_day(context.effective_time));  // 2023-06-28
  const auto digits = day.substr(2, 2) + day.substr(5, 2) + day.substr(8, 2);
  const auto serial = kDaySerials.get(view, demand_key(context.county, digits)) + 1;

  v1::DispatchEvent out;
  auto& event = *out.mutable_demand_submitted();
  event.set_demand_id(fmt::format("{}-{:03}", digits, serial));
  event.set_number(fmt::format("{}-{}", county->short_name(), event.demand_id()));
  event.set_serial(static_cast<std::uint32_t>(serial));
  event.set_title(command.title);
  event.set_detail(command.detail);
  event.set_kind(command.kind);
  event.set_urgency(command.urgency == v1::URGENCY_UNSPECIFIED ? v1::URGENCY_ORDINARY
                                                               : command.urgency);
  // Setting a field to nothing would allocate all the same.
  if (!command.industry.empty()) event.set_industry(command.industry);
  event.set_asker_organisation_id(asking.organisation_id);
  event.set_asker_person_id(asking.person_id);
  event.set_recorder_person_id(desk.me().person().str());
  event.set_callback_person_id(command.callback_person_id.empty() ? asking.person_id
                                                                  : command.callback_person_id);
  event.set_village_id(asking.village_id);
  event.set_township_id(asking.township_id);
  if (!command.found_by_group_id.empty()) event.set_found_by_group_id(command.found_by_group_id);
  // What is imported was routed by those who acted then.
  if (!context.imported) {
    auto rule = matching_rule_id(view, context.county, event);
    if (!rule.empty()) event.set_rule_id(std::move(rule));
  }
  const CountyClocks clocks(view, context.county);
  *event.mutable_clocks() =
      clocks.replace({},
                     clocks.counting().submitted(limit_class_of(event.kind(), event.urgency()),
                                                 context.effective_time),
                     context);
  event.set_history(context.imported);
  return out;
}

std::vector<v1::DemandRow> likely_duplicates(const state::View& view, const SubmitDemand& command,
                                             const DecideContext& context,
                                             std::string_view own_demand_id) {
  const Desk desk(view, context);
  const auto asking = resolve(desk, command);
  // A list of those that the caller may see anyway; what audit sees is on record, and this is not.
  const auto scopes = scopes_of(desk.me(), Sight::kActing);
  const auto place = asking.village_id.empty() ? asking.organisation_id : asking.village_id;
  if (place.empty()) return {};
  const auto wanted = pairs_of(command.title);

  state::PageRequest request;
  request.page_size = kDuplicatesLookedAt;
  request.scan_budget = kDuplicatesLookedAt;
  std::vector<std::pair<double, v1::DemandRow>> found;
  const auto filters = of_states(context.county, organisation_scope(place), open_states());
  const auto page =
      demands().list(view, kDemandsByState, filters, request, [&](const v1::DemandRow& row) {
        if (row.kind() != command.kind || !sees(scopes, row) || row.demand_id() == own_demand_id) {
          return false;
        }
        const auto alike = similarity(wanted, pairs_of(row.title()));
        if (alike >= kSimilarEnough) found.emplace_back(alike, row);
        return false;
      });
  LM_ASSERT(page.has_value());
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<v1::DemandRow> rows;
  for (auto& [alike, row] : found) {
    if (static_cast<int>(rows.size()) == kDuplicatesMax) break;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lianmeng::dispatch
