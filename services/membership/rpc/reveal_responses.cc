#include "membership/rpc/responses.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "membership/domain/checks.h"
#include "membership/domain/tables.h"
#include "membership/queries/queries.h"
#include "membership/rpc/commands.h"
#include "membership/rpc/opener.h"
#include "membership/rpc/reader.h"
#include "platform/base/mask.h"

namespace lianmeng::membership {

using state::Key;

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

}  // namespace lianmeng::membership
