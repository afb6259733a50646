#include "simulation/workload/settings.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "dispatch/domain/settings.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "simulation/workload/demands.h"

namespace lianmeng::simulation {

namespace d = dispatch;
namespace dv = dispatch::v1;
namespace n = notification;
namespace nv = notification::v1;

namespace {

// The officer's wish.
template <class Command>
void ask_for(World& world, const County& county, const std::string& service,
             const std::string& name, Command command, Wishes::Then then = {}) {
  world.wishes.ask_for(wish(county.id, service, name, county.officer, std::move(command)),
                       std::move(then));
}

void set_routing_rule(World& world, County& county) {
  auto& dice = world.dice;
  d::SetRoutingRule command;
  command.rule.set_name("按类派单");
  command.rule.set_priority(static_cast<int>(1 + dice.below(9)));
  command.rule.add_kinds(dice.one_in(2) ? dv::DEMAND_KIND_QUESTION : dv::DEMAND_KIND_FUNDS);
  command.rule.set_mode(dv::ROUTING_MODE_ASSIGNED);
  command.rule.set_lead_group_id(pick(dice, county.groups).id);
  ask_for(world, county, "dispatch", "SetRoutingRule", std::move(command),
          [&world, &county](const runtime::Accepted& accepted) {
            if (!world.dice.one_in(3)) return;
            // Gone before what it was to route is routed, if they meet in one batch.
            submit_demand(world, county);
            submit_demand(world, county);
            ask_for(world, county, "dispatch", "RemoveRoutingRule",
                    d::RemoveRoutingRule{id_of(accepted)});
          });
}

void set_calendar(World& world, County& county) {
  d::SetCalendarYear command;
  command.calendar.set_layer(dv::CALENDAR_LAYER_COUNTY);
  command.calendar.set_year(2026);
  command.calendar.set_source("县政府通知");
  auto& day = *command.calendar.add_days();
  day.set_date(fmt::format("2026-01-{:02}", 2 + world.dice.below(12)));
  day.set_kind(world.dice.one_in(3) ? dv::DAY_KIND_WORKING_DAY : dv::DAY_KIND_DAY_OFF);
  day.set_name("调休");
  ask_for(world, county, "dispatch", "SetCalendarYear", std::move(command));
}

void set_office_hours(World& world, County& county) {
  d::SetOfficeHours command;
  auto& span = command.spans.emplace_back();
  span.set_from_minute(8 * 60);
  span.set_to_minute(static_cast<int>(15 + world.dice.below(4)) * 60);
  ask_for(world, county, "dispatch", "SetOfficeHours", std::move(command));
}

void set_limits(World& world, County& county) {
  d::SetLimits command;
  dv::LimitSetting setting;
  setting.set_limit_class(dv::LIMIT_CLASS_URGENT);
  setting.set_clock_kind(dv::CLOCK_KIND_TAKE);
  setting.mutable_limit()->set_unit(dv::LIMIT_UNIT_CLOCK_MINUTES);
  setting.mutable_limit()->set_amount(static_cast<int>(30 + world.dice.below(90)));
  command.settings = {setting};
  ask_for(world, county, "dispatch", "SetLimits", std::move(command));
}

void set_notice_rule(World& world, County& county) {
  n::SetRule command;
  auto& rule = command.rule;
  rule.set_rule_id(fmt::format("own.{}", ++county.rules));
  rule.set_trigger(nv::TRIGGER_DEMAND_TAKEN);
  rule.mutable_audience()->set_role(nv::AUDIENCE_ROLE_COORDINATORS);
  rule.add_channels(nv::CHANNEL_INBOX);
  rule.set_urgency(nv::NOTICE_URGENCY_NORMAL);
  rule.set_template_key("taken.asker");
  ask_for(world, county, "notification", "SetRule", std::move(command));
}

void reset_notice_rule(World& world, County& county) {
  const auto number = 1 + world.dice.below(static_cast<std::uint64_t>(county.rules) + 1);
  ask_for(world, county, "notification", "ResetRule", n::ResetRule{fmt::format("own.{}", number)});
}

void set_template(World& world, County& county) {
  n::SetTemplate command;
  auto& spec = command.spec;
  spec.set_template_key("taken.asker");
  spec.set_trigger(nv::TRIGGER_DEMAND_TAKEN);
  spec.set_title_zh("诉求 {number} 已接单");
  spec.set_text_zh(fmt::format("{{title}}：第{}稿", world.wishes.all().size()));
  spec.set_title_en("Demand {number} is taken");
  spec.set_text_en("{title}");
  ask_for(world, county, "notification", "SetTemplate", std::move(command));
}

}  // namespace

void change_settings(World& world, County& county) {
  switch (world.dice.below(7)) {
    case 0:
      return set_routing_rule(world, county);
    case 1:
      return set_calendar(world, county);
    case 2:
      return set_office_hours(world, county);
    case 3:
      return set_notice_rule(world, county);
    case 4:
      return reset_notice_rule(world, county);
    case 5:
      return set_template(world, county);
    default:
      return set_limits(world, county);
  }
}

}  // namespace lianmeng::simulation
