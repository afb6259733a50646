// Postings: what happened becomes one event that names who hears of it, in which words.
//
// A posting names at most kRecipientsMax people found through posts. Who would be more hears of it
// by a mailing: a row that timers drain, so many people of the roster at a time.
#pragma once

#include <optional>

#include "notification/domain/audience.h"
#include "notification/domain/tables.h"
#include "platform/base/decision.h"

namespace lianmeng::notification {

inline constexpr std::size_t kRecipientsMax = 200;
// People of the roster that one step of a mailing looks at.
inline constexpr int kMailingStep = 200;
// Characters of one variable's value.
inline constexpr std::size_t kVariableCharactersMax = 200;

// Nothing when no rule tells anybody.
PolicyDecision<v1::NotificationEvent> post(const state::View& view, const Happening& happening,
                                           const DecideContext& context);

// The next step of the county's mailing that waits longest. Requires one.
v1::NotificationEvent advance_mailing(const state::View& view, const DecideContext& context);

void apply(state::Tx& state, const v1::NoticePosted& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::MailingAdvanced& event, const EventMeta& meta);

// Values of variables. Text is masked and shortened: it stays in the log for ever.
v1::VariableValue text_value(std::string_view name, std::string_view text);
v1::VariableValue words_value(std::string_view name, std::string_view zh, std::string_view en);
v1::VariableValue number_value(std::string_view name, std::int64_t number);
v1::VariableValue time_value(std::string_view name, const google::protobuf::Timestamp& time);

}  // namespace lianmeng::notification
