#include "dispatch/rpc/responses.h"

#include <string>
#include <utility>
#include <variant>

#include "dispatch/domain/reasons.h"
#include "dispatch/domain/work.h"
#include "dispatch/queries/lists.h"
#include "dispatch/rpc/pages.h"
#include "dispatch/rpc/reader.h"
#include "membership/projection/roster.h"
#include "platform/base/mask.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;

namespace {

Status check_repeated(const v1::RevealContactRequest& request, const state::View& view,
                      const runtime::Accepted& accepted, const Actor& actor) {
  DecideContext context;
  context.county = CountyId(request.county());
  context.actor = actor;
  context.now = accepted.time;
  context.effective_time = accepted.time;
  const RevealContact command{.demand_id = request.demand_id(), .reason = request.reason()};
  const auto again = decide(view, command, context);
  if (const auto* no = std::get_if<Refusal>(&again)) return fail(to_error(*no));
  // An external id is known to the whole county: what it showed one is not shown to another.
  const auto key = state::Key{}.add(request.county()).add(accepted.place.sequence);
  const auto row = reveals().find(view, key);
  if (row && row->reveal().by_person_id() == actor.id) return {};
  return fail(
      to_error(refuse(kPermissionDenied,
                      {{"action", "查看联系方式"},
                       {"why", "此外部编号由他人使用过，请换用新的外部编号"},
                       {"why_en", "this external id was used by somebody else; use a new one"}})));
}

}  // namespace

Status fill_contact(const v1::RevealContactRequest& request, const state::View& view,
                    const runtime::Accepted& accepted, const Actor& actor, seal::Sealer& sealer,
                    v1::RevealContactResponse* response) {
  if (accepted.validated) return {};
  if (accepted.repeated) {
    if (auto status = check_repeated(request, view, accepted, actor); !status) return status;
  }
  const CountyId county(request.county());
  const auto demand = demands().find(view, demand_key(county, demand_id_of(request.demand_id())));
  if (!demand) return {};
  const auto person = roster::person(view, county, PersonId(demand->callback_person_id()));
  if (!person) return {};
  // Of who was erased since, the state has no ciphertext, whether or not the key is gone yet.
  const auto open = [&](const membership::v1::SealedValue& value, std::string_view field,
                        std::string* into) -> Status {
    if (value.ciphertext().empty()) {
      if (!value.key_id().empty()) *into = seal::kErasedZh;
      return {};
    }
    auto text = sealer.open({value.key_id(), value.nonce(), value.ciphertext()}, field);
    if (!text) return fail(text.error());
    *into = text->value_or(std::string(seal::kErasedZh));
    return {};
  };
  auto& contact = *response->mutable_contact();
  contact.set_person_id(person->person_id());
  contact.set_name(person->public_name());
  Status status;
  if (person->public_name().empty()) {
    status = open(person->sealed_name(), roster::kSealedName, contact.mutable_name());
  }
  if (status) status = open(person->sealed_phone(), roster::kSealedPhone, contact.mutable_phone());
  return status;
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListRevealsRequest& request, v1::ListRevealsResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  state::PageRequest asked;
  asked.page_size = request.page_size();
  asked.page_token = request.page_token();
  auto page = queries::list_reveals(*context.view, reader.me(),
                                    {request.person_id(), request.by_person_id()}, asked);
  if (!page) return fail(std::move(page.error()));
  auto place = context.applied;
  for (const auto& row : page->rows) {
    auto& out = *response->add_reveals();
    place.sequence = row.sequence();
    out.set_place(to_string(place));
    *out.mutable_time() = row.time();
    out.set_demand_id(row.reveal().demand_id());
    out.set_person_id(row.reveal().person_id());
    out.set_by_person_id(row.reveal().by_person_id());
    out.set_by_person_name(reader.person(row.reveal().by_person_id()));
    out.set_reason(mask_personal_numbers(row.reveal().reason()));
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

}  // namespace lianmeng::dispatch
