#include "membership/rpc/responses.h"

#include <string>
#include <utility>
#include <vector>

#include "membership/domain/as_of.h"
#include "membership/domain/checks.h"
#include "membership/domain/look.h"
#include "membership/domain/reasons.h"
#include "membership/queries/queries.h"
#include "membership/rpc/opener.h"
#include "membership/rpc/post_entry.h"
#include "membership/rpc/reader.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::membership {

using queries::Sight;
using roster::Standing;

namespace {

// A record, as it is or was, as far as the caller sees the person, who is not kNothing to them.
Status fill_person(const state::View& view, seal::Sealer& sealer, const Standing& caller,
                   Sight sight, const v1::PersonRecord& row, const std::vector<v1::Post>& posts,
                   Time moment, v1::Person* person) {
  const CountyId county(row.county());
  person->set_county(row.county());
  person->set_person_id(row.person_id());
  person->set_name(row.public_name());
  person->set_name_is_public(!row.public_name().empty());
  person->set_organisation_id(row.organisation_id());
  person->set_organisation_name(roster::organisation_name(view, county, row.organisation_id()));
  *person->mutable_registered_time() = row.registered_time();
  person->set_erased(roster::is_erased(row));
  for (const auto& post : posts) {
    if (queries::sees(view, caller, post)) fill_post(view, post, moment, person->add_posts());
  }
  if (sight == Sight::kNothing || sight == Sight::kPublic) return {};

  Opener opener(sealer, person);
  const bool whole = sight == Sight::kOwn;
  if (row.public_name().empty()) {
    auto name = opener.open(row.sealed_name(), roster::kSealedName);
    if (!name) return fail(name.error());
    person->set_name(std::move(*name));
  }
  opener.take_erased();
  auto phone = opener.open(row.sealed_phone(), roster::kSealedPhone);
  if (!phone) return fail(phone.error());
  person->set_phone(opener.take_erased() || whole ? *phone : mask_phone(*phone));
  auto number = opener.open(row.sealed_identity_number(), roster::kSealedIdentityNumber);
  if (!number) return fail(number.error());
  person->set_identity_number(opener.take_erased() ? *number : mask_identity_number(*number));
  if (sight == Sight::kMasked) return {};
  auto address = opener.open(row.sealed_address(), roster::kSealedAddress);
  if (!address) return fail(address.error());
  person->set_address(std::move(*address));
  return {};
}

// The person as they are.
Status fill_person(const state::View& view, seal::Sealer& sealer, const Standing& caller,
                   const v1::PersonRecord& row, Time now, v1::Person* person) {
  const Standing standing(view, CountyId(row.county()), PersonId(row.person_id()), now);
  return fill_person(view, sealer, caller, queries::sight_of(caller, row), row, standing.posts(),
                     now, person);
}

// The person as they were. How much the caller sees is judged by today.
Status fill_person_then(const state::View& view, seal::Sealer& sealer, const Standing& caller,
                        const v1::PersonRecord& today, const state::AsOf& as_of, Time now,
                        v1::Person* person) {
  auto then = person_as_of(view, caller.county(), today.person_id(), as_of);
  if (!then) return fail(std::move(then).error());
  const auto sight = queries::sight_of(caller, today);
  const auto moment = as_of.moment(now);
  std::erase_if(then->posts, [&](const auto& post) { return !roster::in_force(post, moment); });
  if (auto status =
          fill_person(view, sealer, caller, sight, then->record, then->posts, moment, person);
      !status) {
    return status;
  }
  // The name became public later, and is no secret to those who see no more.
  if (sight == Sight::kPublic) person->set_name(today.public_name());
  return {};
}

}  // namespace

std::string mask_phone(std::string_view phone) {
  if (phone.empty()) return {};
  if (phone.size() < 8) return "****";
  return std::string(phone.substr(0, 3)) + "****" + std::string(phone.substr(phone.size() - 4));
}

std::string mask_identity_number(std::string_view number) {
  if (number.empty()) return {};
  if (number.size() < 8) return "****";
  return "****" + std::string(number.substr(number.size() - 4));
}

bool ReplyFiller::fill(const Scope& scope, v1::Person* out) const {
  const auto row = roster::person(scope.view, county_, PersonId(scope.id));
  if (!row) return false;
  const auto now = scope.accepted.time;
  const auto caller = roster::standing_of(scope.view, scope.actor, county_, now);
  // A repeat by somebody else, or by somebody who lost the post meanwhile. What audit is shown goes
  // on record, which an answer to a command does not.
  if (queries::sight_of(caller, *row) == Sight::kNothing) return false;
  if (scope.accepted.repeated && looks_as_audit(caller)) return false;
  if (!fill_person(scope.view, sealer_, caller, *row, now, out)) {
    // The command stands; what cannot be opened is left out, and a query says why.
    out->clear_phone();
    out->clear_identity_number();
    out->clear_address();
  }
  return true;
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetPersonRequest& request,
                                 v1::GetPersonResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto row = roster::person(*context.view, caller->county(), PersonId(request.person_id()));
  if (!row || queries::sight_of(*caller, *row) == Sight::kNothing) {
    return fail(to_error(refuse(kPersonUnknown, {{"person", request.person_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) {
    return fill_person_then(*context.view, sealer_, *caller, *row, as_of, context.now,
                            response->mutable_person());
  }
  return fill_person(*context.view, sealer_, *caller, *row, context.now,
                     response->mutable_person());
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListPeopleRequest& request,
                                 v1::ListPeopleResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  auto page = queries::list_people(*context.view, *caller, request.organisation_id(),
                                   page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (const auto& row : page->rows) {
    if (auto status =
            fill_person(*context.view, sealer_, *caller, row, context.now, response->add_people());
        !status) {
      return status;
    }
  }
  // The person's own values were masked as far as the caller sees them.
  for (auto& person : *response->mutable_people()) {
    for (auto& post : *person.mutable_posts()) state::mask_texts(post);
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::WhoAmIRequest& request,
                                 v1::WhoAmIResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  if (auto status = fill_person(*context.view, sealer_, *caller, *caller->record(), context.now,
                                response->mutable_person());
      !status) {
    return status;
  }
  const auto can = [&](bool may, v1::Capability capability) {
    if (may) response->add_capabilities(capability);
  };
  can(keeps_roster(*caller), v1::CAPABILITY_KEEP_ROSTER);
  can(caller->is_coordinator(), v1::CAPABILITY_COORDINATE);
  can(caller->is_county_officer(), v1::CAPABILITY_COUNTY_OFFICE);
  can(caller->is_chair_in_turn(), v1::CAPABILITY_CHAIR);
  can(!caller->groups().empty(), v1::CAPABILITY_GROUP);
  can(caller->holds(v1::POST_ROLE_GROUP_HEAD), v1::CAPABILITY_HEAD_GROUP);
  can(caller->is_auditor(), v1::CAPABILITY_AUDIT);
  for (const auto& group : caller->groups()) response->add_group_ids(group);
  return {};
}

}  // namespace lianmeng::membership
