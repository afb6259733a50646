#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "membership/domain/county.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

namespace {

bool is_digits(std::string_view text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789") == text.npos;
}

// The id of a county leads the ids of its people and is said on the phone.
Refused check_county_id(const CountyId& county) {
  const auto& text = county.str();
  if (text.size() >= 2 && text.size() <= 16 &&
      text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == text.npos) {
    return std::nullopt;
  }
  return refuse_field(
      "county",
      fmt::format("县编号为 2–16 位数字或小写字母，通常是六位行政区划代码（如 610524），收到“{}”。",
                  text),
      fmt::format("2–16 digits or small letters, usually the six-digit division code (610524); "
                  "\"{}\" was given",
                  text));
}

Refused check_attributes(const v1::County& county) {
  if (auto no = check_given("name", county.name())) return no;
  if (auto no = check_given("short_name", county.short_name())) return no;
  if (!is_digits(county.code(), 6)) {
    return refuse_field(
        "code", fmt::format("现行行政区划代码为六位数字（如 610524），收到“{}”。", county.code()),
        fmt::format("today's division code has six digits (610524); \"{}\" was given",
                    county.code()));
  }
  return std::nullopt;
}

}  // namespace

Decision<Event> decide(const state::View& view, const CreateCounty& command,
                       const DecideContext& context) {
  if (context.actor.kind != Actor::Kind::kOperator) {
    return deny("建县", "create a county", "只有运营方可以建县。", "only the operator may");
  }
  if (auto no = check_county_id(context.county)) return *no;
  if (const auto there = roster::county(view, context.county)) {
    return refuse(kCountyExists, {{"county", context.county.str()}, {"name", there->name()}});
  }

  Event event;
  auto& created = *event.mutable_county_created();
  auto& county = *created.mutable_county();
  county.set_county(context.county.str());
  county.set_name(command.name);
  county.set_short_name(command.short_name);
  county.set_code(command.code);
  county.set_office_organisation_id(next_id(view, context.county, 'o'));
  *county.mutable_created_time() = state::to_proto(context.effective_time);
  if (auto no = check_attributes(county)) return *no;

  auto& office = *created.add_organisations();
  office.set_county(context.county.str());
  office.set_organisation_id(county.office_organisation_id());
  office.set_name(command.office_name);
  office.set_kind(v1::ORGANISATION_KIND_DEPARTMENT);
  *office.mutable_created_time() = county.created_time();
  if (auto no = check_given("office_name", office.name())) return *no;

  bool has_officer = false;
  for (std::size_t i = 0; i < command.people.size(); ++i) {
    const auto& draft = command.people[i];
    const auto path = fmt::format("people[{}].", i);
    auto& person = *created.add_people();
    const auto person_id = next_id(view, context.county, 'p', static_cast<int>(i));
    if (auto no = make_person(context, draft, person_id, path, &person)) return *no;
    person.set_organisation_id(office.organisation_id());
    for (std::size_t k = 0; k < draft.posts.size(); ++k) {
      auto& post = *created.add_posts();
      if (auto no = make_post(context, draft.posts[k], office, office.organisation_id(),
                              fmt::format("{}posts[{}].", path, k), &post)) {
        return *no;
      }
      post.set_person_id(person_id);
      post.set_post_id(next_id(view, context.county, 't', created.posts_size() - 1));
      has_officer |= post.role() == v1::POST_ROLE_COUNTY_OFFICER &&
                     roster::in_force(post, context.effective_time);
    }
  }
  if (!has_officer) {
    return refuse_field("people", "首批人员中须有现任的县级主管办公室人员，否则无人能维护名册。",
                        "one of the first people must be a county officer with a post in force, or "
                        "nobody could keep the roster");
  }
  return event;
}

Decision<Event> decide(const state::View& view, const UpdateCounty& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  if (!roster::standing_of(view, context.actor, context.county, context.now).is_county_officer()) {
    return deny("修改县信息", "change the county", "只有县级主管办公室可以修改。",
                "only the county's office may");
  }
  const auto before = *roster::county(view, context.county);
  Event event;
  auto& county = *event.mutable_county_updated()->mutable_county();
  county = before;
  if (command.name) county.set_name(*command.name);
  if (command.short_name) county.set_short_name(*command.short_name);
  if (command.code) county.set_code(*command.code);
  if (google::protobuf::util::MessageDifferencer::Equals(before, county)) {
    return refuse(kNothingChanges, {{"subject", context.county.str()}});
  }
  if (auto no = check_attributes(county)) return *no;
  return event;
}

}  // namespace lianmeng::membership
