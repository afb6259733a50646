#include "notification/queries/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "notification/domain/inbox.h"
#include "notification/domain/permission.h"
#include "notification/domain/render.h"
#include "notification/domain/template.h"
#include "platform/base/assert.h"

namespace lianmeng::notification {
namespace {

void fill_notice(const state::View& view, const v1::InboxRow& inbox, const v1::NoticeRow& row,
                 v1::Notice* notice) {
  const CountyId county(row.county());
  const auto posting = postings().find(view, posting_key(county, row.posting_number()));
  LM_ASSERT(posting.has_value() && row.part() < posting->notice().parts_size(),
            "notice {} of {} has no posting", row.notice_number(), row.person_id());
  const auto& posted = posting->notice();
  const auto& part = posted.parts(row.part());
  auto words = render(template_of(view, county, part.template_()), posted.variables());
  notice->set_notice_number(row.notice_number());
  notice->set_title(std::move(words.title));
  notice->set_text(std::move(words.text));
  notice->set_title_en(std::move(words.title_en));
  notice->set_text_en(std::move(words.text_en));
  notice->set_trigger(posted.trigger());
  notice->set_urgency(part.urgency());
  notice->set_read(is_read(inbox, row));
  if (row.has_read_time()) {
    *notice->mutable_read_time() = row.read_time();
  } else if (row.epoch() + 1 == inbox.epoch()) {
    // Read with others, in the last "read up to"; of earlier ones the time is not kept.
    *notice->mutable_read_time() = inbox.read_up_to_time();
  }
  *notice->mutable_received_time() = row.received_time();
  *notice->mutable_happened_time() = posted.happened_time();
  notice->set_demand_id(posted.demand_id());
  notice->set_demand_number(posted.demand_number());
  notice->set_rule_id(part.rule_id());
  notice->set_cause(posting->cause());
}

// A page token of unread notices: "<epoch>.<last number>.<token of the index>". A "read up to"
// between two pages begins a new epoch with an index of its own; the list then goes on behind the
// last number.
struct UnreadToken {
  std::int64_t epoch = 0;
  std::int64_t last_number = 0;
  std::string inner;
};

std::optional<UnreadToken> parse_token(std::string_view text) {
  UnreadToken token;
  for (auto* number : {&token.epoch, &token.last_number}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (error != std::errc() || end == text.data() + text.size() || *end != '.') return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  token.inner = text;
  return token;
}

Result<state::Page<v1::NoticeRow>> unread_page(const state::View& view, const v1::InboxRow& inbox,
                                               state::PageRequest page) {
  std::optional<std::int64_t> before;
  if (!page.page_token.empty()) {
    const auto token = parse_token(page.page_token);
    // What is no token goes to the table as it is, which refuses it.
    if (token) {
      if (token->epoch != inbox.epoch()) before = token->last_number;
      page.page_token = before ? std::string() : token->inner;
    }
  }
  const CountyId county(inbox.county());
  auto found = notices().list(
      view, kNoticesUnread, key_of(county, inbox.person_id(), inbox.epoch()), page,
      [&](const v1::NoticeRow& row) { return !before || row.notice_number() < *before; });
  if (found && !found->next_page_token.empty()) {
    const auto last = found->rows.empty() ? before.value_or(0) : found->rows.back().notice_number();
    found->next_page_token = fmt::format("{}.{}.{}", inbox.epoch(), last, found->next_page_token);
  }
  return found;
}

}  // namespace

void fill_notice(const state::View& view, const CountyId& county, std::string_view person_id,
                 std::int64_t notice_number, v1::Notice* notice) {
  const auto row = notices().find(view, notice_key(county, person_id, notice_number));
  if (row) fill_notice(view, inbox_of(view, county, person_id), *row, notice);
}

void fill_inbox(const state::View& view, const CountyId& county, std::string_view person_id,
                v1::Inbox* inbox) {
  const auto row = inbox_of(view, county, person_id);
  inbox->set_person_id(row.person_id());
  inbox->set_unread(static_cast<std::int64_t>(notification::count_unread(view, row)));
  inbox->set_last_notice_number(row.last_number());
  inbox->set_read_up_to_number(row.read_up_to_number());
}

Status list_notices(const runtime::QueryContext& context, const Actor& actor,
                    const v1::ListNoticesRequest& request, v1::ListNoticesResponse* response) {
  const CountyId county(request.county());
  if (auto refusal = refuse_unless_owner(*context.view, county, actor)) {
    return fail(to_error(*refusal));
  }
  const auto inbox = inbox_of(*context.view, county, actor.id);
  state::PageRequest page;
  page.page_size = request.page_size();
  page.page_token = request.page_token();
  auto found = request.unread_only() ? unread_page(*context.view, inbox, std::move(page))
                                     : notices().list(*context.view, kNoticesByPerson,
                                                      key_of(county, actor.id), page);
  if (!found) return fail(std::move(found.error()));
  for (const auto& row : found->rows) {
    fill_notice(*context.view, inbox, row, response->add_notices());
  }
  response->set_next_page_token(std::move(found->next_page_token));
  return {};
}

Status count_unread(const runtime::QueryContext& context, const Actor& actor,
                    const v1::CountUnreadRequest& request, v1::CountUnreadResponse* response) {
  const CountyId county(request.county());
  if (auto refusal = refuse_unless_owner(*context.view, county, actor)) {
    return fail(to_error(*refusal));
  }
  fill_inbox(*context.view, county, actor.id, response->mutable_inbox());
  return {};
}

Status check_watch(const runtime::QueryContext& context, const Actor& actor,
                   const v1::WatchNoticesRequest& request) {
  if (auto refusal = refuse_unless_owner(*context.view, CountyId(request.county()), actor)) {
    return fail(to_error(*refusal));
  }
  return {};
}

bool watch_notices(const runtime::WatchedEvent& event, const Actor& actor,
                   const v1::WatchNoticesRequest& request, v1::WatchNoticesResponse* response) {
  const CountyId county(request.county());
  if (refuse_unless_owner(*event.view, county, actor)) return false;
  const auto& told = static_cast<const v1::NotificationEvent&>(*event.event);
  const auto names = [&](const auto& people) {
    return std::find(people.begin(), people.end(), actor.id) != people.end();
  };
  bool mine = false;
  if (told.has_notice_posted()) {
    const auto& parts = told.notice_posted().parts();
    mine = std::any_of(parts.begin(), parts.end(),
                       [&](const auto& part) { return names(part.person_ids()); });
  } else if (told.has_mailing_advanced()) {
    mine = names(told.mailing_advanced().person_ids());
  }
  if (!mine) return false;
  // Nobody is named twice in one event, so the newest notice is the one that it brought.
  const auto inbox = inbox_of(*event.view, county, actor.id);
  fill_notice(*event.view, county, actor.id, inbox.last_number(), response->mutable_notice());
  response->set_unread(static_cast<std::int64_t>(notification::count_unread(*event.view, inbox)));
  response->set_read_token(to_string(event.place));
  return true;
}

}  // namespace lianmeng::notification
