// The tables of notification's state (state/table.h: 0x80–0xff own, 0x40–0x4f projections).
#pragma once

#include <cstdint>
#include <string_view>

#include "lianmeng/notification/v1/notification_events.pb.h"
#include "platform/base/ids.h"
#include "platform/state/table.h"

namespace lianmeng::notification {

// Key: county, rule. A rule that was reset stays, not in force, to count its versions.
const state::Table<v1::RuleRow>& rules();
inline constexpr std::uint8_t kRulesById = 1;  // county ↔ id; in force; counted

// Key: county, template. The version in force.
const state::Table<v1::TemplateRow>& templates();
inline constexpr std::uint8_t kTemplatesById = 1;  // county ↔ key; counted

// Key: county, template, version.
const state::Table<v1::TemplateRow>& template_versions();
inline constexpr std::uint8_t kVersionsByTemplate = 1;  // county, key ↔ the newest first

// Key: county, posting.
const state::Table<v1::PostingRow>& postings();

// Key: county, person, number from the newest.
const state::Table<v1::NoticeRow>& notices();
inline constexpr std::uint8_t kNoticesByPerson = 1;  // county, person ↔ the newest first
inline constexpr std::uint8_t kNoticesUnread = 2;    // county, person, epoch ↔ likewise; counted

// Key: county, person.
const state::Table<v1::InboxRow>& inboxes();

// Key: county, posting, part.
const state::Table<v1::MailingRow>& mailings();
inline constexpr std::uint8_t kMailingsByDue = 1;        // all ↔ due
inline constexpr std::uint8_t kMailingsByCountyDue = 2;  // county ↔ due

// Key: county, trigger. What of rules and templates is in force, as postings read it.
const state::Table<v1::TriggerRow>& trigger_settings();
// An empty one for what the county has set nothing of.
v1::TriggerRow trigger_settings_of(const state::View& view, const CountyId& county,
                                   v1::Trigger trigger);

// The county's last posting number.
inline constexpr state::Counter kPostingNumbers{0x87};

// Projection of dispatch. Key: county, demand.
const state::Table<v1::DemandRow>& demands();

inline state::Key key_of(const CountyId& county) { return state::Key{}.add(county.str()); }
inline state::Key key_of(const CountyId& county, std::string_view id) {
  return state::Key{}.add(county.str()).add(id);
}
inline state::Key key_of(const CountyId& county, std::string_view id, std::int64_t number) {
  return key_of(county, id).add(static_cast<std::uint64_t>(number));
}
inline state::Key notice_key(const CountyId& county, std::string_view person, std::int64_t number) {
  return key_of(county, person).down(static_cast<std::uint64_t>(number));
}
inline state::Key trigger_key(const CountyId& county, v1::Trigger trigger) {
  return key_of(county).add(trigger);
}
inline state::Key posting_key(const CountyId& county, std::int64_t number) {
  return key_of(county).add(static_cast<std::uint64_t>(number));
}
inline state::Key mailing_key(const CountyId& county, std::int64_t number, std::int32_t part) {
  return posting_key(county, number).add(static_cast<std::uint64_t>(part));
}

}  // namespace lianmeng::notification
