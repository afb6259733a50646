#include <fmt/format.h>

#include <algorithm>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/work.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;

namespace {

constexpr int kHelpersMax = 20;

const v1::Helper* helper_of(const v1::DemandRow& row, const std::string& group) {
  const auto found = std::find_if(row.helpers().begin(), row.helpers().end(),
                                  [&](const auto& helper) { return helper.group_id() == group; });
  return found == row.helpers().end() ? nullptr : &*found;
}

// While a group works on it.
std::optional<Refusal> need_work(const Desk& desk, const v1::DemandRow& row) {
  return desk.need_state(row, {v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_AWAITING_SIGNATURE});
}

std::optional<Refusal> need_lead(const Desk& desk, const v1::DemandRow& row,
                                 std::string_view action) {
  return desk.need(desk.leads(row), action, "仅限牵头小组",
                   "only the leading group and the handler may");
}

}  // namespace

Decision<v1::DispatchEvent> decide(const state::View& view, const AssignHandler& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(need_work(desk, *row),
                         desk.need(desk.is_head(*row), "指定经办人", "仅限牵头小组负责人",
                                   "only the head of the leading group may"))) {
    return *no;
  }
  if (command.handler_person_id.empty()) {
    return refuse_field("handler_person_id", "须填写经办人编号", "give the id of a person");
  }
  const auto handler =
      roster::standing_of(view, PersonId(command.handler_person_id), context.county, context.now);
  if (!handler.is_known()) {
    if (auto no = desk.need_person(command.handler_person_id)) return *no;
  }
  if (!desk.vouched() && !handler.is_group_member(row->lead_group_id())) {
    return refuse(kHandlerNotInGroup, {{"person", command.handler_person_id},
                                       {"group", desk.named(row->lead_group_id())}});
  }
  if (row->handler_person_id() == command.handler_person_id) {
    return refuse(kHandlerAlreadyAssigned,
                  {{"demand", row->number()}, {"person", command.handler_person_id}});
  }
  v1::HandlerAssigned event;
  event.set_demand_id(row->demand_id());
  event.set_handler_person_id(command.handler_person_id);
  event.set_former_handler_person_id(row->handler_person_id());
  event.set_note(command.note);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_handler_assigned);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const ReportProgress& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(need_work(desk, *row),
                         desk.need(desk.leads(*row) || desk.helps(*row), "报告进展",
                                   "仅限牵头和会办小组", "only groups that lead or help may"),
                         check_given("words", command.words))) {
    return *no;
  }
  v1::ProgressReported event;
  event.set_demand_id(row->demand_id());
  auto& progress = *event.mutable_progress();
  progress.set_words(command.words);
  progress.set_next_step(command.next_step);
  if (command.next_step_time) {
    *progress.mutable_next_step_time() = to_proto(*command.next_step_time);
  }
  progress.set_person_id(desk.actor_person());
  *progress.mutable_time() = to_proto(context.effective_time);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_progress_reported);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RecordContact& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no =
          first_of(need_work(desk, *row), need_lead(desk, *row, "登记联系"),
                   check_enum("means", command.means, v1::ContactMeans_IsValid(command.means)),
                   check_given("words", command.words))) {
    return *no;
  }
  v1::ContactRecorded event;
  event.set_demand_id(row->demand_id());
  event.set_means(command.means);
  event.set_words(command.words);
  event.set_person_id(desk.actor_person());
  *event.mutable_clocks() =
      CountyClocks(view, context.county).end(*row, {v1::CLOCK_KIND_CONTACT}, context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_contact_recorded);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const InviteHelper& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(need_work(desk, *row),
                         desk.need(desk.is_head(*row) || desk.is_handler(*row), "邀请会办",
                                   "仅限牵头小组负责人和经办人",
                                   "only the head of the leading group and the handler may"),
                         desk.need_group(command.group_id, "group_id"),
                         check_given("request", command.request))) {
    return *no;
  }
  if (command.group_id == row->lead_group_id()) {
    return refuse(kGroupLeadsItself,
                  {{"demand", row->number()}, {"group", desk.named(command.group_id)}});
  }
  const auto* helper = helper_of(*row, command.group_id);
  if (helper != nullptr && helper->state() != v1::HELPER_STATE_DECLINED) {
    return refuse(kHelperAlreadyInvited,
                  {{"demand", row->number()}, {"group", desk.named(command.group_id)}});
  }
  if (row->helpers_size() >= kHelpersMax) {
    return refuse_field(
        "group_id", fmt::format("会办小组至多{}个，已邀请{}个", kHelpersMax, row->helpers_size()),
        fmt::format("at most {} groups help; {} were invited", kHelpersMax, row->helpers_size()));
  }
  v1::HelperInvited event;
  event.set_demand_id(row->demand_id());
  event.set_group_id(command.group_id);
  event.set_request(command.request);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_helper_invited);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const AnswerInvitation& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = need_work(desk, *row)) return *no;
  std::vector<std::string> invited;
  for (const auto& helper : row->helpers()) {
    if (helper.state() == v1::HELPER_STATE_INVITED) invited.push_back(helper.group_id());
  }
  const auto group = desk.group_of_mine(command.group_id, invited);
  if (group.empty()) {
    return refuse_field("group_id", "请填写以哪个小组的名义答复", "say for which group you answer");
  }
  if (std::find(invited.begin(), invited.end(), group) == invited.end()) {
    return refuse(kGroupNotInvited, {{"demand", row->number()}, {"group", desk.named(group)}});
  }
  if (auto no =
          first_of(desk.need(desk.vouched() || desk.me().is_group_member(group), "答复会办邀请",
                             "您不是该小组成员", "you do not belong to that group"),
                   command.accepted ? std::nullopt : check_given("words", command.words))) {
    return *no;
  }
  v1::InvitationAnswered event;
  event.set_demand_id(row->demand_id());
  event.set_group_id(group);
  event.set_accepted(command.accepted);
  event.set_words(command.words);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_invitation_answered);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const IntroduceSupport& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  google::protobuf::RepeatedPtrField<v1::Figure> figures(command.figures.begin(),
                                                         command.figures.end());
  if (auto no = first_of(
          need_work(desk, *row),
          desk.need(desk.leads(*row) || desk.helps(*row) || desk.is_asker(*row), "牵线推荐",
                    "仅限办理小组和诉求人", "only those who handle it or asked may"),
          check_given("supporter", command.supporter), check_figures(figures))) {
    return *no;
  }
  if (!command.introduced_by_person_id.empty()) {
    if (auto no = desk.need_person(command.introduced_by_person_id)) return *no;
  }
  if (row->supports_size() >= kSupportsMax) {
    return refuse_field(
        "supporter", fmt::format("支持方至多{}个，已有{}个", kSupportsMax, row->supports_size()),
        fmt::format("at most {} supporters; there are {}", kSupportsMax, row->supports_size()));
  }
  v1::SupportIntroduced event;
  event.set_demand_id(row->demand_id());
  auto& support = *event.mutable_support();
  support.set_introduced_by(command.introduced_by);
  const bool nobody = command.introduced_by.empty() && command.introduced_by_person_id.empty();
  support.set_introduced_by_person_id(nobody ? desk.actor_person()
                                             : command.introduced_by_person_id);
  support.set_supporter(command.supporter);
  support.set_words(command.words);
  *support.mutable_figures() = std::move(figures);
  *support.mutable_time() = to_proto(context.effective_time);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_support_introduced);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RevealContact& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  if (context.imported) {
    const auto given = to_rfc3339(context.effective_time);
    return refuse_field("effective_time",
                        fmt::format("此操作即时生效，不能填写发生时间，收到 {}", given),
                        fmt::format("this happens now; leave the time out, {} was given", given));
  }
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (handler_of(view, *row, context.now).empty() ? desk.is_head(*row) : desk.is_handler(*row)) {
    if (auto no =
            desk.need_state(*row, {v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_AWAITING_SIGNATURE,
                                   v1::DEMAND_STATE_IN_AUDIT, v1::DEMAND_STATE_AWAITING_RATING,
                                   v1::DEMAND_STATE_IN_REVIEW})) {
      return *no;
    }
  } else {
    // Those who call back: as a rating by call-back asks it.
    const auto& me = desk.me();
    if (auto no =
            desk.need(me.is_coordinator() || me.is_county_officer(), "查看联系方式",
                      "仅限经办人（未指定时为牵头小组负责人），以及回访的调度员和县级主管办公室",
                      "only the handler (the head while none is named), and coordinators and "
                      "the county office to call back may")) {
      return *no;
    }
    if (const auto own = desk.own_group(*row); !own.empty()) {
      return refuse(kOwnGroup, {{"demand", row->number()}, {"group", desk.named(own)}});
    }
    if (auto no =
            desk.need_state(*row, {v1::DEMAND_STATE_AWAITING_RATING, v1::DEMAND_STATE_IN_REVIEW})) {
      return *no;
    }
  }
  if (auto no = check_given("reason", command.reason)) return *no;
  const auto& asked = row->callback_person_id();
  if (asked.empty()) return refuse(kContactMissing, {{"demand", row->number()}});
  if (auto no = desk.need_person(asked)) return *no;
  if (!roster::person(view, context.county, PersonId(asked))->has_sealed_phone()) {
    return refuse(kContactMissing, {{"demand", row->number()}});
  }
  v1::DispatchEvent out;
  auto& event = *out.mutable_contact_revealed();
  event.set_demand_id(row->demand_id());
  event.set_person_id(asked);
  event.set_by_person_id(desk.me().person().str());
  event.set_reason(command.reason);
  return out;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const CommentDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no =
          first_of(desk.need(!desk.only_reads(), "留言", "审计和市级人员只可查阅",
                             "audit and the city only read"),
                   desk.need_state(*row, open_states()), check_given("words", command.words))) {
    return *no;
  }
  v1::DemandCommented event;
  event.set_demand_id(row->demand_id());
  event.set_words(command.words);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_commented);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const ReclassifyDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = first_of(
          desk.need_coordinator(*row, "调整类别"),
          desk.need_state(*row, {v1::DEMAND_STATE_SUBMITTED, v1::DEMAND_STATE_ROUTED,
                                 v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_AWAITING_SIGNATURE}),
          check_given("reason", command.reason))) {
    return *no;
  }
  const auto kind = command.kind == v1::DEMAND_KIND_UNSPECIFIED ? row->kind() : command.kind;
  const auto urgency =
      command.urgency == v1::URGENCY_UNSPECIFIED ? row->urgency() : command.urgency;
  if (auto no = first_of(check_enum("kind", kind, v1::DemandKind_IsValid(kind)),
                         check_enum("urgency", urgency, v1::Urgency_IsValid(urgency)))) {
    return *no;
  }
  if (kind == row->kind() && urgency == row->urgency()) {
    return refuse(kNothingToChange, {{"what", "类别和紧急程度"}, {"what_en", "kind and urgency"}});
  }
  v1::DemandReclassified event;
  event.set_demand_id(row->demand_id());
  event.set_kind(kind);
  event.set_urgency(urgency);
  event.set_former_kind(row->kind());
  event.set_former_urgency(row->urgency());
  event.set_reason(command.reason);
  *event.mutable_clocks() =
      CountyClocks(view, context.county).reclassify(*row, limit_class_of(kind, urgency), context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_reclassified);
}

}  // namespace lianmeng::dispatch
