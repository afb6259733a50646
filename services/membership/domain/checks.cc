#include "membership/domain/checks.h"

#include <fmt/format.h>

#include <chrono>

#include "membership/domain/reasons.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

Refused check_given(const std::string& field, std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") != text.npos) return std::nullopt;
  return refuse_field(field, "必须填写。", "it must be given");
}

Refused check_words(const std::string& field, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (auto no = check_given(fmt::format("{}[{}]", field, i), words[i])) return no;
  }
  return std::nullopt;
}

Refused check_period(const std::string& field, Time from, const std::optional<Time>& until) {
  if (until && *until <= from) {
    return refuse_field(
        field, fmt::format("终止时间 {} 须晚于起始时间 {}。", to_rfc3339(*until), to_rfc3339(from)),
        fmt::format("the end {} must be later than the start {}", to_rfc3339(*until),
                    to_rfc3339(from)));
  }
  return std::nullopt;
}

Refused check_end(const std::string& field, Time from, Time until) {
  if (until >= from) return std::nullopt;
  return refuse_field(
      field, fmt::format("终止时间 {} 不能早于起始时间 {}。", to_rfc3339(until), to_rfc3339(from)),
      fmt::format("the end {} must not be earlier than the start {}", to_rfc3339(until),
                  to_rfc3339(from)));
}

Refusal deny(std::string_view action_zh, std::string_view action_en, std::string_view why_zh,
             std::string_view why_en) {
  return refuse(kPermissionDenied, {{"action", std::string(action_zh)},
                                    {"action_en", std::string(action_en)},
                                    {"why", std::string(why_zh)},
                                    {"why_en", std::string(why_en)}});
}

Refused check_county(const state::View& view, const CountyId& county) {
  if (!roster::county(view, county)) return refuse(kCountyUnknown, {{"county", county.str()}});
  return std::nullopt;
}

bool keeps_roster(const roster::Standing& standing) {
  return standing.is_county_officer() || standing.is_coordinator();
}

Refused check_import(const roster::Standing& standing, const DecideContext& context) {
  if (!context.imported || keeps_roster(standing)) return std::nullopt;
  return deny("补录历史", "import history", "只有县级主管办公室和联盟办调度员可以填写发生时间。",
              "only the county's office and its coordinators may say when something happened");
}

Refused check_import_of(const roster::Standing& standing, const DecideContext& context,
                        const std::optional<Time>& date) {
  constexpr auto kShanghai = std::chrono::hours(8);
  const auto today = std::chrono::floor<std::chrono::days>(context.now + kShanghai) - kShanghai;
  if (!date || *date >= today || keeps_roster(standing)) return std::nullopt;
  return deny("补录历史", "import history",
              "早于今天的起止时间只有县级主管办公室和联盟办调度员可以填写。请填写今天或以后的时间，"
              "或由其补录。",
              "only the county's office and its coordinators may give a date before today; give "
              "today or a later one, or have them record it");
}

Refused check_keeps_roster(const state::View& view, const DecideContext& context,
                           std::string_view action_zh, std::string_view action_en) {
  if (auto no = check_county(view, context.county)) return no;
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  if (keeps_roster(standing)) return std::nullopt;
  return deny(action_zh, action_en, "名册由县级主管办公室和联盟办调度员维护。",
              "the roster is kept by the county's office and its coordinators");
}

Refused check_organisation(const state::View& view, const CountyId& county,
                           const std::string& organisation_id, v1::Organisation* into) {
  auto row = roster::organisation(view, county, organisation_id);
  if (!row) return refuse(kOrganisationUnknown, {{"organisation", organisation_id}});
  if (!roster::is_in_being(*row)) {
    return refuse(kOrganisationDissolved,
                  {{"organisation", organisation_id}, {"name", row->name()}});
  }
  if (into != nullptr) *into = std::move(*row);
  return std::nullopt;
}

Refused check_now(const DecideContext& context) {
  if (!context.imported) return std::nullopt;
  const auto given = to_rfc3339(context.effective_time);
  return refuse_field("effective_time",
                      fmt::format("此操作即时生效，不能填写发生时间，收到 {}。", given),
                      fmt::format("this happens now; leave the time out, {} was given", given));
}

Refusal erased(const v1::PersonRecord& person) {
  return refuse(kPersonErased, {{"person", person.person_id()},
                                {"day", day_text(state::from_proto(person.erased_time()))}});
}

std::string day_text(Time time) {
  const auto local = time + std::chrono::hours(8);
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(local)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace lianmeng::membership
