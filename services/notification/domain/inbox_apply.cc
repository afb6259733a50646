#include <algorithm>

#include "notification/domain/inbox.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {

void deliver(state::Tx& state, const EventMeta& meta, const std::string& person_id,
             std::int64_t posting_number, std::int32_t part) {
  auto inbox = inbox_of(state, meta.county, person_id);
  inbox.set_last_number(inbox.last_number() + 1);
  inboxes().put(state, inbox);

  v1::NoticeRow notice;
  notice.set_county(meta.county.str());
  notice.set_person_id(person_id);
  notice.set_notice_number(inbox.last_number());
  notice.set_posting_number(posting_number);
  notice.set_part(part);
  notice.set_epoch(inbox.epoch());
  *notice.mutable_received_time() = state::to_proto(meta.time);
  notices().put(state, notice);
}

void apply(state::Tx& state, const v1::NoticeRead& event, const EventMeta& meta) {
  notices().update(
      state, notice_key(meta.county, event.person_id(), event.notice_number()),
      [&](v1::NoticeRow& notice) { *notice.mutable_read_time() = state::to_proto(meta.time); });
}

void apply(state::Tx& state, const v1::NoticesReadUpTo& event, const EventMeta& meta) {
  auto inbox = inbox_of(state, meta.county, event.person_id());
  const auto unread = key_of(meta.county, event.person_id(), inbox.epoch());
  inbox.set_epoch(inbox.epoch() + 1);
  inbox.set_read_up_to_number(event.up_to_number());
  *inbox.mutable_read_up_to_time() = state::to_proto(meta.time);
  inboxes().put(state, inbox);

  state::PageRequest newest;
  newest.page_size = kCarriedOverMax + 1;
  auto page = notices().list(state, kNoticesUnread, unread, newest);
  LM_ASSERT(page.has_value());
  for (auto& notice : page->rows) {
    if (notice.notice_number() <= event.up_to_number()) break;
    notice.set_epoch(inbox.epoch());
    notices().put(state, notice);
  }
}

v1::InboxRow inbox_of(const state::View& view, const CountyId& county, std::string_view person_id) {
  if (auto row = inboxes().find(view, key_of(county, person_id))) return std::move(*row);
  v1::InboxRow row;
  row.set_county(county.str());
  row.set_person_id(std::string(person_id));
  return row;
}

bool is_read(const v1::InboxRow& inbox, const v1::NoticeRow& notice) {
  return notice.has_read_time() || notice.epoch() < inbox.epoch();
}

std::uint64_t count_unread(const state::View& view, const v1::InboxRow& inbox) {
  return notices()
      .count(view, kNoticesUnread,
             key_of(CountyId(inbox.county()), inbox.person_id(), inbox.epoch()))
      .value;
}

}  // namespace lianmeng::notification
