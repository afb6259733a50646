#include "notification/domain/tables.h"

#include "platform/state/proto_time.h"

namespace lianmeng::notification {

using state::Counted;
using state::Index;
using state::IndexSink;
using state::Key;
using state::Table;

const Table<v1::RuleRow>& rules() {
  static const Table<v1::RuleRow> table{
      0x80,
      "rules",
      [](const v1::RuleRow& r) { return key_of(CountyId(r.county()), r.rule().rule_id()); },
      {Index<v1::RuleRow>{kRulesById, "by_id", Counted::kYes,
                          [](const v1::RuleRow& r, const IndexSink& entry) {
                            if (!r.in_force()) return;
                            entry(Key{}.add(r.county()), Key{}.add(r.rule().rule_id()));
                          }}}};
  return table;
}

const Table<v1::TemplateRow>& templates() {
  static const Table<v1::TemplateRow> table{
      0x81,
      "templates",
      [](const v1::TemplateRow& t) {
        return key_of(CountyId(t.county()), t.template_().template_key());
      },
      {Index<v1::TemplateRow>{kTemplatesById, "by_id", Counted::kYes,
                              [](const v1::TemplateRow& t, const IndexSink& entry) {
                                entry(Key{}.add(t.county()),
                                      Key{}.add(t.template_().template_key()));
                              }}}};
  return table;
}

const Table<v1::TemplateRow>& template_versions() {
  static const Table<v1::TemplateRow> table{
      0x82,
      "template_versions",
      [](const v1::TemplateRow& t) {
        return key_of(CountyId(t.county()), t.template_().template_key(), t.version());
      },
      {Index<v1::TemplateRow>{kVersionsByTemplate, "by_template", Counted::kNo,
                              [](const v1::TemplateRow& t, const IndexSink& entry) {
                                entry(key_of(CountyId(t.county()), t.template_().template_key()),
                                      Key{}.down(static_cast<std::uint64_t>(t.version())));
                              }}}};
  return table;
}

const Table<v1::PostingRow>& postings() {
  static const Table<v1::PostingRow> table{0x83, "postings", [](const v1::PostingRow& p) {
                                             return posting_key(CountyId(p.county()),
                                                                p.notice().posting_number());
                                           }};
  return table;
}

const Table<v1::NoticeRow>& notices() {
  static const Table<v1::NoticeRow> table{
      0x84,
      "notices",
      [](const v1::NoticeRow& n) {
        return notice_key(CountyId(n.county()), n.person_id(), n.notice_number());
      },
      {Index<v1::NoticeRow>{kNoticesByPerson, "by_person", Counted::kNo,
                            [](const v1::NoticeRow& n, const IndexSink& entry) {
                              entry(key_of(CountyId(n.county()), n.person_id()),
                                    Key{}.down(static_cast<std::uint64_t>(n.notice_number())));
                            }},
       Index<v1::NoticeRow>{kNoticesUnread, "unread", Counted::kYes,
                            [](const v1::NoticeRow& n, const IndexSink& entry) {
                              if (n.has_read_time()) return;
                              entry(key_of(CountyId(n.county()), n.person_id(), n.epoch()),
                                    Key{}.down(static_cast<std::uint64_t>(n.notice_number())));
                            }}}};
  return table;
}

const Table<v1::InboxRow>& inboxes() {
  static const Table<v1::InboxRow> table{0x85, "inboxes", [](const v1::InboxRow& i) {
                                           return key_of(CountyId(i.county()), i.person_id());
                                         }};
  return table;
}

const Table<v1::MailingRow>& mailings() {
  static const Table<v1::MailingRow> table{
      0x86,
      "mailings",
      [](const v1::MailingRow& m) {
        return mailing_key(CountyId(m.county()), m.posting_number(), m.part());
      },
      {Index<v1::MailingRow>{kMailingsByDue, "by_due", Counted::kNo,
                             [](const v1::MailingRow& m, const IndexSink& entry) {
                               entry(Key{}, Key{}.add(state::from_proto(m.due_time())));
                             }},
       Index<v1::MailingRow>{kMailingsByCountyDue, "by_county_due", Counted::kNo,
                             [](const v1::MailingRow& m, const IndexSink& entry) {
                               entry(Key{}.add(m.county()),
                                     Key{}.add(state::from_proto(m.due_time())));
                             }}}};
  return table;
}

const Table<v1::TriggerRow>& trigger_settings() {
  static const Table<v1::TriggerRow> table{0x88, "trigger_settings", [](const v1::TriggerRow& t) {
                                             return trigger_key(CountyId(t.county()), t.trigger());
                                           }};
  return table;
}

v1::TriggerRow trigger_settings_of(const state::View& view, const CountyId& county,
                                   v1::Trigger trigger) {
  if (auto row = trigger_settings().find(view, trigger_key(county, trigger))) {
    return std::move(*row);
  }
  v1::TriggerRow row;
  row.set_county(county.str());
  row.set_trigger(trigger);
  return row;
}

const Table<v1::DemandRow>& demands() {
  static const Table<v1::DemandRow> table{0x40, "demands", [](const v1::DemandRow& d) {
                                            return key_of(CountyId(d.county()), d.demand_id());
                                          }};
  return table;
}

}  // namespace lianmeng::notification
