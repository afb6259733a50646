#include "dispatch/rpc/responses.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dispatch/domain/as_of.h"
#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/submit.h"
#include "dispatch/queries/events.h"
#include "dispatch/queries/lists.h"
#include "dispatch/rpc/convert.h"
#include "dispatch/rpc/pages.h"
#include "dispatch/rpc/reader.h"
#include "platform/base/mask.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::dispatch {
namespace {

// Texts go over to the answer uncopied, and so does the rest where it lies on no other arena; the
// row is used up.
void fill(const Reader& reader, v1::DemandRow& row, bool with_asker, bool masks, v1::Demand* out) {
  if (const auto* clock = pressing_clock(row)) *out->mutable_due_time() = clock->due_time();
  const auto name = [&](const std::string& id, const auto& set) {
    const auto& found = reader.organisation(id);
    if (!found.empty()) set(found);
  };
  name(row.asker_organisation_id(), [&](const auto& n) { out->set_asker_organisation_name(n); });
  name(row.village_id(), [&](const auto& n) { out->set_village_name(n); });
  name(row.township_id(), [&](const auto& n) { out->set_township_name(n); });
  name(row.lead_group_id(), [&](const auto& n) { out->set_lead_group_name(n); });
  if (with_asker) {
    out->set_asker_person_name(reader.person(row.asker_person_id()));
    out->mutable_asker_person_id()->swap(*row.mutable_asker_person_id());
    out->mutable_recorder_person_id()->swap(*row.mutable_recorder_person_id());
    out->mutable_callback_person_id()->swap(*row.mutable_callback_person_id());
  }
  if (!row.handler_person_id().empty()) {
    out->set_handler_person_name(reader.person(row.handler_person_id()));
  }
  out->mutable_demand_id()->swap(*row.mutable_demand_id());
  out->mutable_number()->swap(*row.mutable_number());
  out->mutable_title()->swap(*row.mutable_title());
  out->set_state(row.state());
  out->set_kind(row.kind());
  out->set_urgency(row.urgency());
  out->set_light(row.light());
  out->mutable_detail()->swap(*row.mutable_detail());
  out->mutable_industry()->swap(*row.mutable_industry());
  out->mutable_asker_organisation_id()->swap(*row.mutable_asker_organisation_id());
  out->mutable_village_id()->swap(*row.mutable_village_id());
  out->mutable_township_id()->swap(*row.mutable_township_id());
  out->mutable_found_by_group_id()->swap(*row.mutable_found_by_group_id());
  if (row.has_submitted_time()) {
    *out->mutable_submitted_time() = std::move(*row.mutable_submitted_time());
  }
  out->set_mode(row.mode());
  *out->mutable_offers() = std::move(*row.mutable_offers());
  out->set_binding(row.binding());
  out->mutable_lead_group_id()->swap(*row.mutable_lead_group_id());
  *out->mutable_helpers() = std::move(*row.mutable_helpers());
  out->mutable_handler_person_id()->swap(*row.mutable_handler_person_id());
  if (row.has_progress()) *out->mutable_progress() = std::move(*row.mutable_progress());
  if (row.has_contacted_time()) {
    *out->mutable_contacted_time() = std::move(*row.mutable_contacted_time());
  }
  *out->mutable_supports() = std::move(*row.mutable_supports());
  if (row.has_result()) *out->mutable_result() = std::move(*row.mutable_result());
  if (row.has_rating()) *out->mutable_rating() = std::move(*row.mutable_rating());
  out->set_pass_back_count(row.pass_back_count());
  out->set_redo_count(row.redo_count());
  out->set_send_back_count(row.send_back_count());
  out->set_assignment_required(row.assignment_required());
  *out->mutable_clocks() = std::move(*row.mutable_clocks());
  *out->mutable_ended_clocks() = std::move(*row.mutable_ended_clocks());
  if (row.has_closed_time()) *out->mutable_closed_time() = std::move(*row.mutable_closed_time());
  if (row.has_redo_by_time()) *out->mutable_redo_by_time() = std::move(*row.mutable_redo_by_time());
  out->mutable_closing_reason()->swap(*row.mutable_closing_reason());
  if (masks) state::mask_texts(*out);
}

void fill(const Reader& reader, v1::DemandRow& row, Answer answer, v1::Demand* out) {
  const bool with_asker = reader.sees_asker(row);
  const bool masks = answer == Answer::kSeveral || !reader.reads_contacts(row);
  reader.drop_former_handler(row);
  fill(reader, row, with_asker, masks, out);
}

void fill(const CountyClocks& clocks, const v1::Clock& clock, Time now, v1::Due* out) {
  const auto value = from_proto(clock);
  const auto left = clocks.counting().left(value, now);
  out->set_kind(clock.kind());
  *out->mutable_due_time() = clock.due_time();
  out->set_remaining_minutes(std::chrono::floor<std::chrono::minutes>(left).count());
  out->set_light(clock.light());
  out->set_text_zh(queries::due_zh(clock.kind(), left, value.limit.runs_round_the_clock()));
  *out->mutable_first_due_time() = clock.first_due_time();
  out->set_provisional(clock.provisional());
}

void fill(const CountyClocks& clocks, const v1::DemandRow& row, Time now,
          google::protobuf::RepeatedPtrField<v1::Due>* out) {
  std::vector<const v1::Clock*> running;
  for (const auto& clock : row.clocks()) running.push_back(&clock);
  std::sort(running.begin(), running.end(), [](const auto* a, const auto* b) {
    return from_proto(a->due_time()) < from_proto(b->due_time());
  });
  for (const auto* clock : running) fill(clocks, *clock, now, out->Add());
}

// Whether this event of the demand was the actor's.
bool did(const state::View& view, const v1::DemandRow& row, std::uint64_t sequence,
         const Actor& actor) {
  const auto event =
      history().find(view, demand_key(CountyId(row.county()), row.demand_id()).add(sequence));
  return event && event->actor() == to_string(actor);
}

template <class Request>
queries::DemandFilter filter_of(const Request& request) {
  queries::DemandFilter filter;
  for (const auto state : request.states()) {
    filter.states.push_back(static_cast<v1::DemandState>(state));
  }
  for (const auto kind : request.kinds()) filter.kinds.push_back(static_cast<v1::DemandKind>(kind));
  filter.urgency = request.urgency();
  filter.group_id = request.group_id();
  filter.handler_person_id = request.handler_person_id();
  filter.asker_organisation_id = request.asker_organisation_id();
  filter.asker_person_id = request.asker_person_id();
  for (const auto light : request.lights()) filter.lights.push_back(static_cast<v1::Light>(light));
  filter.place_id = request.place_id();
  filter.text = request.text();
  filter.industry = request.industry();
  return filter;
}

}  // namespace

void fill_demand_reply(const CountyId& county, const state::View& view,
                       const runtime::Accepted& accepted, const Actor& actor, v1::Demand* demand,
                       google::protobuf::RepeatedPtrField<v1::Due>* next_due) {
  const auto id = accepted.subject.substr(accepted.subject.find('/') + 1);
  auto row = demands().find(view, demand_key(county, id));
  if (!row) return;
  const Reader reader(view, county.str(), actor, accepted.time, Sight::kActing);
  // Whoever passed it back, or asks again after losing the post, is told no more of it.
  if ((accepted.repeated || !reader.wrote(*row)) && !reader.sees(*row)) {
    if (accepted.repeated && !did(view, *row, accepted.place.sequence, actor)) return;
    demand->set_demand_id(row->demand_id());
    demand->set_number(row->number());
    demand->set_state(row->state());
    return;
  }
  fill(CountyClocks(view, county), *row, accepted.time, next_due);
  fill(reader, *row, Answer::kOne, demand);
}

void fill_duplicates(const v1::SubmitDemandRequest& request, const state::View& view,
                     const runtime::Accepted& accepted, const Actor& actor,
                     v1::SubmitDemandResponse* response) {
  DecideContext context;
  context.county = CountyId(request.county());
  context.actor = actor;
  context.now = accepted.time;
  context.effective_time = accepted.time;
  const Reader reader(view, request.county(), actor, accepted.time, Sight::kActing);
  // The view has what the validated command would have stored.
  const auto own_id = accepted.subject.substr(accepted.subject.find('/') + 1);
  for (auto& row : likely_duplicates(view, submission(request), context, own_id)) {
    fill(reader, row, Answer::kSeveral, response->add_likely_duplicates());
  }
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetDemandRequest& request, v1::GetDemandResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  auto row = visible(reader, request.demand_id());
  if (!row) return fail(unknown_demand(request.demand_id()));
  const auto as_of = state::as_of(request);
  // Whom the reader sees in it, too, is judged by how it is today.
  const bool with_asker = reader.sees_asker(*row);
  const bool masks = !reader.reads_contacts(*row);
  if (!as_of.is_now()) {
    auto then = demand_as_of(*context.view, reader.county, row->demand_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
  } else {
    reader.drop_former_handler(*row);
  }
  fill(CountyClocks(*context.view, reader.county), *row, as_of.moment(context.now),
       response->mutable_next_due());
  fill(reader, *row, with_asker, masks, response->mutable_demand());
  return {};
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListDemandsRequest& request, v1::ListDemandsResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  auto order = queries::Order::kUnspecified;
  if (request.order() == v1::DEMAND_ORDER_SUBMITTED_DOWN) order = queries::Order::kSubmittedDown;
  if (request.order() == v1::DEMAND_ORDER_DUE) order = queries::Order::kDue;
  auto next = queries::list_demands(
      *context.view, reader.me(), filter_of(request), order, page_of(request),
      [&](v1::DemandRow& row) { fill(reader, row, Answer::kSeveral, response->add_demands()); });
  if (!next) return fail(next.error());
  response->set_next_page_token(std::move(*next));
  return {};
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::CountDemandsRequest& request, v1::CountDemandsResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  const auto count = queries::count_demands(*context.view, reader.me(), filter_of(request));
  if (!count) return fail(count.error());
  response->set_count(static_cast<std::int64_t>(count->value));
  response->set_exact(count->exact);
  return {};
}

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListTodosRequest& request, v1::ListTodosResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  const auto page = queries::list_todos(*context.view, reader.me(), page_of(request));
  if (!page) return fail(page.error());
  const CountyClocks clocks(*context.view, reader.county);
  for (const auto& todo : page->todos) {
    auto& out = *response->add_todos();
    out.set_kind(static_cast<v1::TodoKind>(todo.kind));
    out.set_demand_id(todo.row.demand_id());
    out.set_number(todo.row.number());
    out.set_title(mask_personal_numbers(todo.row.title()));
    out.set_urgency(todo.row.urgency());
    out.set_organisation_id(todo.organisation_id);
    if (const auto* clock = pressing_clock(todo.row)) {
      fill(clocks, *clock, context.now, out.mutable_due());
    }
  }
  response->set_next_page_token(page->next_page_token);
  return {};
}

}  // namespace lianmeng::dispatch
