#include "simulation/workload/imports.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "dispatch/domain/result.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/take.h"

namespace lianmeng::simulation {

namespace d = dispatch;
namespace dv = dispatch::v1;

namespace {

template <class Command>
Wish line(const County& county, const std::string& name, const std::string& on_behalf_of,
          Command command) {
  auto order = wish(county.id, "dispatch", name, county.officer, std::move(command));
  order.actor.on_behalf_of = on_behalf_of;
  order.bulk = true;
  return order;
}

void ask_for(World& world, County& county, Wish line, Time when, Wishes::Then then) {
  line.external_id = fmt::format("file-1-line-{}", world.wishes.all().size());
  line.effective = when;
  county.imports.push_back(world.wishes.ask_for(std::move(line), std::move(then)));
}

void send_again(World& world, const Wish& sent) {
  if (!sent.accepted) return;
  auto again = sent;
  again.attempts = 0;
  again.accepted.reset();
  again.refused.reset();
  world.wishes.ask_for(
      std::move(again), [&world, place = sent.accepted->place](const runtime::Accepted& accepted) {
        if (accepted.place == place && accepted.repeated) return;
        world.wishes.add_wrong("an import sent twice has two places: " + to_string(place) +
                               " and " + to_string(accepted.place));
      });
}

std::optional<Wish> line_of_step(const County& county, const std::string& demand, int step) {
  const auto& group = county.groups.front();
  const auto& head = group.heads.front();
  const auto& coordinator = county.coordinators.front();
  switch (step) {
    case 0: {
      d::RouteDemand command;
      command.demand_id = demand;
      command.lead_group_id = group.id;
      return line(county, "RouteDemand", coordinator, std::move(command));
    }
    case 1:
      return line(county, "TakeDemand", head, d::TakeDemand{demand, group.id});
    case 2:
      return line(county, "SubmitResult", head,
                  d::SubmitResult{demand, dv::RESULT_KIND_SOLVED, "已解决", {}, ""});
    case 3:
      return line(county, "AcceptResult", coordinator, d::AcceptResult{demand, ""});
    case 4:
      return line(county, "RateDemand", county.villages.front().cadre,
                  d::RateDemand{demand, dv::SOLVED_ANSWER_YES, 5, "", false});
    default:
      return std::nullopt;
  }
}

void go_on(World& world, County& county, const std::string& demand, Time when, int step) {
  // Some stories stop half-way, and live on.
  if (world.dice.one_in(6)) return;
  when += std::chrono::hours{1 + world.dice.below(20)};
  if (when >= world.cluster.scheduler().now() - std::chrono::minutes{5}) return;
  auto next = line_of_step(county, demand, step);
  if (!next) return;
  ask_for(world, county, std::move(*next), when,
          [&world, &county, demand, when, step](const runtime::Accepted&) {
            go_on(world, county, demand, when, step + 1);
          });
}

}  // namespace

void import_history(World& world, County& county) {
  auto& dice = world.dice;
  const auto& village = pick(dice, county.villages);
  if (!county.imports.empty() && dice.one_in(3)) {
    return send_again(world, world.wishes.all()[pick(dice, county.imports)]);
  }
  const auto days = 1 + dice.below(dice.one_in(2) ? 3 : 400);
  const auto when = world.cluster.scheduler().now() - std::chrono::hours{24 * days};
  d::SubmitDemand command;
  command.title = "补录";
  command.kind = dv::DEMAND_KIND_ORDINARY;
  auto first = line(county, "SubmitDemand", village.cadre, std::move(command));
  first.tokens = {world.wishes.token(county.id, "membership")};
  first.must_succeed = true;
  ask_for(world, county, std::move(first), when,
          [&world, &county, when](const runtime::Accepted& accepted) {
            county.demands.push_back(id_of(accepted));
            go_on(world, county, id_of(accepted), when, 0);
          });
}

}  // namespace lianmeng::simulation
