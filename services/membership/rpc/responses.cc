#include "membership/rpc/responses.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "membership/domain/as_of.h"
#include "membership/domain/look.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/projection/roster_tables.h"
#include "membership/queries/queries.h"
#include "membership/rpc/commands.h"
#include "platform/base/mask.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::membership {

using queries::Sight;
using roster::Standing;
using state::Key;

namespace {

state::PageRequest page_of(int size, const std::string& token) {
  state::PageRequest page;
  page.page_size = size;
  page.page_token = token;
  return page;
}

// Reads and shows personal values.
class Opener {
 public:
  Opener(seal::Sealer& sealer, v1::Person* person) : sealer_(sealer), person_(person) {}

  // The text; 已删除 when its person or its key was erased; empty when there is none. Who was
  // erased has no ciphertext left in the state, whether or not the key is gone yet.
  Result<std::string> open(const v1::SealedValue& value, std::string_view field) {
    if (value.key_id().empty()) return std::string();
    if (value.ciphertext().empty()) return erased();
    auto text = sealer_.open({value.key_id(), value.nonce(), value.ciphertext()}, field);
    if (!text) return fail(text.error());
    if (*text) return std::move(**text);
    return erased();
  }
  // Whether the last one was erased: then it is shown as it is.
  bool take_erased() { return std::exchange(erased_, false); }

 private:
  std::string erased() {
    person_->set_erased(true);
    erased_ = true;
    return std::string(seal::kErasedZh);
  }

  seal::Sealer& sealer_;
  v1::Person* person_;
  bool erased_ = false;
};

void fill_post(const state::View& view, const v1::Post& post, Time now, v1::PostEntry* entry) {
  const CountyId county(post.county());
  *entry->mutable_post() = post;
  entry->set_person_name(roster::person_name(view, county, PersonId(post.person_id())));
  entry->set_organisation_name(roster::organisation_name(view, county, post.organisation_id()));
  entry->set_in_force(roster::in_force(post, now));
}

void fill_membership(const state::View& view, const v1::Membership& row, Time now,
                     v1::MembershipEntry* entry) {
  const CountyId county(row.county());
  *entry->mutable_membership() = row;
  entry->set_organisation_name(roster::organisation_name(view, county, row.organisation_id()));
  entry->set_alliance_name(roster::organisation_name(view, county, row.alliance_id()));
  entry->set_in_force(roster::in_force(row, now));
}

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

// The caller, who may read here.
Result<Standing> reader(const runtime::QueryContext& context, const Actor& actor,
                        const std::string& county) {
  auto standing = roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (auto no = queries::check_reader(*context.view, standing)) return fail(to_error(*no));
  return standing;
}

// The organisation and those above it, each as it was.
Status organisation_then(const state::View& view, const CountyId& county, const state::AsOf& as_of,
                         const v1::Organisation& now, v1::GetOrganisationResponse* response) {
  auto row = organisation_as_of(view, county, now.organisation_id(), as_of);
  if (!row) return fail(std::move(row).error());
  auto parent = row->parent_id();
  *response->mutable_organisation() = std::move(*row);
  // By effective time moves are left out of the order in which they were decided, so what would be
  // a circle of today's rules may stand there: it is cut.
  for (int level = 0; level < kDepthMax && !parent.empty(); ++level) {
    auto above = organisation_as_of(view, county, parent, as_of);
    if (!above) break;
    parent = above->parent_id();
    *response->add_ancestors() = std::move(*above);
  }
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

void ReplyFiller::fill(const Scope& scope, v1::County* out) const {
  if (auto row = roster::county(scope.view, county_)) *out = std::move(*row);
}

void ReplyFiller::fill(const Scope& scope, v1::Organisation* out) const {
  if (auto row = roster::organisation(scope.view, county_, scope.id)) *out = std::move(*row);
}

void ReplyFiller::fill(const Scope& scope, v1::Person* out) const {
  const auto row = roster::person(scope.view, county_, PersonId(scope.id));
  if (!row) return;
  const auto now = scope.accepted.time;
  const auto caller = roster::standing_of(scope.view, scope.actor, county_, now);
  if (queries::sight_of(caller, *row) == Sight::kNothing) {
    // A repeat by somebody who lost the post meanwhile: only what the request itself named.
    out->set_county(county_.str());
    out->set_person_id(scope.id);
    return;
  }
  if (!fill_person(scope.view, sealer_, caller, *row, now, out)) {
    // The command stands; what cannot be opened is left out, and a query says why.
    out->clear_phone();
    out->clear_identity_number();
    out->clear_address();
  }
}

void ReplyFiller::fill(const Scope& scope, v1::PostEntry* out) const {
  const auto row = roster::posts().find(scope.view, Key{}.add(county_.str()).add(scope.id));
  if (row) fill_post(scope.view, *row, scope.accepted.time, out);
}

void ReplyFiller::fill(const Scope& scope, v1::MembershipEntry* out) const {
  const auto row = roster::memberships().find(scope.view, Key{}.add(county_.str()).add(scope.id));
  if (row) fill_membership(scope.view, *row, scope.accepted.time, out);
}

Status RevealFiller::check_repeated(const state::View& view, const runtime::Accepted& accepted,
                                    const Actor& actor) const {
  DecideContext context;
  context.county = CountyId(request_->county());
  context.actor = actor;
  context.now = accepted.time;
  context.effective_time = accepted.time;
  const auto again = decide(view, reveal(*request_), context);
  if (const auto* no = std::get_if<Refusal>(&again)) return fail(to_error(*no));
  // An external id is known to the whole county: what it showed one is not shown to another.
  const auto row = reveals().find(view, Key{}.add(request_->county()).add(accepted.place.sequence));
  if (row && row->reveal().by_person_id() == actor.id) return {};
  return fail(to_error(deny("查看联系方式", "see these contact values",
                            "此外部编号由他人使用过，请换用新的外部编号。",
                            "this external id was used by somebody else; use a new one")));
}

Status RevealFiller::operator()(const state::View& view, const runtime::Accepted& accepted,
                                const Actor& actor, v1::RevealContactResponse* response) const {
  if (accepted.repeated && !accepted.validated) {
    if (auto status = check_repeated(view, accepted, actor); !status) return status;
  }
  const CountyId county(request_->county());
  const auto row = roster::person(view, county, PersonId(request_->person_id()));
  if (!row || accepted.validated) return {};
  v1::Person person;
  Opener opener(sealer_, &person);
  auto& contact = *response->mutable_contact();
  contact.set_person_id(row->person_id());
  contact.set_name(row->public_name());
  const auto open = [&](const v1::SealedValue& value, std::string_view field,
                        std::string* into) -> Status {
    auto text = opener.open(value, field);
    if (!text) return fail(text.error());
    *into = std::move(*text);
    return {};
  };
  Status status;
  if (row->public_name().empty()) {
    status = open(row->sealed_name(), roster::kSealedName, contact.mutable_name());
  }
  const auto& fields = request_->fields();
  const auto wanted = [&](v1::ContactField field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  };
  if (status && (fields.empty() || wanted(v1::CONTACT_FIELD_PHONE))) {
    status = open(row->sealed_phone(), roster::kSealedPhone, contact.mutable_phone());
  }
  if (status && wanted(v1::CONTACT_FIELD_ADDRESS)) {
    status = open(row->sealed_address(), roster::kSealedAddress, contact.mutable_address());
  }
  return status;
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetCountyRequest& request,
                                 v1::GetCountyResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  *response->mutable_county() = *roster::county(*context.view, caller->county());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetOrganisationRequest& request,
                                 v1::GetOrganisationResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::organisation(*context.view, county, request.organisation_id());
  if (!row) {
    return fail(
        to_error(refuse(kOrganisationUnknown, {{"organisation", request.organisation_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) return organisation_then(*context.view, county, as_of, *row, response);
  *response->mutable_organisation() = std::move(*row);
  for (const auto& id : roster::ancestors(*context.view, county, request.organisation_id())) {
    if (auto above = roster::organisation(*context.view, county, id)) {
      *response->add_ancestors() = std::move(*above);
    }
  }
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetPostRequest& request,
                                 v1::GetPostResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::posts().find(*context.view, Key{}.add(county.str()).add(request.post_id()));
  if (!row || !queries::sees(*context.view, *caller, *row)) {
    return fail(to_error(refuse(kPostUnknown, {{"post", request.post_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) {
    auto then = post_as_of(*context.view, county, request.post_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
  }
  fill_post(*context.view, *row, as_of.moment(context.now), response->mutable_post());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetMembershipRequest& request,
                                 v1::GetMembershipResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const auto& county = caller->county();
  auto row = roster::memberships().find(*context.view,
                                        Key{}.add(county.str()).add(request.membership_id()));
  if (!row) {
    return fail(to_error(refuse(kMembershipUnknown, {{"membership", request.membership_id()}})));
  }
  const auto as_of = state::as_of(request);
  if (!as_of.is_now()) {
    auto then = membership_as_of(*context.view, county, request.membership_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
  }
  fill_membership(*context.view, *row, as_of.moment(context.now), response->mutable_membership());
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListOrganisationsRequest& request,
                                 v1::ListOrganisationsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::OrganisationFilter filter;
  if (request.has_parent_id()) filter.parent_id = request.parent_id();
  filter.kind = request.kind();
  filter.text = request.text();
  filter.by_name = request.order() == v1::ORGANISATION_ORDER_NAME;
  filter.include_dissolved = request.include_dissolved();
  filter.as_of = state::as_of(request);
  auto page = queries::list_organisations(*context.view, caller->county(), filter,
                                          page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) *response->add_organisations() = std::move(row);
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
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
                                 const v1::ListPostsRequest& request,
                                 v1::ListPostsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::PostFilter filter;
  filter.person_id = request.person_id();
  filter.organisation_id = request.organisation_id();
  filter.role = request.role();
  filter.as_of = state::as_of(request);
  const auto moment = filter.as_of.moment(context.now);
  if (request.in_force()) filter.in_force_at = moment;
  if (request.has_in_force_at()) filter.in_force_at = state::from_proto(request.in_force_at());
  auto page = queries::list_posts(*context.view, *caller, filter,
                                  page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (const auto& row : page->rows) {
    fill_post(*context.view, row, moment, response->add_posts());
  }
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListMembershipsRequest& request,
                                 v1::ListMembershipsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  queries::MembershipFilter filter;
  filter.organisation_id = request.organisation_id();
  filter.alliance_id = request.alliance_id();
  filter.role = request.role();
  filter.as_of = state::as_of(request);
  const auto moment = filter.as_of.moment(context.now);
  if (request.in_force()) filter.in_force_at = moment;
  if (request.has_in_force_at()) filter.in_force_at = state::from_proto(request.in_force_at());
  auto page = queries::list_memberships(*context.view, caller->county(), filter,
                                        page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (const auto& row : page->rows) {
    fill_membership(*context.view, row, moment, response->add_memberships());
  }
  state::mask_texts(*response);
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::GetHistoryRequest& request,
                                 v1::GetHistoryResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  if (!queries::is_subject(request.subject())) {
    return fail(to_error(
        refuse_field("subject",
                     fmt::format("应为{}之一加编号，如 organisations/o5，收到“{}”。",
                                 fmt::join(queries::kSubjects, "、"), request.subject()),
                     fmt::format("one of {} and an id, such as organisations/o5; \"{}\" was given",
                                 fmt::join(queries::kSubjects, ", "), request.subject()))));
  }
  auto page = queries::list_history(*context.view, *caller, request.subject(),
                                    page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) {
    auto& entry = *response->add_entries();
    entry.set_place(
        to_string(Place{context.applied.service, context.applied.partition, row.sequence()}));
    *entry.mutable_recorded_time() = row.recorded_time();
    *entry.mutable_effective_time() = row.effective_time();
    entry.set_actor(row.actor());
    const auto& event = row.event();
    const auto* fact =
        event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->oneof_decl(0));
    entry.set_type(fact->message_type()->name());
    *entry.mutable_event() = std::move(*row.mutable_event());
    state::mask_texts(*entry.mutable_event());
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListRevealsRequest& request,
                                 v1::ListRevealsResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  const queries::RevealFilter filter{request.person_id(), request.by_person_id()};
  auto page = queries::list_reveals(*context.view, *caller, filter,
                                    page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) {
    auto& out = *response->add_reveals();
    out.set_place(
        to_string(Place{context.applied.service, context.applied.partition, row.sequence()}));
    *out.mutable_time() = row.time();
    auto& reveal = *row.mutable_reveal();
    out.set_by_person_name(
        roster::person_name(*context.view, caller->county(), PersonId(reveal.by_person_id())));
    out.set_by_person_id(std::move(*reveal.mutable_by_person_id()));
    out.set_person_id(std::move(*reveal.mutable_person_id()));
    out.set_reason(mask_personal_numbers(reveal.reason()));
    *out.mutable_fields() = std::move(*reveal.mutable_fields());
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status QueryAnswerer::operator()(const runtime::QueryContext& context, const Actor& actor,
                                 const v1::ListAuditLooksRequest& request,
                                 v1::ListAuditLooksResponse* response) const {
  const auto caller = reader(context, actor, request.county());
  if (!caller) return fail(caller.error());
  if (auto no = queries::check_reads_looks(*caller)) return fail(to_error(*no));
  auto page = queries::list_looks(*context.view, caller->county(),
                                  page_of(request.page_size(), request.page_token()));
  if (!page) return fail(page.error());
  for (auto& row : page->rows) {
    auto& look = *row.mutable_event()->mutable_audit_looked();
    auto& out = *response->add_looks();
    out.set_place(
        to_string(Place{context.applied.service, context.applied.partition, row.sequence()}));
    *out.mutable_time() = row.recorded_time();
    out.set_person_name(
        roster::person_name(*context.view, caller->county(), PersonId(look.person_id())));
    out.set_person_id(std::move(*look.mutable_person_id()));
    out.set_method(std::move(*look.mutable_method()));
    *out.mutable_person_ids() = std::move(*look.mutable_person_ids());
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

std::vector<std::string> shown(const v1::GetPersonResponse& response) {
  return {response.person().person_id()};
}

std::vector<std::string> shown(const v1::ListPeopleResponse& response) {
  std::vector<std::string> ids;
  for (const auto& person : response.people()) ids.push_back(person.person_id());
  return ids;
}

std::vector<std::string> shown(const v1::GetPostResponse& response) {
  const auto& post = response.post().post();
  if (roster::is_public(post.role())) return {};
  return {post.person_id()};
}

std::vector<std::string> shown(const v1::ListPostsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& entry : response.posts()) {
    if (!roster::is_public(entry.post().role())) ids.push_back(entry.post().person_id());
  }
  return ids;
}

std::vector<std::string> shown(const v1::GetHistoryResponse& response) {
  std::vector<std::string> ids;
  for (const auto& entry : response.entries()) {
    if (auto id = queries::whom_it_shows(entry.event()); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

std::vector<std::string> shown(const v1::ListRevealsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& reveal : response.reveals()) ids.push_back(reveal.person_id());
  return ids;
}

std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> person_ids) {
  std::sort(person_ids.begin(), person_ids.end());
  person_ids.erase(std::unique(person_ids.begin(), person_ids.end()), person_ids.end());
  std::erase(person_ids, actor.id);
  if (person_ids.empty()) return std::nullopt;
  const auto me = roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (!looks_as_audit(me)) return std::nullopt;
  return [look = RecordLook{std::string(method), std::move(person_ids)}](
             const state::View& view, const DecideContext& decided) {
    return runtime::erase(decide(view, look, decided));
  };
}

}  // namespace lianmeng::membership
