#include "notification/domain/inbox.h"

#include <gtest/gtest.h>

#include "notification/domain/reasons.h"
#include "notification/testing/heyang.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::Scenario;

class Inbox : public ::testing::Test {
 protected:
  Inbox() { prepare(scenario); }

  void post_to(const PersonId& person, int times = 1) {
    for (int i = 0; i < times; ++i) {
      v1::NoticePosted notice;
      notice.set_posting_number(++postings_);
      notice.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
      auto* part = notice.add_parts();
      part->mutable_template_()->set_template_key("declined.asker");
      part->mutable_template_()->set_builtin_revision(1);
      part->add_person_ids(person.str());
      scenario.given(notice);
    }
  }
  std::uint64_t unread(const PersonId& person) const {
    return count_unread(scenario.view(), inbox_of(scenario.view(), kHeyang, person.str()));
  }
  static v1::NoticeRead read(const PersonId& person, std::int64_t number) {
    v1::NoticeRead event;
    event.set_person_id(person.str());
    event.set_notice_number(number);
    return event;
  }
  static v1::NoticesReadUpTo read_up_to(const PersonId& person, std::int64_t number) {
    v1::NoticesReadUpTo event;
    event.set_person_id(person.str());
    event.set_up_to_number(number);
    return event;
  }

  Scenario scenario{notification_fold(), kHeyang};

 private:
  int postings_ = 0;
};

TEST_F(Inbox, OneNoticeIsRead) {
  post_to(kCadre, 3);
  EXPECT_EQ(unread(kCadre), 3U);
  scenario.by(kCadre).when(MarkNoticeRead{2}).expect(read(kCadre, 2));
  EXPECT_EQ(unread(kCadre), 2U);
  scenario.when(MarkNoticeRead{2}).refused(kNoticeAlreadyRead, {{"notice", "2"}});
}

TEST_F(Inbox, IsTheOwnersAlone) {
  post_to(kCadre);
  scenario.by(kOfficer).when(MarkNoticeRead{1}).refused(kNoticeUnknown, {{"notice", "1"}});
  scenario.by(kOfficer).when(MarkAllNoticesRead{0}).refused(kNothingUnread);
  scenario.by_operator()
      .when(MarkNoticeRead{1})
      .refused(kPermissionDenied)
      .when(MarkAllNoticesRead{0})
      .refused(kPermissionDenied);
  scenario.by_system().when(MarkNoticeRead{1}).refused(kPermissionDenied);
  EXPECT_EQ(unread(kCadre), 1U);
}

TEST_F(Inbox, IsClosedToWhoWasErased) {
  post_to(kFarmer, 2);
  erase(scenario, kFarmer);
  scenario.by(kFarmer)
      .when(MarkNoticeRead{1})
      .refused(kPermissionDenied)
      .when(MarkAllNoticesRead{0})
      .refused(kPermissionDenied);
  EXPECT_EQ(unread(kFarmer), 2U);
}

TEST_F(Inbox, NumbersBeginWithOne) {
  scenario.by(kCadre)
      .when(MarkNoticeRead{0})
      .refused_field("notice_number")
      .when(MarkNoticeRead{1})
      .refused(kNoticeUnknown);
}

TEST_F(Inbox, EverythingIsReadTogether) {
  post_to(kCadre, 3);
  post_to(kHead, 1);
  scenario.by(kCadre).when(MarkAllNoticesRead{0}).expect(read_up_to(kCadre, 3));
  EXPECT_EQ(unread(kCadre), 0U);
  EXPECT_EQ(unread(kHead), 1U);
  scenario.when(MarkAllNoticesRead{0})
      .refused(kNothingUnread, {{"number", "3"}})
      .when(MarkNoticeRead{1})
      .refused(kNoticeAlreadyRead);
}

TEST_F(Inbox, WhatCameAfterwardsStaysUnread) {
  post_to(kCadre, 5);
  scenario.by(kCadre).when(MarkNoticeRead{5}).expect(read(kCadre, 5));
  scenario.when(MarkAllNoticesRead{3}).expect(read_up_to(kCadre, 3));
  EXPECT_EQ(unread(kCadre), 1U);
  scenario.when(MarkNoticeRead{3}).refused(kNoticeAlreadyRead);
  scenario.when(MarkNoticeRead{5}).refused(kNoticeAlreadyRead);
  post_to(kCadre);
  EXPECT_EQ(unread(kCadre), 2U);
  scenario.when(MarkNoticeRead{4}).expect(read(kCadre, 4));
  EXPECT_EQ(unread(kCadre), 1U);
}

TEST_F(Inbox, UpToANumberThatIsThere) {
  post_to(kCadre, 2);
  scenario.by(kCadre)
      .when(MarkAllNoticesRead{3})
      .refused_field("up_to_number")
      .when(MarkAllNoticesRead{-1})
      .refused_field("up_to_number");
}

TEST_F(Inbox, CarriesOverABoundedNumber) {
  post_to(kCadre, kCarriedOverMax + 2);
  scenario.by(kCadre)
      .when(MarkAllNoticesRead{1})
      .refused(kTooManyNewerUnread, {{"number", "1"}, {"limit", "200"}})
      .when(MarkAllNoticesRead{2})
      .expect(read_up_to(kCadre, 2));
  EXPECT_EQ(unread(kCadre), static_cast<std::uint64_t>(kCarriedOverMax));
}

}  // namespace
}  // namespace lianmeng::notification
