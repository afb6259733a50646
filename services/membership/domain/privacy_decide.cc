#include <fmt/format.h>

#include <algorithm>

#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/domain/privacy.h"
#include "membership/domain/reasons.h"
#include "membership/projection/roster_tables.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

using state::from_proto;
using state::Key;
using state::to_proto;

namespace {

// Values lie where the person was registered, and nowhere else.
Refused check_registered_here(const DecideContext& context, const std::string& person_id) {
  const auto county = county_of_person(person_id);
  if (county == context.county.str()) return std::nullopt;
  return refuse(kPersonRegisteredElsewhere, {{"person", person_id}, {"county", county}});
}

bool has(const v1::PersonRecord& person, v1::ContactField field) {
  return field == v1::CONTACT_FIELD_PHONE ? person.has_sealed_phone() : person.has_sealed_address();
}

// Reads the fields, each once; none means the telephone number.
Refused read_fields(const std::vector<v1::ContactField>& given,
                    std::vector<v1::ContactField>* fields) {
  for (const auto field : given) {
    if (field != v1::CONTACT_FIELD_PHONE && field != v1::CONTACT_FIELD_ADDRESS) {
      return refuse_field(
          "fields",
          fmt::format("只能选择手机号（PHONE）或住址（ADDRESS），收到 {}。",
                      static_cast<int>(field)),
          fmt::format("choose the telephone number (PHONE) or the address (ADDRESS); {} was given",
                      static_cast<int>(field)));
    }
    if (std::find(fields->begin(), fields->end(), field) == fields->end()) fields->push_back(field);
  }
  if (fields->empty()) fields->push_back(v1::CONTACT_FIELD_PHONE);
  return std::nullopt;
}

}  // namespace

Decision<Event> decide(const state::View& view, const ErasePerson& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, "删除人员信息", "erase this person")) return *no;
  if (auto no = check_now(context)) return *no;
  const auto person = roster::person(view, context.county, PersonId(command.person_id));
  if (!person) return refuse(kPersonUnknown, {{"person", command.person_id}});
  if (auto no = check_registered_here(context, command.person_id)) return *no;
  if (roster::is_erased(*person)) return erased(*person);
  if (auto no = check_given("reason", command.reason)) return *no;

  Event event;
  auto& out = *event.mutable_person_erased();
  out.set_county(context.county.str());
  out.set_person_id(command.person_id);
  *out.mutable_erased_time() = to_proto(context.now);
  out.set_reason(command.reason);
  *out.mutable_key_ids() = person->key_ids();

  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  Refused no;
  roster::each<v1::Post>(
      roster::posts(), view, roster::kPostsByPerson,
      Key{}.add(context.county.str()).add(command.person_id), [&](const v1::Post& post) {
        if (post.has_until_time() && from_proto(post.until_time()) <= context.now) return true;
        no = check_may_appoint(standing, post.role(), post.organisation_id());
        if (!no) {
          no = check_not_last_officer(view, post, context.now, [&](const v1::Post& other) {
            return other.person_id() != command.person_id;
          });
        }
        // One that is still to come never begins.
        const auto until = std::max(from_proto(post.from_time()), context.now);
        *out.add_ended_posts() = make_end(post, until, "人员信息已删除");
        return !no.has_value();
      });
  if (no) return *no;
  return event;
}

Decision<Event> decide(const state::View& view, const RevealContact& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  const auto person = roster::person(view, context.county, PersonId(command.person_id));
  const bool self = standing.is_known() && standing.person().str() == command.person_id;
  const bool own_people = person && person->public_name().empty() &&
                          standing.is_village_cadre(person->organisation_id());
  if (self || !(keeps_roster(standing) || own_people || standing.is_auditor())) {
    return deny(
        "查看联系方式", "see these contact values",
        "只有县级主管办公室、联盟办调度员、其所在村的干部和审计人员可以查看；本人直接查询即"
        "可。",
        "the county's office, its coordinators, the cadre of the person's village and audit "
        "may; one's own are in the answer of GetPerson");
  }
  if (auto no = check_now(context)) return *no;
  if (!person) return refuse(kPersonUnknown, {{"person", command.person_id}});
  if (auto no = check_registered_here(context, command.person_id)) return *no;
  if (roster::is_erased(*person)) return erased(*person);
  if (auto no = check_given("reason", command.reason)) return *no;
  std::vector<v1::ContactField> fields;
  if (auto no = read_fields(command.fields, &fields)) return *no;

  Event event;
  auto& out = *event.mutable_contact_revealed();
  out.set_county(context.county.str());
  out.set_person_id(command.person_id);
  out.set_by_person_id(standing.person().str());
  out.set_reason(command.reason);
  for (const auto field : fields) {
    if (has(*person, field)) out.add_fields(field);
  }
  if (out.fields().empty()) return refuse(kContactMissing, {{"person", command.person_id}});
  return event;
}

}  // namespace lianmeng::membership
