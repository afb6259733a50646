#include "dispatch/domain/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "dispatch/domain/reasons.h"
#include "dispatch/domain/working_time/calendar.h"
#include "platform/state/proto_time.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;

std::string demand_id_of(std::string_view number) {
  const auto last = number.rfind('-');
  if (last == number.npos || last == 0) return std::string(number);
  const auto before = number.rfind('-', last - 1);
  return std::string(before == number.npos ? number : number.substr(before + 1));
}

std::string_view name_zh(v1::DemandState state) {
  switch (state) {
    case v1::DEMAND_STATE_SUBMITTED:
      return "待派单";
    case v1::DEMAND_STATE_ROUTED:
      return "待接单";
    case v1::DEMAND_STATE_TAKEN:
      return "办理中";
    case v1::DEMAND_STATE_AWAITING_SIGNATURE:
      return "待签发";
    case v1::DEMAND_STATE_IN_AUDIT:
      return "待审核";
    case v1::DEMAND_STATE_AWAITING_RATING:
      return "待评价";
    case v1::DEMAND_STATE_IN_REVIEW:
      return "待复核";
    case v1::DEMAND_STATE_CLOSED:
      return "办结";
    case v1::DEMAND_STATE_DECLINED:
      return "不予受理";
    case v1::DEMAND_STATE_WITHDRAWN:
      return "已撤单";
    default:
      return "未知";
  }
}

std::string_view name_en(v1::DemandState state) {
  switch (state) {
    case v1::DEMAND_STATE_SUBMITTED:
      return "submitted";
    case v1::DEMAND_STATE_ROUTED:
      return "routed";
    case v1::DEMAND_STATE_TAKEN:
      return "taken";
    case v1::DEMAND_STATE_AWAITING_SIGNATURE:
      return "awaiting signature";
    case v1::DEMAND_STATE_IN_AUDIT:
      return "in audit";
    case v1::DEMAND_STATE_AWAITING_RATING:
      return "awaiting rating";
    case v1::DEMAND_STATE_IN_REVIEW:
      return "in review";
    case v1::DEMAND_STATE_CLOSED:
      return "closed";
    case v1::DEMAND_STATE_DECLINED:
      return "declined";
    case v1::DEMAND_STATE_WITHDRAWN:
      return "withdrawn";
    default:
      return "unknown";
  }
}

std::string wall_time(Time time) {
  const auto day = local_day(time);
  const auto minute =
      std::chrono::duration_cast<std::chrono::minutes>(time - at(day, std::chrono::minutes(0)));
  return fmt::format("{} {:02}:{:02}", to_string(day), minute.count() / 60, minute.count() % 60);
}

Desk::Desk(const state::View& view, const DecideContext& context)
    : view_(view),
      context_(context),
      me_(roster::standing_of(view, context.actor, context.county, context.now)) {}

const std::string& Desk::actor_person() const {
  return context_.imported && !context_.actor.on_behalf_of.empty() ? context_.actor.on_behalf_of
                                                                   : context_.actor.id;
}

bool Desk::only_reads() const {
  const auto& posts = me_.posts();
  return !posts.empty() && std::all_of(posts.begin(), posts.end(), [](const auto& post) {
    return post.role() == membership::v1::POST_ROLE_AUDITOR ||
           post.role() == membership::v1::POST_ROLE_CITY_OFFICER;
  });
}

std::optional<Refusal> Desk::check_import() const {
  if (!context_.imported || me_.is_county_officer() || me_.is_coordinator()) return std::nullopt;
  return need(false, "补录历史", "仅限县级主管办公室和调度员",
              "only the county office and coordinators import history");
}

std::optional<v1::DemandRow> Desk::find(std::string_view number) const {
  auto row = demands().find(view_, demand_key(county(), demand_id_of(number)));
  if (!row || !sees(scopes_of(me_, Sight::kActing), *row)) return std::nullopt;
  return row;
}

Refusal Desk::unknown(std::string_view number) const {
  const auto row = demands().find(view_, demand_key(county(), demand_id_of(number)));
  if (row && sees(scopes_of(me_), *row)) {
    return *need(false, "办理诉求", "审计人员只可查阅", "audit only reads");
  }
  return refuse(kDemandUnknown, {{"demand", std::string(number)}});
}

bool Desk::is_asker(const v1::DemandRow& row) const { return vouched() || asks(row); }

bool Desk::asks(const v1::DemandRow& row) const {
  if (me_.is_known() && row.asker_person_id() == me_.person().str()) return true;
  if (!row.asker_organisation_id().empty()) {
    return me_.is_at(row.asker_organisation_id()) && me_.covers(row.asker_organisation_id());
  }
  return !row.village_id().empty() && me_.is_village_cadre(row.village_id());
}

bool Desk::is_handler(const v1::DemandRow& row) const {
  if (vouched()) return true;
  return row.handler_person_id() == me_.person().str() && me_.is_group_member(row.lead_group_id());
}

bool Desk::leads(const v1::DemandRow& row) const {
  return vouched() || me_.is_group_member(row.lead_group_id());
}

bool Desk::is_head(const v1::DemandRow& row) const {
  return vouched() || me_.is_group_head(row.lead_group_id());
}

bool Desk::helps(const v1::DemandRow& row) const {
  return vouched() || std::any_of(row.helpers().begin(), row.helpers().end(), [&](const auto& h) {
           return h.state() == v1::HELPER_STATE_HELPING && me_.is_group_member(h.group_id());
         });
}

std::string Desk::own_group(const v1::DemandRow& row) const {
  return dispatch::own_group(me_, row);
}

std::optional<Refusal> Desk::need_state(const v1::DemandRow& row,
                                        const std::vector<v1::DemandState>& states) const {
  if (std::find(states.begin(), states.end(), row.state()) != states.end()) return std::nullopt;
  std::string zh;
  std::string en;
  for (const auto state : states) {
    zh += (zh.empty() ? "" : "、") + std::string(name_zh(state));
    en += (en.empty() ? "" : " or ") + std::string(name_en(state));
  }
  return refuse(kDemandStateUnfit, {{"demand", row.number()},
                                    {"state", std::string(name_zh(row.state()))},
                                    {"state_en", std::string(name_en(row.state()))},
                                    {"needed", zh},
                                    {"needed_en", en}});
}

std::optional<Refusal> Desk::need(bool may, std::string_view action, std::string_view who_zh,
                                  std::string_view who_en) const {
  if (may) return std::nullopt;
  return refuse(kPermissionDenied, {{"action", std::string(action)},
                                    {"why", std::string(who_zh)},
                                    {"why_en", std::string(who_en)}});
}

std::optional<Refusal> Desk::need_coordinator(const v1::DemandRow& row, std::string_view action,
                                              const std::vector<std::string>& others) const {
  if (vouched_by_office()) return std::nullopt;
  if (auto no = need(me_.is_coordinator(), action, "仅限联盟办调度员", "only a coordinator may")) {
    return no;
  }
  auto own = own_group(row);
  for (const auto& other : others) {
    if (own.empty() && me_.is_group_member(other)) own = other;
  }
  if (own.empty()) return std::nullopt;
  return refuse(kOwnGroup, {{"demand", row.number()}, {"group", named(own)}});
}

std::optional<Refusal> Desk::need_group(std::string_view group_id, std::string_view field) const {
  const auto group = roster::organisation(view_, county(), group_id);
  if (group && roster::is_in_being(*group) &&
      group->kind() == membership::v1::ORGANISATION_KIND_FUNCTIONAL_GROUP) {
    return std::nullopt;
  }
  if (group_id.empty()) {
    return refuse_field(std::string(field), "须填写小组编号", "give the id of a group");
  }
  return refuse(kGroupUnknown, {{"group", std::string(group_id)}});
}

std::optional<Refusal> Desk::need_person(const std::string& person_id) const {
  const auto row = roster::person(view_, county(), PersonId(person_id));
  if (!row) return refuse(kPersonUnknown, {{"person", person_id}});
  if (!roster::is_erased(*row)) return std::nullopt;
  const auto day = to_string(local_day(state::from_proto(row->erased_time())));
  return refuse(kPersonErased, {{"person", person_id}, {"day", day}});
}

std::string Desk::group_of_mine(std::string_view given,
                                const std::vector<std::string>& groups) const {
  if (!given.empty()) return std::string(given);
  std::string found;
  for (const auto& group : groups) {
    if (!me_.is_group_member(group)) continue;
    if (!found.empty()) return {};
    found = group;
  }
  return found;
}

std::string Desk::named(std::string_view organisation_id) const {
  const auto name = roster::organisation_name(view_, county(), organisation_id);
  return name.empty() ? std::string(organisation_id)
                      : fmt::format("{}（{}）", name, organisation_id);
}

std::vector<std::string> scopes_of(const roster::Standing& person, Sight sight) {
  std::vector<std::string> scopes;
  if (!person.is_known()) return scopes;
  const auto add = [&](std::string scope) {
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
      scopes.push_back(std::move(scope));
    }
  };
  if (person.is_coordinator() || person.is_county_officer() || person.is_chair_in_turn() ||
      (sight == Sight::kReading && person.is_auditor())) {
    scopes.emplace_back(kCountyScope);
  }
  for (const auto& post : person.posts()) {
    switch (post.role()) {
      case membership::v1::POST_ROLE_VILLAGE_CADRE:
      case membership::v1::POST_ROLE_TOWNSHIP_OFFICER:
      case membership::v1::POST_ROLE_REPRESENTATIVE:
        add(organisation_scope(post.organisation_id()));
        break;
      case membership::v1::POST_ROLE_GROUP_MEMBER:
      case membership::v1::POST_ROLE_GROUP_HEAD:
        add(group_scope(post.organisation_id()));
        break;
      default:
        break;
    }
  }
  scopes.push_back(person_scope(person.person().str()));
  return scopes;
}

namespace {

bool is_seen(const std::vector<std::string>& scopes, const v1::DemandRow& row, bool offers) {
  return any_scope(row, offers, [&](char kind, std::string_view id) {
    return std::any_of(scopes.begin(), scopes.end(), [&](std::string_view scope) {
      return scope.front() == kind && (scope.size() == 1 || scope.substr(2) == id);
    });
  });
}

}  // namespace

bool sees(const std::vector<std::string>& scopes, const v1::DemandRow& row) {
  return is_seen(scopes, row, true);
}

bool sees_asker(const roster::Standing& person, const v1::DemandRow& row, Sight sight) {
  return is_seen(scopes_of(person, sight), row, false);
}

std::string handler_of(const state::View& view, const v1::DemandRow& row, Time at) {
  const auto& named = row.handler_person_id();
  if (named.empty()) return {};
  const auto standing = roster::standing_of(view, PersonId(named), CountyId(row.county()), at);
  return standing.is_group_member(row.lead_group_id()) ? named : std::string();
}

bool reads_contacts(const state::View& view, const roster::Standing& person,
                    const v1::DemandRow& row, Sight sight) {
  if (!person.is_known()) return false;
  const auto& self = person.person().str();
  if (self == row.asker_person_id() || self == row.recorder_person_id()) return true;
  if (person.is_coordinator() || person.is_county_officer()) return true;
  if (sight == Sight::kReading && person.is_auditor()) return true;
  if (person.is_group_member(row.lead_group_id())) {
    const auto handler = handler_of(view, row, person.at());
    if (handler.empty() || handler == self) return true;
  }
  const auto& asker = row.asker_organisation_id();
  if (!asker.empty()) return person.is_at(asker) && person.covers(asker);
  return !row.village_id().empty() && person.is_village_cadre(row.village_id());
}

std::string own_group(const roster::Standing& person, const v1::DemandRow& row) {
  const auto belongs = [&](const std::string& id) {
    return !id.empty() && person.is_group_member(id);
  };
  if (belongs(row.lead_group_id())) return row.lead_group_id();
  for (const auto& offer : row.offers()) {
    if (belongs(offer.group_id())) return offer.group_id();
  }
  for (const auto& helper : row.helpers()) {
    if (helper.state() != v1::HELPER_STATE_DECLINED && belongs(helper.group_id())) {
      return helper.group_id();
    }
  }
  const auto& self = person.person().str();
  const auto& result = row.result();
  if (!self.empty() && (self == row.handler_person_id() || self == result.submitted_person_id() ||
                        self == result.signed_person_id())) {
    return row.lead_group_id();
  }
  return {};
}

v1::DemandBrief brief_of(const v1::DemandRow& row) {
  v1::DemandBrief brief;
  brief.set_number(row.number());
  brief.set_title(row.title());
  brief.set_kind(row.kind());
  brief.set_urgency(row.urgency());
  brief.set_state(row.state());
  brief.set_asker_organisation_id(row.asker_organisation_id());
  brief.set_asker_person_id(row.asker_person_id());
  brief.set_lead_group_id(row.lead_group_id());
  for (const auto& offer : row.offers()) brief.add_group_ids(offer.group_id());
  for (const auto& helper : row.helpers()) {
    if (helper.state() != v1::HELPER_STATE_DECLINED) brief.add_group_ids(helper.group_id());
  }
  brief.set_handler_person_id(row.handler_person_id());
  return brief;
}

EventMeta meta_of(const DecideContext& context) {
  EventMeta meta;
  meta.county = context.county;
  meta.actor = context.actor;
  meta.time = context.now;
  meta.effective_time = context.effective_time;
  meta.imported = context.imported;
  return meta;
}

}  // namespace lianmeng::dispatch
