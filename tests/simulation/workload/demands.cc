#include "simulation/workload/demands.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "dispatch/domain/result.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/tables.h"
#include "dispatch/domain/take.h"
#include "dispatch/domain/work.h"
#include "lianmeng/dispatch/v1/dispatch_events.pb.h"

namespace lianmeng::simulation {

namespace d = dispatch;
namespace dv = dispatch::v1;

namespace {

// With tokens or without, and now and then only to see whether it would do.
template <class Command>
void ask_for(World& world, const County& county, const std::string& name, const std::string& person,
             Command command) {
  auto order = wish(county.id, "dispatch", name, person, std::move(command));
  if (world.dice.one_in(2)) {
    order.tokens = {world.wishes.token(county.id, "membership")};
    if (world.dice.one_in(2)) order.tokens.push_back(world.wishes.token(county.id, "dispatch"));
  }
  order.validate_only = world.dice.one_in(20);
  world.wishes.ask_for(std::move(order));
}

// As the first host has it that is up.
std::optional<dv::DemandRow> peek(World& world, const County& county, const std::string& demand) {
  const auto first = world.wishes.any_host();
  for (int i = 0; i < world.cluster.hosts(); ++i) {
    const auto host = (first + i) % world.cluster.hosts();
    auto* partition = world.cluster.partition(host, "dispatch", world.partition);
    if (partition == nullptr) continue;
    return d::demands().find(partition->view(), d::demand_key(county.id, demand));
  }
  return std::nullopt;
}

// One that somebody works on, when a few looks find it.
std::optional<dv::DemandRow> look_for_work(World& world, const County& county) {
  std::optional<dv::DemandRow> row;
  for (int look = 0; look < 4; ++look) {
    auto seen = peek(world, county, pick(world.dice, county.demands));
    if (!seen) continue;
    row = std::move(seen);
    if (row->state() >= dv::DEMAND_STATE_TAKEN && row->state() < dv::DEMAND_STATE_CLOSED) break;
  }
  return row;
}

// One act with one demand, by its state.
class Turn {
 public:
  Turn(World& world, const County& county, const dv::DemandRow& row)
      : world_(world),
        dice_(world.dice),
        county_(county),
        row_(row),
        demand_(row.demand_id()),
        asker_(row.asker_person_id()),
        coordinator_(pick(dice_, county.coordinators)),
        group_(pick(dice_, county.groups).id),
        number_(dice_.below(20)) {}

  void act() {
    if (number_ == 0) {
      const auto& person = dice_.one_in(2) ? asker_ : coordinator_;
      return ask("CommentDemand", person, d::CommentDemand{demand_, "留言"});
    }
    const bool open = row_.state() <= dv::DEMAND_STATE_AWAITING_SIGNATURE;
    if (number_ == 1 && open) {
      return ask("WithdrawDemand", asker_, d::WithdrawDemand{demand_, "已自行解决"});
    }
    if (number_ == 2 && open) return reclassify();
    switch (row_.state()) {
      case dv::DEMAND_STATE_SUBMITTED:
        return decline_or_route();
      case dv::DEMAND_STATE_ROUTED:
        return row_.assignment_required() ? decline_or_route() : pass_back_or_take();
      case dv::DEMAND_STATE_TAKEN:
        return work();
      case dv::DEMAND_STATE_AWAITING_SIGNATURE:
        return ask("SignResult", head_of(row_.lead_group_id()), d::SignResult{demand_});
      case dv::DEMAND_STATE_IN_AUDIT:
        return audit();
      case dv::DEMAND_STATE_AWAITING_RATING:
        return rate();
      case dv::DEMAND_STATE_IN_REVIEW:
        return explain_or_redo();
      case dv::DEMAND_STATE_CLOSED:
        return redo();
      default:
        return;  // Over: there is nothing to do.
    }
  }

 private:
  template <class Command>
  void ask(const std::string& name, const std::string& person, Command command) {
    ask_for(world_, county_, name, person, std::move(command));
  }

  // Empty when there is nobody.
  std::string head_of(const std::string& group) {
    const auto* found = find(group);
    return found == nullptr || found->heads.empty() ? std::string() : pick(dice_, found->heads);
  }
  std::string anybody_of(const std::string& group) {
    const auto* found = find(group);
    const bool member = found != nullptr && !found->members.empty() && dice_.one_in(2);
    return member ? pick(dice_, found->members) : head_of(group);
  }
  const Group* find(const std::string& group) const {
    const auto found = std::ranges::find(county_.groups, group, &Group::id);
    return found == county_.groups.end() ? nullptr : &*found;
  }

  void reclassify() {
    d::ReclassifyDemand command;
    command.demand_id = demand_;
    command.kind = dice_.one_in(2) ? dv::DEMAND_KIND_TRAINING : dv::DEMAND_KIND_QUESTION;
    command.urgency = dice_.one_in(2) ? dv::URGENCY_URGENT : dv::URGENCY_ORDINARY;
    command.reason = "重新归类";
    ask("ReclassifyDemand", coordinator_, std::move(command));
  }

  void decline_or_route() {
    if (number_ == 3) {
      return ask("DeclineDemand", coordinator_, d::DeclineDemand{demand_, "不属受理范围"});
    }
    d::RouteDemand command;
    command.demand_id = demand_;
    if (dice_.one_in(2) && !row_.assignment_required()) {
      command.mode = dv::ROUTING_MODE_OPEN;
      for (const auto& each : county_.groups) command.group_ids.push_back(each.id);
    } else {
      command.mode = dv::ROUTING_MODE_ASSIGNED;
      command.lead_group_id = group_;
      const auto& helper = pick(dice_, county_.groups).id;
      if (helper != group_) command.group_ids = {helper};
    }
    ask("RouteDemand", coordinator_, std::move(command));
  }

  void pass_back_or_take() {
    const auto index = dice_.below(static_cast<std::uint64_t>(row_.offers_size()));
    const auto& group = row_.offers(static_cast<int>(index)).group_id();
    const auto person = anybody_of(group);
    if (number_ >= 9) return race();
    ask("PassBackDemand", person, d::PassBackDemand{demand_, group, "不属本组职责"});
  }

  // All groups that it is offered, at once.
  void race() {
    for (const auto& offer : row_.offers()) {
      const auto person = anybody_of(offer.group_id());
      if (person.empty()) continue;
      d::TakeDemand command;
      command.demand_id = demand_;
      command.group_id = offer.group_id();
      ask("TakeDemand", person, std::move(command));
    }
  }

  void work() {
    const auto head = head_of(row_.lead_group_id());
    const auto person = anybody_of(row_.lead_group_id());
    for (const auto& helper : row_.helpers()) {
      if (helper.state() != dv::HELPER_STATE_INVITED || dice_.one_in(2)) continue;
      const bool accepts = dice_.one_in(2);
      return ask("AnswerInvitation", anybody_of(helper.group_id()),
                 d::AnswerInvitation{demand_, helper.group_id(), accepts, "答复"});
    }
    switch (dice_.below(8)) {
      case 0:
        return ask("AssignHandler", head, d::AssignHandler{demand_, person, ""});
      case 1: {
        const auto next = world_.cluster.scheduler().now() + std::chrono::hours{24};
        return ask("ReportProgress", person,
                   d::ReportProgress{demand_, "已联系", "实地查看", next});
      }
      case 2:
        return ask("RecordContact", person,
                   d::RecordContact{demand_, dv::CONTACT_MEANS_PHONE, "电话沟通"});
      case 3:
        return ask("InviteHelper", head, d::InviteHelper{demand_, group_, "请协助"});
      case 4:
        return ask("IntroduceSupport", dice_.one_in(2) ? person : asker_,
                   d::IntroduceSupport{demand_, "驻村书记", "", "援建项目", "", {}});
      default: {
        d::SubmitResult command;
        command.demand_id = demand_;
        command.kind = dice_.one_in(4) ? dv::RESULT_KIND_PLANNED : dv::RESULT_KIND_SOLVED;
        command.words = "办理完毕";
        if (command.kind == dv::RESULT_KIND_PLANNED) command.planned_date = "2026-12-31";
        return ask("SubmitResult", dice_.one_in(2) ? head : person, std::move(command));
      }
    }
  }

  void audit() {
    if (dice_.one_in(4)) {
      return ask("SendBackResult", coordinator_, d::SendBackResult{demand_, "请补充成效"});
    }
    ask("AcceptResult", coordinator_, d::AcceptResult{demand_, ""});
  }

  void rate() {
    const bool by_callback = dice_.one_in(4);
    if (dice_.one_in(4)) {
      ask("RevealContact", coordinator_, d::RevealContact{demand_, "回访"});
    }
    d::RateDemand command;
    command.demand_id = demand_;
    command.solved = dice_.one_in(4) ? dv::SOLVED_ANSWER_NO : dv::SOLVED_ANSWER_YES;
    command.content = 1 + static_cast<int>(dice_.below(5));
    command.by_callback = by_callback;
    ask("RateDemand", by_callback ? coordinator_ : asker_, std::move(command));
  }

  void explain_or_redo() {
    if (!dice_.one_in(2)) return redo();
    ask("ExplainRating", coordinator_, d::ExplainRating{demand_, "已说明情况"});
  }

  void redo() {
    const auto& person = dice_.one_in(2) ? asker_ : coordinator_;
    ask("RedoDemand", person, d::RedoDemand{demand_, "问题再次出现"});
  }

  World& world_;
  Random& dice_;
  const County& county_;
  const dv::DemandRow& row_;
  const std::string& demand_;
  const std::string& asker_;
  // Whom and what the dice chose, before it is clear who is needed.
  const std::string& coordinator_;
  const std::string group_;
  const std::uint64_t number_;
};

}  // namespace

void submit_demand(World& world, County& county) {
  static constexpr dv::DemandKind kKinds[] = {dv::DEMAND_KIND_QUESTION,  dv::DEMAND_KIND_ORDINARY,
                                              dv::DEMAND_KIND_TECHNIQUE, dv::DEMAND_KIND_TRAINING,
                                              dv::DEMAND_KIND_FUNDS,     dv::DEMAND_KIND_PROJECT};
  auto& dice = world.dice;
  const auto& village = pick(dice, county.villages);
  d::SubmitDemand command;
  command.title = fmt::format("第{}件", county.demands.size() + 1);
  command.kind = kKinds[dice.below(std::size(kKinds))];
  command.urgency = dice.one_in(3) ? dv::URGENCY_URGENT : dv::URGENCY_ORDINARY;
  auto person = village.cadre;
  if (!village.villager.empty() && dice.one_in(4)) {
    person = village.villager;
  } else if (!village.villager.empty() && dice.one_in(4)) {
    command.asker_person_id = village.villager;
  } else if (!county.township_officer.empty() && dice.one_in(6)) {
    person = county.township_officer;
  }
  auto order = wish(county.id, "dispatch", "SubmitDemand", person, std::move(command));
  // With the token of the roster that names them, nobody's own demand can be refused.
  order.tokens = {world.wishes.token(county.id, "membership")};
  order.must_succeed = true;
  order.validate_only = dice.one_in(25);
  const bool validated = order.validate_only;
  world.wishes.ask_for(std::move(order), [&county, validated](const runtime::Accepted& accepted) {
    if (!validated) county.demands.push_back(id_of(accepted));
  });
}

void work_on_demand(World& world, County& county) {
  if (const auto row = look_for_work(world, county)) Turn(world, county, *row).act();
}

void act_at_random(World& world, County& county) {
  auto& dice = world.dice;
  const auto demand = pick(dice, county.demands);
  const auto person = pick(dice, county.people);
  const auto group = pick(dice, county.groups).id;
  const auto ask = [&](const std::string& name, auto command) {
    ask_for(world, county, name, person, std::move(command));
  };
  switch (dice.below(10)) {
    case 0:
      return ask("TakeDemand", d::TakeDemand{demand, group});
    case 1:
      return ask("PassBackDemand", d::PassBackDemand{demand, group, "试"});
    case 2:
      return ask("SignResult", d::SignResult{demand});
    case 3:
      return ask("AcceptResult", d::AcceptResult{demand, ""});
    case 4:
      return ask("RateDemand", d::RateDemand{demand, dv::SOLVED_ANSWER_YES, 5, "", dice.one_in(2)});
    case 5:
      return ask("RedoDemand", d::RedoDemand{demand, "试"});
    case 6:
      return ask("WithdrawDemand", d::WithdrawDemand{demand, "试"});
    case 7:
      return ask("DeclineDemand", d::DeclineDemand{demand, ""});
    case 8:
      return ask("SubmitResult", d::SubmitResult{demand, dv::RESULT_KIND_SOLVED, "试", {}, ""});
    default:
      return ask("AnswerInvitation", d::AnswerInvitation{demand, group, true, ""});
  }
}

}  // namespace lianmeng::simulation
