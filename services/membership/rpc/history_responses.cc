#include "membership/rpc/responses.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <utility>

#include "membership/queries/queries.h"
#include "membership/rpc/reader.h"
#include "platform/state/proto_mask.h"

namespace lianmeng::membership {

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

}  // namespace lianmeng::membership
