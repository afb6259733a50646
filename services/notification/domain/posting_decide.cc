#include <algorithm>
#include <unordered_set>

#include "membership/projection/roster.h"
#include "membership/projection/roster_tables.h"
#include "notification/domain/posting.h"
#include "notification/domain/rule.h"
#include "notification/domain/sight.h"
#include "notification/domain/text.h"
#include "notification/domain/vocabulary.h"
#include "platform/base/mask.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

namespace roster = membership::roster;

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool is_met(const v1::Condition& condition, const Happening& happening) {
  const auto& demand = happening.demand;
  if (!holds(condition.kinds(), demand.kind)) return false;
  if (!holds(condition.urgencies(), demand.urgency)) return false;
  if (!holds(condition.levels(), happening.level)) return false;
  if (condition.poorly_rated() && !happening.poorly_rated) return false;
  if (condition.group_ids().empty()) return true;
  if (holds(condition.group_ids(), demand.lead_group_id)) return true;
  return std::any_of(demand.offered_group_ids.begin(), demand.offered_group_ids.end(),
                     [&](const auto& group) { return holds(condition.group_ids(), group); });
}

std::string names_of(const state::View& view, const CountyId& county,
                     const std::vector<std::string>& organisation_ids) {
  std::string names;
  for (const auto& id : organisation_ids) {
    if (!names.empty()) names += "、";
    names += roster::organisation_name(view, county, id);
  }
  return names;
}

v1::VariableValue asker_value(const state::View& view, const CountyId& county,
                              const Demand& demand) {
  if (!demand.asker_organisation_id.empty()) {
    return text_value("asker",
                      roster::organisation_name(view, county, demand.asker_organisation_id));
  }
  // A posting holds its values once, for all its parts: a name that is hidden from some stands in
  // none.
  const auto name = is_only_offered(demand)
                        ? std::string()
                        : roster::person_name(view, county, PersonId(demand.asker_person_id));
  return name.empty() ? words_value("asker", "个人", "a person") : text_value("asker", name);
}

v1::VariableValue word_value(std::string_view name, std::span<const Word> words,
                             std::string_view word) {
  const auto* found = find_word(words, word);
  return found == nullptr ? text_value(name, word) : words_value(name, found->zh, found->en);
}

void add_variables(const state::View& view, const CountyId& county, const Happening& happening,
                   v1::NoticePosted& notice) {
  const auto& demand = happening.demand;
  const auto add = [&](v1::VariableValue value) { *notice.add_variables() = std::move(value); };
  add(text_value("number", demand.number));
  add(text_value("title", demand.title));
  add(asker_value(view, county, demand));
  add(text_value("village", roster::organisation_name(view, county, demand.village_id)));
  add(word_value("kind", demand_kinds(), demand.kind));
  add(word_value("urgency", demand_urgencies(), demand.urgency));
  add(text_value("group", roster::organisation_name(view, county, demand.lead_group_id)));
  const auto* info = find_trigger(happening.trigger);
  LM_ASSERT(info != nullptr);
  for (const auto name : info->variables) {
    if (name == "groups") {
      add(text_value(name, names_of(view, county, demand.offered_group_ids)));
    } else if (name == "concerned" && !happening.concerned_group_ids.empty()) {
      add(text_value(
          name, roster::organisation_name(view, county, happening.concerned_group_ids.front())));
    }
  }
  for (const auto& value : happening.variables) add(value);
}

}  // namespace

v1::VariableValue text_value(std::string_view name, std::string_view text) {
  v1::VariableValue value;
  value.set_name(std::string(name));
  value.set_text(shortened(mask_personal_numbers(text), kVariableCharactersMax));
  return value;
}

v1::VariableValue words_value(std::string_view name, std::string_view zh, std::string_view en) {
  v1::VariableValue value;
  value.set_name(std::string(name));
  value.mutable_words()->set_zh(std::string(zh));
  value.mutable_words()->set_en(std::string(en));
  return value;
}

v1::VariableValue number_value(std::string_view name, std::int64_t number) {
  v1::VariableValue value;
  value.set_name(std::string(name));
  value.set_number(number);
  return value;
}

v1::VariableValue time_value(std::string_view name, const google::protobuf::Timestamp& time) {
  v1::VariableValue value;
  value.set_name(std::string(name));
  *value.mutable_time() = time;
  return value;
}

PolicyDecision<v1::NotificationEvent> post(const state::View& view, const Happening& happening,
                                           const DecideContext& context) {
  const auto& county = context.county;
  v1::NotificationEvent event;
  auto& notice = *event.mutable_notice_posted();
  std::unordered_set<std::string> told(happening.by_person_ids.begin(),
                                       happening.by_person_ids.end());
  std::size_t room = kRecipientsMax;
  const Sight sight(view, county, happening.demand, context.now);

  const RulesInForce in_force(view, county, happening.trigger);
  for (const auto* asked : in_force.rules()) {
    const auto& rule = *asked;
    if (!is_met(rule.condition(), happening)) continue;

    v1::NoticePart part;
    const auto tell = [&](const std::string& person) {
      if (told.insert(person).second) part.add_person_ids(person);
    };
    auto to = recipients_of(view, county, rule.audience(), happening, context.now);
    for (const auto& person : to.person_ids) {
      if (sight.is_open_to_named(person)) tell(person);
    }
    for (auto& source : to.sources) {
      const auto people = expand(view, county, source, context.now, room);
      if (!people) {
        *part.add_mailing_sources() = std::move(source);
        continue;
      }
      room -= people->size();
      for (const auto& person : *people) {
        if (sight.is_open_to(person)) tell(person);
      }
    }
    if (part.person_ids().empty() && part.mailing_sources().empty()) continue;
    part.set_rule_id(rule.rule_id());
    *part.mutable_template_() = in_force.template_ref(rule.template_key());
    part.set_urgency(rule.urgency());
    *part.mutable_channels() = rule.channels();
    *notice.add_parts() = std::move(part);
  }
  if (notice.parts().empty()) return Nothing{};

  notice.set_posting_number(
      static_cast<std::int64_t>(kPostingNumbers.get(view, key_of(county)) + 1));
  notice.set_trigger(happening.trigger);
  notice.set_demand_id(happening.demand.demand_id);
  notice.set_demand_number(happening.demand.number);
  *notice.mutable_happened_time() = state::to_proto(happening.happened);
  *notice.mutable_by_person_ids() = {happening.by_person_ids.begin(),
                                     happening.by_person_ids.end()};
  const bool has_mailing =
      std::any_of(notice.parts().begin(), notice.parts().end(),
                  [](const auto& part) { return !part.mailing_sources().empty(); });
  if (has_mailing) {
    for (auto& scope : sight.scopes()) notice.add_seen_by(std::move(scope));
  }
  add_variables(view, county, happening, notice);
  return event;
}

v1::NotificationEvent advance_mailing(const state::View& view, const DecideContext& context) {
  const auto& county = context.county;
  const auto mailing = mailings().first(view, kMailingsByCountyDue, key_of(county));
  LM_ASSERT(mailing.has_value(), "county {} has no mailing", county.str());
  const auto posting = postings().find(view, posting_key(county, mailing->posting_number()));
  LM_ASSERT(posting.has_value(), "mailing {} has no posting", mailing->posting_number());
  const auto& parts = posting->notice().parts();
  const auto& seen_by = posting->notice().seen_by();
  const Sight sight(view, county, {seen_by.begin(), seen_by.end()}, context.now);

  // Nobody hears of one posting twice: neither who was named in it, nor whom an earlier part means.
  std::unordered_set<std::string> told(posting->notice().by_person_ids().begin(),
                                       posting->notice().by_person_ids().end());
  for (const auto& part : parts) told.insert(part.person_ids().begin(), part.person_ids().end());
  const auto means = [&](int part, const std::string& person) {
    const auto& sources = parts[part].mailing_sources();
    return std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return is_meant(view, county, person, source, context.now);
    });
  };
  const auto hears = [&](const std::string& person) {
    if (told.contains(person)) return false;
    for (int part = 0; part < mailing->part(); ++part) {
      if (means(part, person)) return false;
    }
    if (!means(mailing->part(), person)) return false;
    // Postings from before this was kept tell whomever they mean.
    return seen_by.empty() || sight.is_open_to(person);
  };

  state::PageRequest step;
  step.page_size = kMailingStep;
  step.page_token = mailing->next_page_token();
  auto page = roster::people().list(view, roster::kPeopleById, key_of(county), step);
  LM_ASSERT(page.has_value(), "mailing {}: {}", mailing->posting_number(), page.error().message_en);

  v1::NotificationEvent event;
  auto& advanced = *event.mutable_mailing_advanced();
  advanced.set_posting_number(mailing->posting_number());
  advanced.set_part(mailing->part());
  for (const auto& record : page->rows) {
    if (hears(record.person_id())) advanced.add_person_ids(record.person_id());
  }
  advanced.set_finished(page->next_page_token.empty());
  advanced.set_next_page_token(std::move(page->next_page_token));
  return event;
}

}  // namespace lianmeng::notification
