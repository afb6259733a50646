#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {

void evolve(v1::DemandRow& row, const v1::HandlerAssigned& event, const EventMeta&) {
  row.set_handler_person_id(event.handler_person_id());
}

void evolve(v1::DemandRow& row, const v1::ProgressReported& event, const EventMeta&) {
  *row.mutable_progress() = event.progress();
}

void evolve(v1::DemandRow& row, const v1::ContactRecorded& event, const EventMeta& meta) {
  if (!row.has_contacted_time()) *row.mutable_contacted_time() = to_proto(meta.effective_time);
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::HelperInvited& event, const EventMeta&) {
  v1::Helper* found = nullptr;
  for (auto& helper : *row.mutable_helpers()) {
    if (helper.group_id() == event.group_id()) found = &helper;
  }
  if (found == nullptr) found = row.add_helpers();
  found->Clear();
  found->set_group_id(event.group_id());
  found->set_state(v1::HELPER_STATE_INVITED);
  found->set_request(event.request());
}

void evolve(v1::DemandRow& row, const v1::InvitationAnswered& event, const EventMeta&) {
  for (auto& helper : *row.mutable_helpers()) {
    if (helper.group_id() != event.group_id()) continue;
    helper.set_state(event.accepted() ? v1::HELPER_STATE_HELPING : v1::HELPER_STATE_DECLINED);
    helper.set_answer(event.words());
  }
}

void evolve(v1::DemandRow& row, const v1::SupportIntroduced& event, const EventMeta&) {
  *row.add_supports() = event.support();
}

void evolve(v1::DemandRow& row, const v1::DemandReclassified& event, const EventMeta&) {
  row.set_kind(event.kind());
  row.set_urgency(event.urgency());
  put_board(row, event.clocks());
}

}  // namespace lianmeng::dispatch
