#include "dispatch/rpc/responses.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/settings.h"
#include "dispatch/queries/lists.h"
#include "dispatch/rpc/pages.h"
#include "dispatch/rpc/reader.h"

namespace lianmeng::dispatch {
namespace {

v1::SettingsRow settings_row(const state::View& view, const std::string& county) {
  return settings().find(view, state::Key{}.add(county)).value_or(v1::SettingsRow());
}

google::protobuf::RepeatedPtrField<v1::OfficeSpan> spans_of(const v1::SettingsRow& row) {
  if (!row.office_hours().empty()) return row.office_hours();
  google::protobuf::RepeatedPtrField<v1::OfficeSpan> spans;
  for (const auto& span : OfficeHours::standard().spans) {
    auto& out = *spans.Add();
    out.set_from_minute(static_cast<std::int32_t>(span.from.count()));
    out.set_to_minute(static_cast<std::int32_t>(span.to.count()));
  }
  return spans;
}

v1::CalendarYear year_of(const CalendarYear& year) {
  v1::CalendarYear out;
  out.set_layer(static_cast<v1::CalendarLayer>(year.level));
  out.set_year(year.year);
  out.set_source(year.source);
  const auto add = [&](const std::vector<LocalDay>& days, v1::DayKind kind) {
    for (const auto day : days) {
      auto& entry = *out.add_days();
      entry.set_date(to_string(day));
      entry.set_kind(kind);
    }
  };
  add(year.days_off, v1::DAY_KIND_DAY_OFF);
  add(year.working_days, v1::DAY_KIND_WORKING_DAY);
  return out;
}

}  // namespace

bool reads_settings(const CountyId& county, const state::View& view,
                    const runtime::Accepted& accepted, const Actor& actor) {
  return Reader(view, county.str(), actor, accepted.time).me().is_known();
}

void fill_settings(const v1::SetLimitsRequest& request, const state::View& view,
                   v1::SetLimitsResponse* response) {
  for (auto& limit : limits_in_force(view, CountyId(request.county()))) {
    *response->add_limits() = std::move(limit);
  }
}

void fill_settings(const v1::SetCalendarYearRequest& request, const state::View& view,
                   v1::SetCalendarYearResponse* response) {
  const auto settings = settings_row(view, request.county());
  for (const auto& year : settings.calendars()) {
    if (year.layer() == request.calendar().layer() && year.year() == request.calendar().year()) {
      *response->mutable_calendar() = year;
    }
  }
}

void fill_settings(const v1::SetOfficeHoursRequest& request, const state::View& view,
                   v1::SetOfficeHoursResponse* response) {
  *response->mutable_spans() = spans_of(settings_row(view, request.county()));
}

void fill_rule(const v1::SetRoutingRuleRequest& request, const state::View& view,
               const runtime::Accepted& accepted, v1::SetRoutingRuleResponse* response) {
  const auto id = accepted.subject.substr(accepted.subject.find('/') + 1);
  const auto rules = routing_rules().find(view, state::Key{}.add(request.county()));
  if (!rules) return;
  for (const auto& rule : rules->rules()) {
    if (rule.rule_id() == id) *response->mutable_rule() = rule;
  }
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetLimitsRequest& request, v1::GetLimitsResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  for (auto& limit : limits_in_force(*context.view, reader.county)) {
    *response->add_limits() = std::move(limit);
  }
  response->set_version(settings_row(*context.view, request.county()).limits_version());
  return {};
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetCalendarRequest& request, v1::GetCalendarResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  const auto row = settings_row(*context.view, request.county());
  bool state_council = false;
  for (const auto& year : row.calendars()) {
    if (year.year() != request.year()) continue;
    state_council = state_council || year.layer() == v1::CALENDAR_LAYER_STATE_COUNCIL;
    *response->add_layers() = year;
  }
  // The built-in notice holds where the county recorded none.
  if (!state_council) {
    for (const auto& year : state_council_years()) {
      if (year.year == request.year()) *response->add_layers() = year_of(year);
    }
  }
  std::sort(response->mutable_layers()->begin(), response->mutable_layers()->end(),
            [](const auto& a, const auto& b) { return a.layer() < b.layer(); });
  response->set_provisional(
      CountyClocks(*context.view, reader.county).calendar().provisional(request.year()));
  *response->mutable_office_hours() = spans_of(row);
  return {};
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListRoutingRulesRequest& request, v1::ListRoutingRulesResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  auto page = queries::list_routing_rules(*context.view, reader.county, page_of(request));
  if (!page) return fail(std::move(page).error());
  for (auto& rule : page->rows) *response->add_rules() = std::move(rule);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

}  // namespace lianmeng::dispatch
