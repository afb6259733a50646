#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "membership/domain/person.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

namespace {

void keep(const v1::SealedValue& value, v1::SealedValue* into, v1::PersonRecord* person) {
  *into = value;
  const auto& keys = person->key_ids();
  if (std::find(keys.begin(), keys.end(), value.key_id()) == keys.end()) {
    person->add_key_ids(value.key_id());
  }
}

void keep(const PersonalValues& values, v1::PersonRecord* person) {
  if (values.phone) keep(*values.phone, person->mutable_sealed_phone(), person);
  if (values.identity_number) {
    keep(*values.identity_number, person->mutable_sealed_identity_number(), person);
  }
  if (values.address) keep(*values.address, person->mutable_sealed_address(), person);
}

bool holds_public_post(const std::vector<PostDraft>& posts) {
  return std::any_of(posts.begin(), posts.end(),
                     [](const PostDraft& post) { return roster::is_public(post.role); });
}

}  // namespace

std::string county_of_person(const std::string& person_id) {
  const auto dash = person_id.rfind("-p");
  if (dash == std::string::npos || dash == 0 || dash + 2 == person_id.size()) return {};
  if (person_id.find_first_not_of("0123456789", dash + 2) != std::string::npos) return {};
  return person_id.substr(0, dash);
}

Refused make_person(const DecideContext& context, const PersonDraft& draft,
                    const std::string& person_id, const std::string& path,
                    v1::PersonRecord* person) {
  if (auto no = check_given(path + "name", draft.name.plain)) return no;
  person->set_county(context.county.str());
  person->set_person_id(person_id);
  person->set_organisation_id(draft.organisation_id);
  *person->mutable_registered_time() = state::to_proto(context.effective_time);
  if (holds_public_post(draft.posts)) {
    person->set_public_name(draft.name.plain);
  } else {
    keep(draft.name.sealed, person->mutable_sealed_name(), person);
  }
  keep(draft.values, person);
  return std::nullopt;
}

Decision<Event> decide(const state::View& view, const RegisterPerson& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  const auto& draft = command.person;
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  // A village enters its own people, so that it can ask on their behalf.
  const bool own_people = draft.posts.empty() && standing.is_village_cadre(draft.organisation_id);
  if (!keeps_roster(standing) && !own_people) {
    return deny("登记人员", "register this person",
                "名册由县级主管办公室和联盟办调度员维护；村干部只能登记本村的无职人员。",
                "the roster is kept by the county's office and its coordinators; a village's cadre "
                "registers people of that village without posts");
  }
  if (auto no = check_import(standing, context)) return *no;
  Event event;
  auto& registered = *event.mutable_person_registered();
  auto& person = *registered.mutable_person();
  const auto person_id = next_id(view, context.county, 'p');
  if (auto no = make_person(context, draft, person_id, "", &person)) return *no;
  if (!draft.organisation_id.empty()) {
    if (auto no = check_organisation(view, context.county, draft.organisation_id)) return *no;
  }
  const auto office_id = roster::county(view, context.county)->office_organisation_id();
  for (std::size_t i = 0; i < draft.posts.size(); ++i) {
    const auto& wanted = draft.posts[i];
    v1::Organisation organisation;
    if (auto no = check_organisation(view, context.county, wanted.organisation_id, &organisation)) {
      return *no;
    }
    if (auto no = check_may_appoint(standing, wanted.role, wanted.organisation_id)) return *no;
    auto& post = *registered.add_posts();
    if (auto no = make_post(context, wanted, organisation, office_id, fmt::format("posts[{}].", i),
                            &post)) {
      return *no;
    }
    post.set_person_id(person_id);
    post.set_post_id(next_id(view, context.county, 't', static_cast<int>(i)));
  }
  return event;
}

Decision<Event> decide(const state::View& view, const UpdatePerson& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  const auto before = roster::person(view, context.county, PersonId(command.person_id));
  if (!before) return refuse(kPersonUnknown, {{"person", command.person_id}});
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  const bool self = standing.is_known() && standing.person().str() == command.person_id;
  const bool own_people =
      before->public_name().empty() && standing.is_village_cadre(before->organisation_id());
  // Moving somebody to another organisation is not theirs to do.
  const bool may =
      keeps_roster(standing) || ((self || own_people) && !command.organisation_id.has_value());
  if (!may) {
    return deny("修改人员信息", "change this person",
                "只有县级主管办公室、联盟办调度员、本人和其所在村的干部可以修改；所在组织只能由前两"
                "者修改。",
                "only the county's office, its coordinators, the person and their village's cadre "
                "may, and only the former two change the organisation");
  }
  if (auto no = check_import(standing, context)) return *no;
  if (county_of_person(command.person_id) != context.county.str()) {
    return refuse(kPersonRegisteredElsewhere,
                  {{"person", command.person_id}, {"county", county_of_person(command.person_id)}});
  }
  if (roster::is_erased(*before)) return erased(*before);
  Event event;
  auto& person = *event.mutable_person_updated()->mutable_person();
  person = *before;
  if (command.name) {
    if (auto no = check_given("name", command.name->plain)) return *no;
    if (before->public_name().empty()) {
      keep(command.name->sealed, person.mutable_sealed_name(), &person);
    } else {
      person.set_public_name(command.name->plain);
    }
  }
  keep(command.values, &person);
  if (command.organisation_id) {
    if (!command.organisation_id->empty()) {
      if (auto no = check_organisation(view, context.county, *command.organisation_id)) return *no;
    }
    person.set_organisation_id(*command.organisation_id);
  }
  if (google::protobuf::util::MessageDifferencer::Equals(*before, person)) {
    return refuse(kNothingChanges, {{"subject", command.person_id}});
  }
  return event;
}

}  // namespace lianmeng::membership
