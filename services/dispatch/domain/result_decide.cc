#include <fmt/format.h>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/result.h"

namespace lianmeng::dispatch {
namespace {

constexpr int kContentMax = 5;
constexpr int kContentBad = 2;  // At most that is reviewed.

Limit send_back_limit() { return Limit::working_days(1); }

// Who asked, or who calls back. The office imports what either said; a coordinator never rates, and
// so vouches for no rating but a call-back.
std::optional<Refusal> need_rater(const Desk& desk, const v1::DemandRow& row, bool by_callback) {
  if (desk.vouched_by_office()) return std::nullopt;
  if (!by_callback) {
    return desk.need(desk.asks(row), "评价", "仅限诉求人", "only who asked may");
  }
  const auto& me = desk.me();
  if (auto no = desk.need(me.is_coordinator() || me.is_county_officer(), "登记回访",
                          "仅限调度员和县级主管办公室",
                          "only coordinators and the county office call back")) {
    return no;
  }
  const auto own = desk.own_group(row);
  if (own.empty()) return std::nullopt;
  return refuse(kOwnGroup, {{"demand", row.number()}, {"group", desk.named(own)}});
}

}  // namespace

Decision<v1::DispatchEvent> decide(const state::View& view, const SubmitResult& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  google::protobuf::RepeatedPtrField<v1::Figure> figures(command.figures.begin(),
                                                         command.figures.end());
  if (auto no = first_of(
          desk.need_state(*row, {v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_AWAITING_SIGNATURE}),
          desk.need(desk.leads(*row), "提交结果", "仅限牵头小组",
                    "only the leading group and the handler may"),
          check_enum("kind", command.kind, v1::ResultKind_IsValid(command.kind)),
          check_given("words", command.words), check_figures(figures))) {
    return *no;
  }
  if (command.kind == v1::RESULT_KIND_PLANNED) {
    if (auto no = check_date("planned_date", command.planned_date)) return *no;
  } else if (!command.planned_date.empty()) {
    return refuse_field(
        "planned_date",
        fmt::format("只有“列入计划”的结果填写承诺日期，收到 {}", command.planned_date),
        fmt::format("only a planned result has a date; {} was given", command.planned_date));
  }

  v1::ResultSubmitted event;
  event.set_demand_id(row->demand_id());
  auto& result = *event.mutable_result();
  result.set_kind(command.kind);
  result.set_words(command.words);
  *result.mutable_figures() = std::move(figures);
  result.set_planned_date(command.planned_date);
  result.set_submitted_person_id(desk.actor_person());
  *result.mutable_submitted_time() = to_proto(context.effective_time);
  event.set_is_signed(desk.is_head(*row));
  if (event.is_signed()) {
    result.set_signed_person_id(desk.actor_person());
    *result.mutable_signed_time() = to_proto(context.effective_time);
    const CountyClocks clocks(view, context.county);
    *event.mutable_clocks() =
        clocks.replace(*row, clocks.counting().in_audit(context.effective_time), context);
  }
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_result_submitted);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const SignResult& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(desk.need_state(*row, {v1::DEMAND_STATE_AWAITING_SIGNATURE}),
                         desk.need(desk.is_head(*row), "签发结果", "仅限牵头小组负责人",
                                   "only the head of the leading group may"))) {
    return *no;
  }
  v1::ResultSigned event;
  event.set_demand_id(row->demand_id());
  event.set_signed_person_id(desk.actor_person());
  const CountyClocks clocks(view, context.county);
  *event.mutable_clocks() =
      clocks.replace(*row, clocks.counting().in_audit(context.effective_time), context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_result_signed);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const AcceptResult& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(desk.need_coordinator(*row, "审核结果"),
                         desk.need_state(*row, {v1::DEMAND_STATE_IN_AUDIT}))) {
    return *no;
  }
  v1::ResultAccepted event;
  event.set_demand_id(row->demand_id());
  event.set_note(command.note);
  event.set_result_kind(row->result().kind());
  const CountyClocks clocks(view, context.county);
  *event.mutable_clocks() =
      clocks.replace(*row, clocks.counting().awaiting_rating(context.effective_time), context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_result_accepted);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const SendBackResult& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(desk.need_coordinator(*row, "退回补办"),
                         desk.need_state(*row, {v1::DEMAND_STATE_IN_AUDIT}),
                         check_given("reason", command.reason))) {
    return *no;
  }
  v1::ResultSentBack event;
  event.set_demand_id(row->demand_id());
  event.set_reason(command.reason);
  const CountyClocks clocks(view, context.county);
  *event.mutable_clocks() = clocks.replace(
      *row,
      {clocks.counting().start(ClockKind::kResult, send_back_limit(), context.effective_time)},
      context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_result_sent_back);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RateDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = desk.need_state(*row, {v1::DEMAND_STATE_AWAITING_RATING})) return *no;
  if (auto no = first_of(
          need_rater(desk, *row, command.by_callback),
          check_enum("solved", command.solved, v1::SolvedAnswer_IsValid(command.solved)))) {
    return *no;
  }
  if (command.content < 1 || command.content > kContentMax) {
    return refuse_field("content", fmt::format("须为1至{}，收到{}", kContentMax, command.content),
                        fmt::format("1 to {}, got {}", kContentMax, command.content));
  }
  v1::DemandRated event;
  event.set_demand_id(row->demand_id());
  auto& rating = *event.mutable_rating();
  rating.set_solved(command.solved);
  rating.set_content(command.content);
  rating.set_words(command.words);
  rating.set_by_callback(command.by_callback);
  rating.set_entered_person_id(desk.actor_person());
  *rating.mutable_rated_time() = to_proto(context.effective_time);
  event.set_review(command.solved == v1::SOLVED_ANSWER_NO || command.content <= kContentBad);
  const CountyClocks clocks(view, context.county);
  if (!event.review()) {
    *event.mutable_redo_by_time() = to_proto(clocks.counting().redo_until(context.effective_time));
  }
  *event.mutable_clocks() = clocks.replace(*row, {}, context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_rated);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const ExplainRating& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(desk.need_coordinator(*row, "复核评价"),
                         desk.need_state(*row, {v1::DEMAND_STATE_IN_REVIEW}),
                         check_given("explanation", command.explanation))) {
    return *no;
  }
  v1::RatingExplained event;
  event.set_demand_id(row->demand_id());
  event.set_explanation(command.explanation);
  const CountyClocks clocks(view, context.county);
  *event.mutable_redo_by_time() = to_proto(clocks.counting().redo_until(context.effective_time));
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_rating_explained);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RedoDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = desk.need_state(*row, {v1::DEMAND_STATE_CLOSED, v1::DEMAND_STATE_IN_REVIEW})) {
    return *no;
  }
  const bool asks = row->state() == v1::DEMAND_STATE_CLOSED && desk.asks(*row);
  if (!asks) {
    if (auto no = desk.need_coordinator(*row, "重办")) return *no;
  }
  const CountyClocks clocks(view, context.county);
  if (row->redo_count() >= clocks.limits().redo_max) {
    return refuse(kRedoLimitReached,
                  {{"demand", row->number()}, {"count", std::to_string(row->redo_count())}});
  }
  if (row->state() == v1::DEMAND_STATE_CLOSED) {
    const auto until = from_proto(row->redo_by_time());
    if (context.effective_time > until) {
      return refuse(kRedoTooLate, {{"demand", row->number()}, {"until", wall_time(until)}});
    }
  }
  if (auto no = check_given("reason", command.reason)) return *no;
  v1::DemandRedone event;
  event.set_demand_id(row->demand_id());
  event.set_reason(command.reason);
  event.set_redo_count(row->redo_count() + 1);
  *event.mutable_clocks() = clocks.replace(
      *row,
      clocks.counting().redone(limit_class_of(row->kind(), row->urgency()), context.effective_time),
      context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_redone);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const WithdrawDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(
          desk.need(desk.is_asker(*row), "撤单", "仅限诉求人", "only who asked may"),
          desk.need_state(*row, {v1::DEMAND_STATE_SUBMITTED, v1::DEMAND_STATE_ROUTED,
                                 v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_AWAITING_SIGNATURE}),
          check_given("reason", command.reason))) {
    return *no;
  }
  v1::DemandWithdrawn event;
  event.set_demand_id(row->demand_id());
  event.set_reason(command.reason);
  *event.mutable_clocks() = CountyClocks(view, context.county).replace(*row, {}, context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_withdrawn);
}

}  // namespace lianmeng::dispatch
