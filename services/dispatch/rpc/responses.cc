#include "dispatch/rpc/responses.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "dispatch/domain/as_of.h"
#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/look.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/settings.h"
#include "dispatch/domain/work.h"
#include "dispatch/fold.h"
#include "dispatch/queries/events.h"
#include "dispatch/queries/lists.h"
#include "dispatch/rpc/convert.h"
#include "membership/projection/roster.h"
#include "platform/base/mask.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;

namespace {

// Who reads, and the names that an answer gives more than once.
// Lifetime: for one answer; borrows view and actor.
class Reader {
 public:
  Reader(const state::View& view, std::string county_id, const Actor& actor, Time now)
      : view(view), county(std::move(county_id)), actor_(actor), now_(now) {}

  const state::View& view;
  const CountyId county;

  // Looked up when it is first asked for: who gets back what they wrote needs none.
  const roster::Standing& me() const {
    if (!me_) me_.emplace(roster::standing_of(view, actor_, county, now_));
    return *me_;
  }
  // Asked or recorded it, and so knows who asks and what is written there.
  bool wrote(const v1::DemandRow& row) const {
    return actor_.is_person() &&
           (actor_.id == row.recorder_person_id() || actor_.id == row.asker_person_id());
  }
  bool sees(const v1::DemandRow& row) const { return dispatch::sees(scopes_of(me()), row); }
  bool sees_asker(const v1::DemandRow& row) const {
    return wrote(row) || dispatch::sees_asker(me(), row);
  }

  bool reads_contacts(const v1::DemandRow& row) const {
    return wrote(row) || dispatch::reads_contacts(me(), row);
  }

  const std::string& organisation(const std::string& id) const {
    return name(organisations_, id, [&] { return roster::organisation_name(view, county, id); });
  }
  const std::string& person(const std::string& id) const {
    return name(people_, id, [&] { return roster::person_name(view, county, PersonId(id)); });
  }

 private:
  using Names = std::map<std::string, std::string>;

  template <class LookUp>
  static const std::string& name(Names& names, const std::string& id, const LookUp& look_up) {
    static const std::string kNone;
    if (id.empty()) return kNone;
    auto [entry, is_new] = names.try_emplace(id);
    if (is_new) entry->second = look_up();
    return entry->second;
  }

  const Actor& actor_;
  Time now_;
  mutable std::optional<roster::Standing> me_;
  mutable Names organisations_;
  mutable Names people_;
};

// Whether an answer is about one demand, or about several: then numbers in texts are masked for
// all.
enum class Answer { kOne, kSeveral };

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

state::PageRequest page_of(const auto& request) {
  state::PageRequest page;
  page.page_size = request.page_size();
  page.page_token = request.page_token();
  return page;
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

Error unknown(const std::string& demand) {
  return to_error(refuse(kDemandUnknown, {{"demand", demand}}));
}

std::optional<v1::DemandRow> visible(const Reader& reader, const std::string& number) {
  auto row = demands().find(reader.view, demand_key(reader.county, demand_id_of(number)));
  if (!row || !reader.sees(*row)) return std::nullopt;
  return row;
}

// Of a page of a history: its token is the next event's sequence.
Result<std::uint64_t> read_sequence(const std::string& token) {
  std::uint64_t from = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), from);
  if (token.empty() || (read.ec == std::errc() && read.ptr == token.data() + token.size())) {
    return from;
  }
  return fail(state::malformed_page_token());
}

int page_size_of(const auto& request) {
  return request.page_size() < 1 ? 50 : std::min(request.page_size(), 1'000);
}

// The message of the one case that is set.
std::string type_of(const v1::DispatchEvent& event) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  event.GetReflection()->ListFields(event, &fields);
  return fields.empty() ? std::string() : fields.front()->message_type()->full_name();
}

struct Told {
  std::string place;
  Time time;
  Time effective_time;
  Actor actor;
};

void fill(const Reader& reader, const Told& told, const v1::DemandRow* row,
          const v1::DispatchEvent& event, Answer answer, v1::DemandEvent* out) {
  out->set_place(told.place);
  *out->mutable_time() = to_proto(told.time);
  *out->mutable_effective_time() = to_proto(told.effective_time);
  out->set_type(type_of(event));
  out->set_summary_zh(queries::summary_zh(reader.view, reader.county, event));
  *out->mutable_event() = event;
  const auto& actor = told.actor;
  bool shows_actor = true;
  if (row != nullptr) {
    out->set_demand_id(row->demand_id());
    out->set_number(row->number());
    out->set_title(row->title());
    if (!reader.sees_asker(*row)) {
      queries::mask_asker(*out->mutable_event());
      for (const auto& id : {actor.id, actor.on_behalf_of}) {
        shows_actor =
            shows_actor &&
            (id.empty() || (id != row->asker_person_id() && id != row->recorder_person_id()));
      }
    }
  }
  if (answer == Answer::kSeveral || row == nullptr || !reader.reads_contacts(*row)) {
    state::mask_texts(*out);
  }
  if (!shows_actor) return;
  out->set_actor(to_string(actor));
  // Of an import: who acted, not who recorded it.
  if (!actor.on_behalf_of.empty()) {
    out->set_actor_name(reader.person(actor.on_behalf_of));
  } else if (actor.is_person()) {
    out->set_actor_name(reader.person(actor.id));
  }
}

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

void fill_demand_reply(const CountyId& county, const state::View& view,
                       const runtime::Accepted& accepted, const Actor& actor, v1::Demand* demand,
                       google::protobuf::RepeatedPtrField<v1::Due>* next_due) {
  const auto id = accepted.subject.substr(accepted.subject.find('/') + 1);
  auto row = demands().find(view, demand_key(county, id));
  if (!row) return;
  const Reader reader(view, county.str(), actor, accepted.time);
  // Whoever passed it back, or asks again after losing the post, is told no more of it.
  if ((accepted.repeated || !reader.wrote(*row)) && !reader.sees(*row)) {
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
  const Reader reader(view, request.county(), actor, accepted.time);
  // The view has what the validated command would have stored.
  const auto own_id = accepted.subject.substr(accepted.subject.find('/') + 1);
  for (auto& row : likely_duplicates(view, submission(request), context, own_id)) {
    fill(reader, row, Answer::kSeveral, response->add_likely_duplicates());
  }
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
              const v1::GetDemandRequest& request, v1::GetDemandResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  auto row = visible(reader, request.demand_id());
  if (!row) return fail(unknown(request.demand_id()));
  const auto as_of = state::as_of(request);
  // Whom the reader sees in it, too, is judged by how it is today.
  const bool with_asker = reader.sees_asker(*row);
  const bool masks = !reader.reads_contacts(*row);
  if (!as_of.is_now()) {
    auto then = demand_as_of(*context.view, reader.county, row->demand_id(), as_of);
    if (!then) return fail(std::move(then).error());
    row = std::move(*then);
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

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetDemandHistoryRequest& request, v1::GetDemandHistoryResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  const auto row = visible(reader, request.demand_id());
  if (!row) return fail(unknown(request.demand_id()));
  const auto from = read_sequence(request.page_token());
  if (!from) return fail(from.error());
  const int size = page_size_of(request);
  auto place = context.applied;
  scan_history(*context.view, reader.county, row->demand_id(), *from, [&](const auto& entry) {
    if (response->events_size() == size) {
      response->set_next_page_token(std::to_string(entry.sequence()));
      return false;
    }
    place.sequence = entry.sequence();
    fill(reader,
         {to_string(place), from_proto(entry.time()), from_proto(entry.effective_time()),
          parse_actor(entry.actor()).value_or(Actor{})},
         &*row, entry.event(), Answer::kOne, response->add_events());
    return true;
  });
  return {};
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

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::ListAuditLooksRequest& request, v1::ListAuditLooksResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (!reader.me().is_county_officer() && !reader.me().is_auditor()) {
    return fail(to_error(refuse(
        kPermissionDenied, {{"action", "查看审计查阅记录"},
                            {"why", "仅限县级主管办公室和审计人员"},
                            {"why_en", "only the county office and audit see what audit read"}})));
  }
  const auto from = read_sequence(request.page_token());
  if (!from) return fail(from.error());
  const int size = page_size_of(request);
  auto place = context.applied;
  scan_history(*context.view, reader.county, kAuditLooks, *from, [&](const auto& entry) {
    if (response->looks_size() == size) {
      response->set_next_page_token(std::to_string(entry.sequence()));
      return false;
    }
    place.sequence = entry.sequence();
    const auto& look = entry.event().audit_looked();
    auto& out = *response->add_looks();
    out.set_place(to_string(place));
    *out.mutable_time() = entry.time();
    out.set_person_id(look.person_id());
    out.set_person_name(reader.person(look.person_id()));
    out.set_method(look.method());
    *out.mutable_demand_ids() = look.demand_ids();
    return true;
  });
  return {};
}

std::vector<std::string> shown(const v1::GetDemandResponse& response) {
  return {response.demand().demand_id()};
}

std::vector<std::string> shown(const v1::ListDemandsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& demand : response.demands()) ids.push_back(demand.demand_id());
  return ids;
}

std::vector<std::string> shown(const v1::CountDemandsResponse&) { return {}; }

std::vector<std::string> shown(const v1::ListTodosResponse& response) {
  std::vector<std::string> ids;
  for (const auto& todo : response.todos()) ids.push_back(todo.demand_id());
  return ids;
}

std::vector<std::string> shown(const v1::GetDemandHistoryResponse& response) {
  if (response.events().empty()) return {};
  return {response.events(0).demand_id()};
}

std::vector<std::string> shown(const v1::ListRevealsResponse& response) {
  std::vector<std::string> ids;
  for (const auto& reveal : response.reveals()) ids.push_back(reveal.demand_id());
  return ids;
}

std::optional<runtime::DecideFn> record_look(const runtime::QueryContext& context,
                                             const Actor& actor, const std::string& county,
                                             std::string_view method,
                                             std::vector<std::string> demand_ids) {
  const auto me = roster::standing_of(*context.view, actor, CountyId(county), context.now);
  if (!looks_as_audit(me)) return std::nullopt;
  return [look = RecordLook{std::string(method), std::move(demand_ids)}](
             const state::View& view, const DecideContext& decided) {
    return runtime::erase(decide(view, look, decided));
  };
}

Status check_watch(const runtime::QueryContext& context, const Actor& actor,
                   const v1::WatchDemandsRequest& request) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  if (request.demand_id().empty()) return {};
  if (!visible(reader, request.demand_id())) return fail(unknown(request.demand_id()));
  if (!looks_as_audit(reader.me())) return {};
  return fail(to_error(refuse(
      kPermissionDenied,
      {{"action", "实时查看诉求"},
       {"why", "审计每次查阅均须留痕，实时查看无法逐次留痕；请改用诉求详情或经过"},
       {"why_en",
        "each look of audit goes on record, and a stream would be a look without an end; read the "
        "demand or its history"}})));
}

bool convert(const runtime::WatchedEvent& watched, const Actor& actor,
             const v1::WatchDemandsRequest& request, v1::WatchDemandsResponse* response) {
  const auto& event = static_cast<const v1::DispatchEvent&>(*watched.event);
  const auto id = demand_id_of_event(event);
  if (!request.demand_id().empty() && id != demand_id_of(request.demand_id())) return false;
  const Reader reader(*watched.view, request.county(), actor, watched.meta.time);
  if (!queries::sees_event(*watched.view, reader.me(), id, event)) return false;
  if (!id.empty() && looks_as_audit(reader.me())) return false;
  std::optional<v1::DemandRow> row;
  if (!id.empty()) row = demands().find(*watched.view, demand_key(reader.county, id));
  fill(reader,
       {to_string(watched.place), watched.meta.time, watched.meta.effective_time,
        watched.meta.actor},
       row ? &*row : nullptr, event, Answer::kSeveral, response->mutable_event());
  return true;
}

}  // namespace lianmeng::dispatch
