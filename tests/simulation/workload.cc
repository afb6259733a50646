#include "simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "dispatch/domain/result.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/settings.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/tables.h"
#include "dispatch/domain/take.h"
#include "dispatch/domain/work.h"
#include "membership/domain/county.h"
#include "membership/domain/organisation.h"
#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/domain/privacy.h"
#include "notification/domain/inbox.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"

namespace lianmeng::simulation {

using namespace std::chrono_literals;
namespace d = dispatch;
namespace dv = dispatch::v1;
namespace m = membership;
namespace mv = membership::v1;
namespace n = notification;

namespace {

constexpr Duration kPatience = 2s;
constexpr Duration kRetryAfter = 2500ms;
constexpr int kBackoffsMax = 8;  // 2.5 s · 2^8: about ten minutes.
// A request id is good for six days.
constexpr auto kAskAgainWithin = 5 * 24h;

// The domain's own functions, found beside the command's type.
template <class Command>
runtime::DecideFn decides(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

SteadyTime steady(Time time) { return SteadyTime(time.time_since_epoch()); }

std::string id_of(const runtime::Accepted& accepted) {
  return accepted.subject.substr(accepted.subject.find('/') + 1);
}

// Its bytes do not matter here, only that they are the same for the same seed.
m::Name name_of(const std::string& plain) {
  m::Name name;
  name.plain = plain;
  name.sealed.set_key_id("key");
  name.sealed.set_nonce("nonce");
  name.sealed.set_ciphertext(plain);
  return name;
}

m::PostDraft post_at(const std::string& organisation, mv::PostRole role) {
  m::PostDraft draft;
  draft.organisation_id = organisation;
  draft.title = "职务";
  draft.role = role;
  return draft;
}

}  // namespace

Workload::Workload(testing::SimCluster& cluster, int partition, std::uint64_t seed)
    : cluster_(cluster), partition_(partition), random_(seed) {}

int Workload::any_host() {
  return static_cast<int>(below(static_cast<std::uint64_t>(cluster_.hosts())));
}

template <class Command>
Wish Workload::wish(const County& county, const std::string& service, const std::string& name,
                    const std::string& person, Command command) {
  Wish out;
  out.service = service;
  out.name = name;
  out.county = county.id;
  out.actor = {Actor::Kind::kPerson, person, ""};
  out.decide = decides(std::move(command));
  return out;
}

std::size_t Workload::ask_for(Wish wish, Then then) {
  const auto index = wishes_.size();
  wish.asked_time = cluster_.scheduler().now();
  wish.request_id = make_uuid_v7(wish.asked_time, random_);
  if (wish.hash.empty()) wish.hash = fmt::format("{}:{}", wish.name, index);
  wish.then = std::move(then);
  wishes_.push_back(std::move(wish));
  ask(index, any_host());
  return index;
}

runtime::Command Workload::command_of(const Wish& wish) const {
  runtime::Command command;
  command.name = wish.name;
  command.county = wish.county;
  command.actor = wish.actor;
  command.request_id = wish.request_id;
  command.request_hash = wish.hash;
  command.external_id = wish.external_id;
  command.effective_time = wish.effective;
  command.validate_only = wish.validate_only;
  command.bulk = wish.bulk;
  command.tokens = wish.tokens;
  command.deadline = steady(cluster_.scheduler().now()) + kPatience;
  command.decide = wish.decide;
  return command;
}

void Workload::ask(std::size_t index, int host) {
  auto& wish = wishes_[index];
  if (wish.settled()) return;
  const auto attempt = ++wish.attempts;
  auto command = command_of(wish);
  command.repeat = attempt > 1;
  command.done = [this, index, attempt](const runtime::CommandResult& result) {
    answered(index, attempt, result);
  };
  cluster_.command(host, wish.service, std::move(command));
  const auto wait = kRetryAfter * (1 << std::min(attempt - 1, kBackoffsMax));
  cluster_.scheduler().after(wait, [this, index, attempt] {
    if (wishes_[index].attempts == attempt) ask(index, any_host());
  });
}

void Workload::answered(std::size_t index, int attempt, const runtime::CommandResult& result) {
  // What follows from an answer may add wishes.
  const auto wrong = [&](std::string_view what) {
    const auto& wish = wishes_[index];
    wrong_.push_back(fmt::format("{} {} of {} ({}): {}", wish.service, wish.name,
                                 to_string(wish.actor), wish.request_id, what));
  };
  if (const auto* accepted = result.accepted()) {
    auto& wish = wishes_[index];
    if (wish.refused) wrong("refused and then accepted");
    if (wish.accepted) {
      if (wish.accepted->place != accepted->place && !wish.validate_only) {
        wrong("two places for one request");
      }
      return;
    }
    if (accepted->validated != wish.validate_only) wrong("validated what was not to be, or not");
    wish.accepted = *accepted;
    for (auto& county : counties_) {
      if (county.id != wish.county) continue;
      auto& last = county.acknowledged[wish.service];
      last = std::max(last, accepted->place.sequence);
    }
    if (const auto then = wish.then) then(*accepted);
    return;
  }
  auto& wish = wishes_[index];
  const auto& error = *result.error();
  if (error.error_class() != ErrorClass::kRejected) {
    if (wish.attempts == attempt && !wish.settled()) {
      const auto wait = Duration{20} * (1 << std::min(attempt - 1, kBackoffsMax));
      cluster_.scheduler().after(wait, [this, index, attempt] {
        if (wishes_[index].attempts == attempt) ask(index, any_host());
      });
    }
    return;
  }
  // The retry is out: only its answer counts.
  if (wish.attempts != attempt || wish.accepted) return;
  wish.refused = error;
  if (wish.must_succeed) wrong("refused: " + error.message_en);
}

// --- Setting up. ---

void Workload::create_organisation(County& county, const std::string& name,
                                   mv::OrganisationKind kind, const std::string& parent,
                                   std::function<void(const std::string& id)> then) {
  m::CreateOrganisation command;
  command.name = name;
  command.kind = kind;
  command.parent_id = parent;
  auto order = wish(county, "membership", "CreateOrganisation", county.officer, command);
  order.must_succeed = true;
  ++county.steps_left;
  ask_for(std::move(order), [&county, then = std::move(then)](const runtime::Accepted& accepted) {
    then(id_of(accepted));
    --county.steps_left;
  });
}

void Workload::register_person(County& county, const std::string& organisation, mv::PostRole role,
                               std::function<void(const std::string& id)> then) {
  m::RegisterPerson command;
  command.person.name = name_of("某人");
  command.person.values.phone = command.person.name.sealed;
  command.person.organisation_id = organisation;
  if (role != mv::POST_ROLE_UNSPECIFIED) command.person.posts = {post_at(organisation, role)};
  auto order = wish(county, "membership", "RegisterPerson", county.officer, command);
  order.must_succeed = true;
  ++county.steps_left;
  ask_for(std::move(order), [&county, then = std::move(then)](const runtime::Accepted& accepted) {
    const auto id = id_of(accepted);
    county.people.push_back(id);
    then(id);
    --county.steps_left;
  });
}

void Workload::add_group(County& county, const std::string& name, bool with_member) {
  create_organisation(county, name, mv::ORGANISATION_KIND_FUNCTIONAL_GROUP, "",
                      [this, &county, with_member](const std::string& group) {
                        register_person(county, group, mv::POST_ROLE_GROUP_HEAD,
                                        [&county, group](const std::string& head) {
                                          county.groups.push_back({group, {head}, {}});
                                        });
                        if (!with_member) return;
                        register_person(county, group, mv::POST_ROLE_GROUP_MEMBER,
                                        [&county, group](const std::string& person) {
                                          for (auto& each : county.groups) {
                                            if (each.id == group) each.members.push_back(person);
                                          }
                                        });
                      });
}

void Workload::add_village(County& county, const std::string& name, const std::string& township) {
  create_organisation(county, name, mv::ORGANISATION_KIND_VILLAGE, township,
                      [this, &county](const std::string& village) {
                        register_person(county, village, mv::POST_ROLE_VILLAGE_CADRE,
                                        [this, &county, village](const std::string& cadre) {
                                          county.villages.push_back({village, cadre, {}});
                                          register_person(
                                              county, village, mv::POST_ROLE_UNSPECIFIED,
                                              [&county, village](const std::string& person) {
                                                for (auto& each : county.villages) {
                                                  if (each.id == village) each.villager = person;
                                                }
                                              });
                                        });
                      });
}

void Workload::set_up(int counties) {
  // Neighbours that lie in the same partition.
  for (int code = 610500; static_cast<int>(counties_.size()) < counties; ++code) {
    const CountyId id(std::to_string(code));
    if (partition_of(id) != partition_) continue;
    County county;
    county.id = id;
    county.officer = id.str() + "-p1";
    county.coordinators = {id.str() + "-p2", id.str() + "-p3"};
    counties_.push_back(std::move(county));
  }
  for (std::size_t i = 0; i < counties_.size(); ++i) {
    auto& county = counties_[i];
    m::CreateCounty command;
    command.name = fmt::format("第{}县", i + 1);
    command.short_name = fmt::format("{}县", i + 1);
    command.code = county.id.str();
    command.office_name = "县委组织部";
    for (const auto role :
         {mv::POST_ROLE_COUNTY_OFFICER, mv::POST_ROLE_COORDINATOR, mv::POST_ROLE_COORDINATOR}) {
      m::PersonDraft person;
      person.name = name_of("首批");
      person.posts = {post_at("", role)};
      command.people.push_back(std::move(person));
    }
    auto order = wish(county, "membership", "CreateCounty", "", std::move(command));
    order.actor = {Actor::Kind::kOperator, "root", ""};
    order.must_succeed = true;
    ++county.steps_left;
    // The first county is a whole one.
    const bool whole = i == 0;
    ask_for(std::move(order), [this, &county, whole](const runtime::Accepted&) {
      county.people = {county.officer, county.coordinators[0], county.coordinators[1]};
      const int groups = whole ? 3 : 2;
      for (int group = 0; group < groups; ++group) {
        add_group(county, fmt::format("第{}小组", group + 1), whole || group == 0);
      }
      if (!whole) {
        add_village(county, "独村", "");
      } else {
        create_organisation(county, "新池镇", mv::ORGANISATION_KIND_TOWNSHIP, "",
                            [this, &county](const std::string& township) {
                              add_village(county, "北顺村", township);
                              add_village(county, "东白龙村", township);
                              register_person(county, township, mv::POST_ROLE_TOWNSHIP_OFFICER,
                                              [&county](const std::string& person) {
                                                county.township_officer = person;
                                              });
                            });
      }
      --county.steps_left;
    });
  }
}

bool Workload::is_set_up() const {
  return std::ranges::all_of(counties_,
                             [](const County& county) { return county.steps_left == 0; });
}

// --- Acting. ---

void Workload::act() {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < counties_.size(); ++i) {
    if (!counties_[i].villages.empty() && counties_[i].groups.size() >= 2) ready.push_back(i);
  }
  if (ready.empty()) return;
  // Most happens in the first.
  auto& county = counties_[one_in(2) ? ready.front() : any_of(ready)];
  const auto dice = below(100);
  if (county.demands.size() < 2 || dice < 8) return submit(county);
  if (dice < 68) return work_on_demand(county);
  if (dice < 76) return act_at_random(county);
  if (dice < 83) return change_roster(county);
  if (dice < 88) return change_settings(county);
  if (dice < 93) return import_history(county);
  read_notices(county);
}

std::string Workload::member_of(const County& county, const std::string& group, bool head) {
  for (const auto& each : county.groups) {
    if (each.id != group) continue;
    if (!head && !each.members.empty() && one_in(2)) return any_of(each.members);
    return each.heads.empty() ? std::string() : any_of(each.heads);
  }
  return {};
}

template <class Command>
void Workload::dispatch_wish(County& county, const std::string& name, const std::string& person,
                             Command command) {
  auto order = wish(county, "dispatch", name, person, std::move(command));
  if (one_in(2)) {
    order.tokens = {{"membership", partition_, county.acknowledged["membership"]}};
    if (one_in(2))
      order.tokens.push_back({"dispatch", partition_, county.acknowledged["dispatch"]});
  }
  order.validate_only = one_in(20);
  ask_for(std::move(order));
}

void Workload::submit(County& county) {
  static constexpr dv::DemandKind kKinds[] = {dv::DEMAND_KIND_QUESTION,  dv::DEMAND_KIND_ORDINARY,
                                              dv::DEMAND_KIND_TECHNIQUE, dv::DEMAND_KIND_TRAINING,
                                              dv::DEMAND_KIND_FUNDS,     dv::DEMAND_KIND_PROJECT};
  const auto& village = any_of(county.villages);
  d::SubmitDemand command;
  command.title = fmt::format("第{}件", county.demands.size() + 1);
  command.kind = kKinds[below(std::size(kKinds))];
  command.urgency = one_in(3) ? dv::URGENCY_URGENT : dv::URGENCY_ORDINARY;
  auto person = village.cadre;
  if (!village.villager.empty() && one_in(4)) {
    person = village.villager;
  } else if (!village.villager.empty() && one_in(4)) {
    command.asker_person_id = village.villager;
  } else if (!county.township_officer.empty() && one_in(6)) {
    person = county.township_officer;
  }
  auto order = wish(county, "dispatch", "SubmitDemand", person, std::move(command));
  // With the token of the roster that names them, nobody's own demand can be refused.
  order.tokens = {{"membership", partition_, county.acknowledged["membership"]}};
  order.must_succeed = true;
  order.validate_only = one_in(25);
  const bool validated = order.validate_only;
  ask_for(std::move(order), [&county, validated](const runtime::Accepted& accepted) {
    if (!validated) county.demands.push_back(id_of(accepted));
  });
}

std::optional<dv::DemandRow> Workload::peek(const County& county, const std::string& demand) {
  const auto first = any_host();
  for (int i = 0; i < cluster_.hosts(); ++i) {
    auto* partition = cluster_.partition((first + i) % cluster_.hosts(), "dispatch", partition_);
    if (partition == nullptr) continue;
    return d::demands().find(partition->view(), d::demand_key(county.id, demand));
  }
  return std::nullopt;
}

// Two groups, at once.
void Workload::race(County& county, const dv::DemandRow& row) {
  for (const auto& offer : row.offers()) {
    const auto person = member_of(county, offer.group_id(), false);
    if (person.empty()) continue;
    d::TakeDemand command;
    command.demand_id = row.demand_id();
    command.group_id = offer.group_id();
    dispatch_wish(county, "TakeDemand", person, command);
  }
}

void Workload::work_on_demand(County& county) {
  // One that somebody works on, when a few looks find it.
  std::optional<dv::DemandRow> row;
  for (int look = 0; look < 4; ++look) {
    auto seen = peek(county, any_of(county.demands));
    if (!seen) continue;
    row = std::move(seen);
    if (row->state() >= dv::DEMAND_STATE_TAKEN && row->state() < dv::DEMAND_STATE_CLOSED) break;
  }
  if (!row) return;
  const auto demand = row->demand_id();
  const auto& coordinator = any_of(county.coordinators);
  const auto& asker = row->asker_person_id();
  const auto& group = any_of(county.groups).id;
  const auto dice = below(20);
  if (dice == 0) {
    return dispatch_wish(county, "CommentDemand", one_in(2) ? asker : coordinator,
                         d::CommentDemand{demand, "留言"});
  }
  const bool open = row->state() <= dv::DEMAND_STATE_AWAITING_SIGNATURE;
  if (dice == 1 && open) {
    return dispatch_wish(county, "WithdrawDemand", asker, d::WithdrawDemand{demand, "已自行解决"});
  }
  if (dice == 2 && open) {
    return dispatch_wish(
        county, "ReclassifyDemand", coordinator,
        d::ReclassifyDemand{demand, one_in(2) ? dv::DEMAND_KIND_TRAINING : dv::DEMAND_KIND_QUESTION,
                            one_in(2) ? dv::URGENCY_URGENT : dv::URGENCY_ORDINARY, "重新归类"});
  }
  switch (row->state()) {
    case dv::DEMAND_STATE_ROUTED:
      if (!row->assignment_required()) {
        const auto& offer =
            row->offers(static_cast<int>(below(static_cast<std::uint64_t>(row->offers_size()))));
        const auto person = member_of(county, offer.group_id(), false);
        if (dice < 9) {
          return dispatch_wish(county, "PassBackDemand", person,
                               d::PassBackDemand{demand, offer.group_id(), "不属本组职责"});
        }
        return race(county, *row);
      }
      [[fallthrough]];
    case dv::DEMAND_STATE_SUBMITTED: {
      if (dice == 3) {
        return dispatch_wish(county, "DeclineDemand", coordinator,
                             d::DeclineDemand{demand, "不属受理范围"});
      }
      d::RouteDemand command;
      command.demand_id = demand;
      if (one_in(2) && !row->assignment_required()) {
        command.mode = dv::ROUTING_MODE_OPEN;
        for (const auto& each : county.groups) command.group_ids.push_back(each.id);
      } else {
        command.mode = dv::ROUTING_MODE_ASSIGNED;
        command.lead_group_id = group;
        const auto& helper = any_of(county.groups).id;
        if (helper != group) command.group_ids = {helper};
      }
      return dispatch_wish(county, "RouteDemand", coordinator, std::move(command));
    }
    case dv::DEMAND_STATE_TAKEN: {
      const auto head = member_of(county, row->lead_group_id(), true);
      const auto person = member_of(county, row->lead_group_id(), false);
      for (const auto& helper : row->helpers()) {
        if (helper.state() != dv::HELPER_STATE_INVITED || one_in(2)) continue;
        return dispatch_wish(county, "AnswerInvitation",
                             member_of(county, helper.group_id(), false),
                             d::AnswerInvitation{demand, helper.group_id(), one_in(2), "答复"});
      }
      switch (below(8)) {
        case 0:
          return dispatch_wish(county, "AssignHandler", head, d::AssignHandler{demand, person, ""});
        case 1:
          return dispatch_wish(
              county, "ReportProgress", person,
              d::ReportProgress{demand, "已联系", "实地查看",
                                cluster_.scheduler().now() + std::chrono::hours{24}});
        case 2:
          return dispatch_wish(county, "RecordContact", person,
                               d::RecordContact{demand, dv::CONTACT_MEANS_PHONE, "电话沟通"});
        case 3:
          return dispatch_wish(county, "InviteHelper", head,
                               d::InviteHelper{demand, group, "请协助"});
        case 4:
          return dispatch_wish(county, "IntroduceSupport", one_in(2) ? person : asker,
                               d::IntroduceSupport{demand, "驻村书记", "", "援建项目", "", {}});
        default: {
          d::SubmitResult command;
          command.demand_id = demand;
          command.kind = one_in(4) ? dv::RESULT_KIND_PLANNED : dv::RESULT_KIND_SOLVED;
          command.words = "办理完毕";
          if (command.kind == dv::RESULT_KIND_PLANNED) command.planned_date = "2026-12-31";
          return dispatch_wish(county, "SubmitResult", one_in(2) ? head : person,
                               std::move(command));
        }
      }
    }
    case dv::DEMAND_STATE_AWAITING_SIGNATURE:
      return dispatch_wish(county, "SignResult", member_of(county, row->lead_group_id(), true),
                           d::SignResult{demand});
    case dv::DEMAND_STATE_IN_AUDIT:
      if (one_in(4)) {
        return dispatch_wish(county, "SendBackResult", coordinator,
                             d::SendBackResult{demand, "请补充成效"});
      }
      return dispatch_wish(county, "AcceptResult", coordinator, d::AcceptResult{demand, ""});
    case dv::DEMAND_STATE_AWAITING_RATING: {
      const bool callback = one_in(4);
      if (one_in(4)) {
        dispatch_wish(county, "RevealContact", coordinator, d::RevealContact{demand, "回访"});
      }
      return dispatch_wish(
          county, "RateDemand", callback ? coordinator : asker,
          d::RateDemand{demand, one_in(4) ? dv::SOLVED_ANSWER_NO : dv::SOLVED_ANSWER_YES,
                        1 + static_cast<int>(below(5)), "", callback});
    }
    case dv::DEMAND_STATE_IN_REVIEW:
      if (one_in(2)) {
        return dispatch_wish(county, "ExplainRating", coordinator,
                             d::ExplainRating{demand, "已说明情况"});
      }
      [[fallthrough]];
    case dv::DEMAND_STATE_CLOSED:
      return dispatch_wish(county, "RedoDemand", one_in(2) ? asker : coordinator,
                           d::RedoDemand{demand, "问题再次出现"});
    default:
      return;  // Over: there is nothing to do.
  }
}

// By anybody, at any moment: refused, mostly.
void Workload::act_at_random(County& county) {
  const auto demand = any_of(county.demands);
  const auto person = any_of(county.people);
  const auto group = any_of(county.groups).id;
  switch (below(10)) {
    case 0:
      return dispatch_wish(county, "TakeDemand", person, d::TakeDemand{demand, group});
    case 1:
      return dispatch_wish(county, "PassBackDemand", person,
                           d::PassBackDemand{demand, group, "试"});
    case 2:
      return dispatch_wish(county, "SignResult", person, d::SignResult{demand});
    case 3:
      return dispatch_wish(county, "AcceptResult", person, d::AcceptResult{demand, ""});
    case 4:
      return dispatch_wish(county, "RateDemand", person,
                           d::RateDemand{demand, dv::SOLVED_ANSWER_YES, 5, "", one_in(2)});
    case 5:
      return dispatch_wish(county, "RedoDemand", person, d::RedoDemand{demand, "试"});
    case 6:
      return dispatch_wish(county, "WithdrawDemand", person, d::WithdrawDemand{demand, "试"});
    case 7:
      return dispatch_wish(county, "DeclineDemand", person, d::DeclineDemand{demand, ""});
    case 8:
      return dispatch_wish(county, "SubmitResult", person,
                           d::SubmitResult{demand, dv::RESULT_KIND_SOLVED, "试", {}, ""});
    default:
      return dispatch_wish(county, "AnswerInvitation", person,
                           d::AnswerInvitation{demand, group, true, ""});
  }
}

// Somebody is entered, shown to a coordinator, and erased while others still write about them.
void Workload::come_and_go(County& county) {
  m::RegisterPerson command;
  command.person.name = name_of("来去");
  command.person.values.phone = command.person.name.sealed;
  command.person.organisation_id = any_of(county.villages).id;
  ask_for(wish(county, "membership", "RegisterPerson", county.officer, command),
          [this, &county](const runtime::Accepted& accepted) {
            const auto person = id_of(accepted);
            ask_for(wish(county, "membership", "RevealContact", any_of(county.coordinators),
                         m::RevealContact{person, "核实", {}}));
            m::AppointPost appoint;
            appoint.person_id = person;
            appoint.post = post_at(any_of(county.villages).id, mv::POST_ROLE_MEMBER);
            ask_for(wish(county, "membership", "AppointPost", county.officer, appoint));
            ask_for(wish(county, "membership", "ErasePerson", county.officer,
                         m::ErasePerson{person, "本人申请"}));
            m::UpdatePerson update;
            update.person_id = person;
            update.name = name_of("改名");
            ask_for(wish(county, "membership", "UpdatePerson", county.officer, update));
          });
}

// Founded, renamed, moved below a village and dissolved: all within the roster that others read.
void Workload::found_and_dissolve(County& county) {
  m::CreateOrganisation command;
  command.name = fmt::format("第{}合作社", wishes_.size());
  command.kind = mv::ORGANISATION_KIND_ENTERPRISE;
  ask_for(wish(county, "membership", "CreateOrganisation", county.officer, command),
          [this, &county](const runtime::Accepted& accepted) {
            const auto id = id_of(accepted);
            m::UpdateOrganisation update;
            update.organisation_id = id;
            update.name = fmt::format("第{}合作联社", wishes_.size());
            ask_for(wish(county, "membership", "UpdateOrganisation", county.officer, update));
            ask_for(wish(county, "membership", "MoveOrganisation", county.officer,
                         m::MoveOrganisation{id, any_of(county.villages).id}));
            ask_for(wish(county, "membership", "DissolveOrganisation", county.officer,
                         m::DissolveOrganisation{id, "合并"}));
          });
}

// A village joins an alliance and leaves it.
void Workload::join_and_leave(County& county) {
  m::CreateOrganisation command;
  command.name = fmt::format("第{}联盟", wishes_.size());
  command.kind = mv::ORGANISATION_KIND_ALLIANCE;
  ask_for(wish(county, "membership", "CreateOrganisation", county.officer, command),
          [this, &county](const runtime::Accepted& founded) {
            m::AddMembership join;
            join.organisation_id = any_of(county.villages).id;
            join.alliance_id = id_of(founded);
            ask_for(wish(county, "membership", "AddMembership", county.officer, join),
                    [this, &county](const runtime::Accepted& joined) {
                      m::EndMembership leave;
                      leave.membership_id = id_of(joined);
                      leave.reason = "退出";
                      ask_for(wish(county, "membership", "EndMembership", county.officer, leave));
                    });
          });
}

void Workload::change_roster(County& county) {
  const auto dice = below(8);
  if (dice == 4) return come_and_go(county);
  if (dice == 5) return found_and_dissolve(county);
  if (dice == 6) return join_and_leave(county);
  if (dice == 7) {
    m::UpdateCounty command;
    command.name = fmt::format("{}县（第{}次更名）", county.id.str(), wishes_.size());
    return ask_for(wish(county, "membership", "UpdateCounty", county.officer, command)), void();
  }
  if (dice == 0 && county.groups.size() < 5) {
    const auto number = county.groups.size() + 1;
    m::CreateOrganisation command;
    command.name = fmt::format("增设第{}小组", number);
    command.kind = mv::ORGANISATION_KIND_FUNCTIONAL_GROUP;
    ask_for(wish(county, "membership", "CreateOrganisation", any_of(county.coordinators), command),
            [this, &county](const runtime::Accepted& accepted) {
              const auto group = id_of(accepted);
              register_person(county, group, mv::POST_ROLE_GROUP_HEAD,
                              [&county, group](const std::string& head) {
                                county.groups.push_back({group, {head}, {}});
                              });
            });
    return;
  }
  if (dice == 1 && !county.extra_posts.empty()) {
    m::EndPost command;
    command.post_id = any_of(county.extra_posts).first;
    command.reason = "调整";
    ask_for(wish(county, "membership", "EndPost", county.officer, command));
    return;
  }
  const auto& from = any_of(county.groups);
  const auto& to = any_of(county.groups);
  const auto& person = any_of(from.heads);
  m::AppointPost command;
  command.person_id = person;
  command.post = post_at(to.id, one_in(3) ? mv::POST_ROLE_GROUP_HEAD : mv::POST_ROLE_GROUP_MEMBER);
  ask_for(wish(county, "membership", "AppointPost", county.officer, command),
          [&county, group = to.id, person,
           role = command.post.role](const runtime::Accepted& accepted) {
            county.extra_posts.emplace_back(id_of(accepted), group);
            for (auto& each : county.groups) {
              if (each.id != group) continue;
              auto& into = role == mv::POST_ROLE_GROUP_HEAD ? each.heads : each.members;
              into.push_back(person);
            }
          });
}

void Workload::change_settings(County& county) {
  switch (below(7)) {
    case 0: {
      d::SetRoutingRule command;
      command.rule.set_name("按类派单");
      command.rule.set_priority(static_cast<int>(1 + below(9)));
      command.rule.add_kinds(one_in(2) ? dv::DEMAND_KIND_QUESTION : dv::DEMAND_KIND_FUNDS);
      command.rule.set_mode(dv::ROUTING_MODE_ASSIGNED);
      command.rule.set_lead_group_id(any_of(county.groups).id);
      return ask_for(wish(county, "dispatch", "SetRoutingRule", county.officer, command),
                     [this, &county](const runtime::Accepted& accepted) {
                       if (!one_in(3)) return;
                       // Gone before what it was to route is routed, if they meet in one batch.
                       submit(county);
                       submit(county);
                       ask_for(wish(county, "dispatch", "RemoveRoutingRule", county.officer,
                                    d::RemoveRoutingRule{id_of(accepted)}));
                     }),
             void();
    }
    case 1: {
      d::SetCalendarYear command;
      command.calendar.set_layer(dv::CALENDAR_LAYER_COUNTY);
      command.calendar.set_year(2026);
      command.calendar.set_source("县政府通知");
      auto& day = *command.calendar.add_days();
      day.set_date(fmt::format("2026-01-{:02}", 2 + below(12)));
      day.set_kind(one_in(3) ? dv::DAY_KIND_WORKING_DAY : dv::DAY_KIND_DAY_OFF);
      day.set_name("调休");
      return ask_for(wish(county, "dispatch", "SetCalendarYear", county.officer, command)), void();
    }
    case 2: {
      d::SetOfficeHours command;
      auto& span = command.spans.emplace_back();
      span.set_from_minute(8 * 60);
      span.set_to_minute(static_cast<int>(15 + below(4)) * 60);
      return ask_for(wish(county, "dispatch", "SetOfficeHours", county.officer, command)), void();
    }
    case 3: {
      n::SetRule command;
      auto& rule = command.rule;
      rule.set_rule_id(fmt::format("own.{}", ++county.rules));
      rule.set_trigger(notification::v1::TRIGGER_DEMAND_TAKEN);
      rule.mutable_audience()->set_role(notification::v1::AUDIENCE_ROLE_COORDINATORS);
      rule.add_channels(notification::v1::CHANNEL_INBOX);
      rule.set_urgency(notification::v1::NOTICE_URGENCY_NORMAL);
      rule.set_template_key("taken.asker");
      return ask_for(wish(county, "notification", "SetRule", county.officer, command)), void();
    }
    case 4: {
      const auto rule =
          fmt::format("own.{}", 1 + below(static_cast<std::uint64_t>(county.rules) + 1));
      return ask_for(wish(county, "notification", "ResetRule", county.officer, n::ResetRule{rule})),
             void();
    }
    case 5: {
      n::SetTemplate command;
      auto& spec = command.spec;
      spec.set_template_key("taken.asker");
      spec.set_trigger(notification::v1::TRIGGER_DEMAND_TAKEN);
      spec.set_title_zh("诉求 {number} 已接单");
      spec.set_text_zh(fmt::format("{{title}}：第{}稿", wishes_.size()));
      spec.set_title_en("Demand {number} is taken");
      spec.set_text_en("{title}");
      return ask_for(wish(county, "notification", "SetTemplate", county.officer, command)), void();
    }
    default: {
      d::SetLimits command;
      dv::LimitSetting setting;
      setting.set_limit_class(dv::LIMIT_CLASS_URGENT);
      setting.set_clock_kind(dv::CLOCK_KIND_TAKE);
      setting.mutable_limit()->set_unit(dv::LIMIT_UNIT_CLOCK_MINUTES);
      setting.mutable_limit()->set_amount(static_cast<int>(30 + below(90)));
      command.settings = {setting};
      return ask_for(wish(county, "dispatch", "SetLimits", county.officer, command)), void();
    }
  }
}

// What happened long ago, on behalf of those who acted; a file sent twice changes nothing.
void Workload::import_history(County& county) {
  const auto& village = any_of(county.villages);
  if (!county.imports.empty() && one_in(3)) {
    const auto& sent = wishes_[any_of(county.imports)];
    if (!sent.accepted) return;
    auto again = sent;
    again.attempts = 0;
    again.accepted.reset();
    again.refused.reset();
    ask_for(std::move(again),
            [this, place = sent.accepted->place](const runtime::Accepted& accepted) {
              if (accepted.place == place && accepted.repeated) return;
              wrong_.push_back("an import sent twice has two places: " + to_string(place) +
                               " and " + to_string(accepted.place));
            });
    return;
  }
  const auto when =
      cluster_.scheduler().now() - std::chrono::hours{24 * (1 + below(one_in(2) ? 3 : 400))};
  d::SubmitDemand command;
  command.title = "补录";
  command.kind = dv::DEMAND_KIND_ORDINARY;
  auto order = wish(county, "dispatch", "SubmitDemand", county.officer, std::move(command));
  order.actor.on_behalf_of = village.cadre;
  order.external_id = fmt::format("file-1-line-{}", wishes_.size());
  order.effective = when;
  order.bulk = true;
  order.tokens = {{"membership", partition_, county.acknowledged["membership"]}};
  order.must_succeed = true;
  const auto index =
      ask_for(std::move(order), [this, &county, when](const runtime::Accepted& accepted) {
        county.demands.push_back(id_of(accepted));
        import_step(county, id_of(accepted), when, 0);
      });
  county.imports.push_back(index);
}

void Workload::import_step(County& county, const std::string& demand, Time when, int step) {
  // Some stories stop half-way, and live on.
  if (one_in(6)) return;
  when += std::chrono::hours{1 + below(20)};
  if (when >= cluster_.scheduler().now() - std::chrono::minutes{5}) return;
  const auto& group = county.groups.front();
  Wish order;
  switch (step) {
    case 0: {
      d::RouteDemand command;
      command.demand_id = demand;
      command.lead_group_id = group.id;
      order = wish(county, "dispatch", "RouteDemand", county.officer, std::move(command));
      order.actor.on_behalf_of = county.coordinators.front();
      break;
    }
    case 1:
      order =
          wish(county, "dispatch", "TakeDemand", county.officer, d::TakeDemand{demand, group.id});
      order.actor.on_behalf_of = group.heads.front();
      break;
    case 2:
      order = wish(county, "dispatch", "SubmitResult", county.officer,
                   d::SubmitResult{demand, dv::RESULT_KIND_SOLVED, "已解决", {}, ""});
      order.actor.on_behalf_of = group.heads.front();
      break;
    case 3:
      order = wish(county, "dispatch", "AcceptResult", county.officer, d::AcceptResult{demand, ""});
      order.actor.on_behalf_of = county.coordinators.front();
      break;
    case 4:
      order = wish(county, "dispatch", "RateDemand", county.officer,
                   d::RateDemand{demand, dv::SOLVED_ANSWER_YES, 5, "", false});
      order.actor.on_behalf_of = county.villages.front().cadre;
      break;
    default:
      return;
  }
  order.external_id = fmt::format("file-1-line-{}", wishes_.size());
  order.effective = when;
  order.bulk = true;
  const auto index =
      ask_for(std::move(order), [this, &county, demand, when, step](const runtime::Accepted&) {
        import_step(county, demand, when, step + 1);
      });
  county.imports.push_back(index);
}

void Workload::read_notices(County& county) {
  const auto& person = any_of(county.people);
  auto order = one_in(3) ? wish(county, "notification", "MarkAllNoticesRead", person,
                                n::MarkAllNoticesRead{0})
                         : wish(county, "notification", "MarkNoticeRead", person,
                                n::MarkNoticeRead{static_cast<std::int64_t>(1 + below(6))});
  if (one_in(2)) {
    order.tokens = {{"dispatch", partition_, county.acknowledged["dispatch"]},
                    {"membership", partition_, county.acknowledged["membership"]}};
  }
  ask_for(std::move(order));
}

// --- In the end. ---

bool Workload::done() const {
  return repeats_out_ == 0 &&
         std::ranges::all_of(wishes_, [](const Wish& wish) { return wish.settled(); });
}

void Workload::ask_again() {
  const auto now = cluster_.scheduler().now();
  const auto size = wishes_.size();
  for (int i = 0; i < 20; ++i) {
    const auto index = below(size);
    const auto& wish = wishes_[index];
    // A first attempt that was refused leaves no trace, and may be right by now.
    const bool traced = wish.accepted ? !wish.accepted->subject.empty() : wish.attempts > 1;
    if (!traced || wish.validate_only || wish.asked_time < now - kAskAgainWithin) continue;
    ++repeats_out_;
    ask_again(index, one_in(3));
  }
}

void Workload::ask_again(std::size_t index, bool other_payload) {
  auto command = command_of(wishes_[index]);
  command.repeat = true;
  command.deadline = steady(cluster_.scheduler().now()) + 60s;
  if (other_payload) command.request_hash += " and more";
  command.done = [this, index, other = other_payload](const runtime::CommandResult& result) {
    // Not yet: a clock that was off for little more than it may be is looked at again by and by.
    if (result.error() != nullptr && result.error()->error_class() != ErrorClass::kRejected) {
      cluster_.scheduler().after(1s, [this, index, other] { ask_again(index, other); });
      return;
    }
    --repeats_out_;
    const auto& asked = wishes_[index];
    const auto wrong = [&](std::string_view what) {
      wrong_.push_back(fmt::format("{} {} asked again: {}", asked.name, asked.request_id, what));
    };
    const auto* accepted = result.accepted();
    if (other) {
      // What was sent under another request id before is known by its external id.
      if (accepted != nullptr || (result.error()->reason != "REQUEST_ID_REUSED" &&
                                  result.error()->reason != "EXTERNAL_ID_REUSED")) {
        wrong("another payload under the same id");
      }
    } else if (asked.accepted) {
      if (accepted == nullptr) return wrong("refused, though accepted before");
      if (accepted->place != asked.accepted->place || !accepted->repeated ||
          accepted->subject != asked.accepted->subject) {
        wrong("another answer");
      }
    } else if (accepted != nullptr) {
      wrong("accepted, though refused before");
    }
  };
  cluster_.command(any_host(), wishes_[index].service, std::move(command));
}

void Workload::read_by_tokens() {
  for (int host = 0; host < cluster_.hosts(); ++host) {
    for (const auto& county : counties_) {
      runtime::Query query;
      query.name = "ReadByTokens";
      query.county = county.id;
      for (const auto& [service, sequence] : county.acknowledged) {
        query.tokens.push_back({service, partition_, sequence});
      }
      ++unanswered_reads_;
      query.done = [this](const Result<runtime::QueryContext>& context) {
        if (context) --unanswered_reads_;
      };
      // Notification follows both of the others.
      cluster_.query(host, "notification", std::move(query));
    }
  }
}

}  // namespace lianmeng::simulation
