#include <algorithm>

#include "notification/domain/inbox.h"
#include "notification/domain/posting.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {

void apply(state::Tx& state, const v1::NoticePosted& event, const EventMeta& meta) {
  kPostingNumbers.set(state, key_of(meta.county),
                      static_cast<std::uint64_t>(event.posting_number()));
  v1::PostingRow row;
  row.set_county(meta.county.str());
  *row.mutable_notice() = event;
  *row.mutable_posted_time() = state::to_proto(meta.time);
  if (meta.cause) row.set_cause(to_string(*meta.cause));
  postings().put(state, row);

  for (int part = 0; part < event.parts_size(); ++part) {
    for (const auto& person : event.parts(part).person_ids()) {
      deliver(state, meta, person, event.posting_number(), part);
    }
    if (event.parts(part).mailing_sources().empty()) continue;
    v1::MailingRow mailing;
    mailing.set_county(meta.county.str());
    mailing.set_posting_number(event.posting_number());
    mailing.set_part(part);
    *mailing.mutable_due_time() = state::to_proto(meta.time);
    mailings().put(state, mailing);
  }
}

void apply(state::Tx& state, const v1::MailingAdvanced& event, const EventMeta& meta) {
  for (const auto& person : event.person_ids()) {
    deliver(state, meta, person, event.posting_number(), event.part());
  }
  const auto key = mailing_key(meta.county, event.posting_number(), event.part());
  if (event.finished()) {
    mailings().erase(state, key);
    return;
  }
  mailings().update(state, key, [&](v1::MailingRow& mailing) {
    mailing.set_next_page_token(event.next_page_token());
    mailing.set_delivered(mailing.delivered() + event.person_ids_size());
    // Always later than it was: the runtime looks for the next timer when this one has moved.
    const auto was = state::from_proto(mailing.due_time());
    *mailing.mutable_due_time() = state::to_proto(std::max(was, meta.time) + Duration(1));
  });
}

}  // namespace lianmeng::notification
