#include "dispatch/rpc/responses.h"

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/fold.h"
#include "dispatch/queries/events.h"
#include "dispatch/queries/lists.h"
#include "dispatch/rpc/pages.h"
#include "dispatch/rpc/reader.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::dispatch {
namespace {

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

}  // namespace

Status answer(const runtime::QueryContext& context, const Actor& actor,
              const v1::GetDemandHistoryRequest& request, v1::GetDemandHistoryResponse* response) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  const auto row = visible(reader, request.demand_id());
  if (!row) return fail(unknown_demand(request.demand_id()));
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

Status check_watch(const runtime::QueryContext& context, const Actor& actor,
                   const v1::WatchDemandsRequest& request) {
  const Reader reader(*context.view, request.county(), actor, context.now);
  if (auto status = queries::check_reader(reader.me()); !status) return status;
  if (request.demand_id().empty()) return {};
  const auto row = visible(reader, request.demand_id());
  if (!row) return fail(unknown_demand(request.demand_id()));
  if (sees(scopes_of(reader.me(), Sight::kActing), *row)) return {};
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
  const Reader reader(*watched.view, request.county(), actor, watched.meta.time, Sight::kActing);
  if (!queries::sees_event(*watched.view, reader.me(), id, event)) return false;
  std::optional<v1::DemandRow> row;
  if (!id.empty()) row = demands().find(*watched.view, demand_key(reader.county, id));
  fill(reader,
       {to_string(watched.place), watched.meta.time, watched.meta.effective_time,
        watched.meta.actor},
       row ? &*row : nullptr, event, Answer::kSeveral, response->mutable_event());
  return true;
}

}  // namespace lianmeng::dispatch
