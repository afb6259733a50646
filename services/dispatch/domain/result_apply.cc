#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {

void evolve(v1::DemandRow& row, const v1::ResultSubmitted& event, const EventMeta&) {
  *row.mutable_result() = event.result();
  row.set_state(event.is_signed() ? v1::DEMAND_STATE_IN_AUDIT
                                  : v1::DEMAND_STATE_AWAITING_SIGNATURE);
  if (event.has_clocks()) put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::ResultSigned& event, const EventMeta& meta) {
  row.set_state(v1::DEMAND_STATE_IN_AUDIT);
  row.mutable_result()->set_signed_person_id(event.signed_person_id());
  *row.mutable_result()->mutable_signed_time() = to_proto(meta.effective_time);
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::ResultAccepted& event, const EventMeta&) {
  row.set_state(v1::DEMAND_STATE_AWAITING_RATING);
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::ResultSentBack& event, const EventMeta&) {
  row.set_state(v1::DEMAND_STATE_TAKEN);
  row.set_send_back_count(row.send_back_count() + 1);
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::DemandRated& event, const EventMeta& meta) {
  *row.mutable_rating() = event.rating();
  if (event.review()) {
    row.set_state(v1::DEMAND_STATE_IN_REVIEW);
  } else {
    row.set_state(v1::DEMAND_STATE_CLOSED);
    *row.mutable_closed_time() = to_proto(meta.effective_time);
    *row.mutable_redo_by_time() = event.redo_by_time();
  }
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::RatingExplained& event, const EventMeta& meta) {
  row.set_state(v1::DEMAND_STATE_CLOSED);
  row.mutable_rating()->set_explanation(event.explanation());
  *row.mutable_closed_time() = to_proto(meta.effective_time);
  *row.mutable_redo_by_time() = event.redo_by_time();
}

void evolve(v1::DemandRow& row, const v1::DemandRedone& event, const EventMeta&) {
  row.set_state(v1::DEMAND_STATE_TAKEN);
  row.set_redo_count(event.redo_count());
  // What was answered and judged before stands in the history.
  row.clear_result();
  row.clear_rating();
  row.clear_closed_time();
  row.clear_redo_by_time();
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::DemandWithdrawn& event, const EventMeta& meta) {
  row.set_state(v1::DEMAND_STATE_WITHDRAWN);
  row.clear_offers();
  row.clear_rule_id();
  row.clear_rule_time();
  row.set_closing_reason(event.reason());
  *row.mutable_closed_time() = to_proto(meta.effective_time);
  put_board(row, event.clocks());
}

}  // namespace lianmeng::dispatch
