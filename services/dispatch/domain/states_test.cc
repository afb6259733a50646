// The table of a demand's life: each command in each state, allowed and refused.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

#include "dispatch/domain/test_commands.h"
#include "platform/testing/promises.h"

namespace lianmeng::dispatch {
namespace {

// A cell is the state that the demand has afterwards, = when it stays; - is DEMAND_STATE_UNFIT;
// else the reason of the refusal. The command is given by whoever may in that state.
constexpr const char* kTable = R"(
command          | submitted | routed    | taken                | awaiting_signature   | in_audit             | awaiting_rating      | in_review            | closed               | declined | withdrawn
RouteDemand      | routed    | -         | -                    | -                    | -                    | -                    | -                    | -                    | -        | -
DeclineDemand    | declined  | declined  | -                    | -                    | -                    | -                    | -                    | -                    | -        | -
TakeDemand       | -         | taken     | demand_already_taken | demand_already_taken | demand_already_taken | demand_already_taken | demand_already_taken | demand_already_taken | -        | -
PassBackDemand   | -         | submitted | -                    | -                    | -                    | -                    | -                    | -                    | -        | -
AssignHandler    | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
ReportProgress   | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
RecordContact    | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
InviteHelper     | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
AnswerInvitation | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
IntroduceSupport | -         | -         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
CommentDemand    | =         | =         | =                    | =                    | =                    | =                    | =                    | -                    | -        | -
RevealContact    | -         | -         | =                    | =                    | =                    | =                    | =                    | -                    | -        | -
ReclassifyDemand | =         | =         | =                    | =                    | -                    | -                    | -                    | -                    | -        | -
SubmitResult     | -         | -         | in_audit             | in_audit             | -                    | -                    | -                    | -                    | -        | -
SignResult       | -         | -         | -                    | in_audit             | -                    | -                    | -                    | -                    | -        | -
AcceptResult     | -         | -         | -                    | -                    | awaiting_rating      | -                    | -                    | -                    | -        | -
SendBackResult   | -         | -         | -                    | -                    | taken                | -                    | -                    | -                    | -        | -
RateDemand       | -         | -         | -                    | -                    | -                    | closed               | -                    | -                    | -        | -
ExplainRating    | -         | -         | -                    | -                    | -                    | -                    | closed               | -                    | -        | -
RedoDemand       | -         | -         | -                    | -                    | -                    | -                    | taken                | taken                | -        | -
WithdrawDemand   | withdrawn | withdrawn | withdrawn            | withdrawn            | -                    | -                    | -                    | -                    | -        | -
)";

constexpr const char* kPrefix = "DEMAND_STATE_";

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string name_of(v1::DemandState state) {
  return lower(v1::DemandState_Name(state).substr(std::string_view(kPrefix).size()));
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '|');) {
    const auto from = cell.find_first_not_of(' ');
    const auto to = cell.find_last_not_of(' ');
    cells.push_back(from == cell.npos ? "" : cell.substr(from, to - from + 1));
  }
  return cells;
}

// Brings the demand of a county into a state by its shortest way. On the way a helper is invited,
// and who asks has a telephone number.
void bring(Case& c, v1::DemandState state, const std::string& helper) {
  c.give_phone(kCadre);
  c.submit();
  const auto step = [&](const PersonId& by, const auto& command) {
    if (c.row().state() != state) c.s.by(by).when(command).accepted();
  };
  if (state == v1::DEMAND_STATE_DECLINED)
    return step(kCoordinator, DeclineDemand{Case::kDemand, "重复"});
  if (state == v1::DEMAND_STATE_WITHDRAWN)
    return step(kCadre, WithdrawDemand{Case::kDemand, "已解决"});
  step(kCoordinator, Case::assignment(kIndustry));
  step(kHead, TakeDemand{Case::kDemand, kIndustry});
  if (c.row().state() == v1::DEMAND_STATE_TAKEN) {
    c.s.by(kHead).when(InviteHelper{Case::kDemand, helper, "请会办"}).accepted();
  }
  step(kMember, Case::solved());
  step(kHead, SignResult{Case::kDemand});
  step(kCoordinator, AcceptResult{Case::kDemand, {}});
  step(kCadre, state == v1::DEMAND_STATE_IN_REVIEW ? Case::rating(v1::SOLVED_ANSWER_NO, 1)
                                                   : Case::rating(v1::SOLVED_ANSWER_YES, 5));
}

// What becomes of a command in a state; denied to one, it is tried by the others who may in some
// state.
std::string outcome_of(const Line& line, v1::DemandState state) {
  std::string outcome;
  for (const auto& by : {line.by, kCoordinator, kHead, kCadre}) {
    Case c;
    bring(c, state, line.command == "AnswerInvitation" ? kTraining : kMarketing);
    EXPECT_EQ(c.row().state(), state);
    c.s.by(by);
    const auto command = line.make(Case::kDemand);
    const auto decided = command(c.s.view(), c.s.context());
    const auto* no = std::get_if<Refusal>(&decided);
    if (no == nullptr) {
      c.s.when(command).accepted();
      return c.row().state() == state ? "=" : name_of(c.row().state());
    }
    outcome = no->reason->code;
    if (outcome != kPermissionDenied.code && outcome != kDemandUnknown.code) break;
  }
  return outcome == kDemandStateUnfit.code ? "-" : lower(outcome);
}

TEST(States, EachCommandInEachStateDoesWhatTheTableSays) {
  std::istringstream in(kTable);
  std::string text;
  std::getline(in, text);  // Empty.
  std::getline(in, text);
  const auto head = cells_of(text);
  std::vector<std::string> states{"command"};
  for (const auto state : all_states()) states.push_back(name_of(state));
  ASSERT_THAT(head, ::testing::UnorderedElementsAreArray(states));
  std::map<std::string, std::vector<std::string>> rows;
  while (std::getline(in, text)) {
    const auto cells = cells_of(text);
    ASSERT_EQ(cells.size(), head.size()) << text;
    rows.emplace(cells[0], cells);
  }
  std::set<std::string> named;
  for (const auto& line : lines()) {
    named.insert(line.command);
    const auto& cells = rows[line.command];
    ASSERT_FALSE(cells.empty()) << line.command << " has no row";
    for (std::size_t at = 1; at < head.size(); ++at) {
      const auto state = *std::find_if(all_states().begin(), all_states().end(),
                                       [&](auto one) { return name_of(one) == head[at]; });
      EXPECT_EQ(outcome_of(line, state), cells[at]) << line.command << ", " << head[at];
    }
  }
  // Every command on a demand stands in it, and nothing else.
  std::set<std::string> on_demands;
  for (const auto& [command, reason] :
       testing::promised_refusals(LIANMENG_PROTO, testing::Rpcs::kCommands)) {
    if (reason == kDemandUnknown.code) on_demands.insert(command);
  }
  EXPECT_EQ(named, on_demands);
  EXPECT_EQ(rows.size(), named.size());
}

}  // namespace
}  // namespace lianmeng::dispatch
