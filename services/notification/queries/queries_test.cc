#include <gtest/gtest.h>

#include "notification/domain/builtin.h"
#include "notification/queries/inbox.h"
#include "notification/queries/settings.h"
#include "notification/testing/heyang.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::Scenario;
using Numbers = std::vector<std::int64_t>;

Actor as(const PersonId& person) { return {Actor::Kind::kPerson, person.str(), ""}; }

class Queries : public ::testing::Test {
 protected:
  Queries() {
    prepare(scenario);
    scenario.by(kCoordinator).given_foreign("dispatch", submitted());
  }

  // The cadre hears of each introduction.
  void introduce(std::string_view words) {
    auto e = about<dispatch_v1::SupportIntroduced>(dispatch_v1::DEMAND_STATE_SUBMITTED);
    e.mutable_support()->set_words(std::string(words));
    scenario.by(kCoordinator).when_foreign("dispatch", e).accepted();
  }
  void introductions(int count) {
    for (int i = 0; i < count; ++i) introduce("第" + std::to_string(i + 1) + "条");
  }
  void read_up_to(std::int64_t number) {
    v1::NoticesReadUpTo event;
    event.set_person_id(kCadre.str());
    event.set_up_to_number(number);
    scenario.given(event);
  }
  void read(std::int64_t number) {
    v1::NoticeRead event;
    event.set_person_id(kCadre.str());
    event.set_notice_number(number);
    scenario.given(event);
  }

  runtime::QueryContext context() const {
    runtime::QueryContext made;
    made.view = &scenario.view();
    made.now = scenario.now();
    return made;
  }
  v1::ListNoticesResponse list(int page_size, bool unread, std::string token = "",
                               const PersonId& person = kCadre) const {
    v1::ListNoticesRequest request;
    request.set_county(kHeyang.str());
    request.set_page_size(page_size);
    request.set_page_token(std::move(token));
    request.set_unread_only(unread);
    v1::ListNoticesResponse response;
    const auto status = list_notices(context(), as(person), request, &response);
    EXPECT_TRUE(status) << status.error().message_en;
    return response;
  }
  static Numbers numbers(const v1::ListNoticesResponse& response) {
    Numbers found;
    for (const auto& notice : response.notices()) found.push_back(notice.notice_number());
    return found;
  }
  v1::Inbox inbox(const PersonId& person = kCadre) const {
    v1::CountUnreadRequest request;
    request.set_county(kHeyang.str());
    v1::CountUnreadResponse response;
    EXPECT_TRUE(count_unread(context(), as(person), request, &response));
    return response.inbox();
  }
  v1::ListTemplatesRequest templates_request() const {
    v1::ListTemplatesRequest request;
    request.set_county(kHeyang.str());
    return request;
  }

  Scenario scenario{notification_fold(), kHeyang};
};

TEST_F(Queries, TheNewestNoticeComesFirstPageByPage) {
  introductions(5);
  auto page = list(2, false);
  EXPECT_EQ(numbers(page), (Numbers{5, 4}));
  introduce("翻页之间");
  page = list(2, false, page.next_page_token());
  EXPECT_EQ(numbers(page), (Numbers{3, 2}));
  page = list(2, false, page.next_page_token());
  EXPECT_EQ(numbers(page), (Numbers{1}));
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(Queries, ANoticeHasItsWordsInBothLanguages) {
  introduce("请补材料");
  const auto notice = list(1, false).notices(0);
  EXPECT_EQ(notice.title(), "有人牵线：扶贫工厂缺设备资金");
  EXPECT_EQ(notice.text(), "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”有人牵线：请补材料。");
  EXPECT_EQ(notice.title_en(), "Support introduced: 扶贫工厂缺设备资金");
  EXPECT_EQ(notice.demand_id(), kDemand);
  EXPECT_EQ(notice.demand_number(), "合阳-230628-001");
  EXPECT_EQ(notice.rule_id(), "introduced.asker");
  EXPECT_EQ(notice.trigger(), v1::TRIGGER_SUPPORT_INTRODUCED);
  EXPECT_EQ(notice.urgency(), v1::NOTICE_URGENCY_NORMAL);
  EXPECT_FALSE(notice.read());
  EXPECT_TRUE(notice.has_received_time());
  EXPECT_TRUE(notice.has_happened_time());
}

TEST_F(Queries, ANoticeKeepsTheWordsItWasPostedWith) {
  introduce("之前");
  v1::TemplateSet set;
  set.set_version(1);
  auto* words = set.mutable_template_();
  words->set_template_key("introduced.asker");
  words->set_trigger(v1::TRIGGER_SUPPORT_INTRODUCED);
  words->set_title_zh("牵线");
  words->set_text_zh("{words}");
  scenario.given(set);
  introduce("之后");
  words->set_text_zh("第二版：{words}");
  set.set_version(2);
  scenario.given(set);
  introduce("最后");
  const auto page = list(10, false);
  EXPECT_EQ(page.notices(2).text(), "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”有人牵线：之前。");
  EXPECT_EQ(page.notices(1).text(), "之后");
  EXPECT_EQ(page.notices(1).text_en(), "之后");
  EXPECT_EQ(page.notices(0).text(), "第二版：最后");
}

TEST_F(Queries, UnreadOnesAreListedAndCountedAlike) {
  introductions(5);
  read(4);
  EXPECT_EQ(numbers(list(10, true)), (Numbers{5, 3, 2, 1}));
  EXPECT_EQ(inbox().unread(), 4);
  EXPECT_TRUE(list(10, false).notices(1).read());
  EXPECT_TRUE(list(10, false).notices(1).has_read_time());
  read_up_to(3);
  EXPECT_EQ(numbers(list(10, true)), (Numbers{5}));
  EXPECT_EQ(inbox().unread(), 1);
  EXPECT_EQ(inbox().last_notice_number(), 5);
  EXPECT_EQ(inbox().read_up_to_number(), 3);
  const auto all = list(10, false);
  EXPECT_FALSE(all.notices(0).read());
  for (int i = 1; i < 5; ++i) EXPECT_TRUE(all.notices(i).read()) << i;
}

TEST_F(Queries, AListOfUnreadOnesGoesOnAfterAReadUpToBetweenItsPages) {
  introductions(6);
  auto page = list(2, true);
  EXPECT_EQ(numbers(page), (Numbers{6, 5}));
  read_up_to(2);
  page = list(1, true, page.next_page_token());
  EXPECT_EQ(numbers(page), (Numbers{4}));
  page = list(1, true, page.next_page_token());
  EXPECT_EQ(numbers(page), (Numbers{3}));
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(Queries, APersonSeesTheirOwnInboxAlone) {
  introductions(2);
  EXPECT_EQ(inbox(kOfficer).unread(), 0);
  EXPECT_EQ(list(10, false, "", kOfficer).notices_size(), 0);
  v1::ListNoticesRequest request;
  request.set_county(kHeyang.str());
  v1::ListNoticesResponse response;
  v1::CountUnreadResponse count;
  for (const auto& actor :
       {Actor{Actor::Kind::kOperator, "root", ""}, Actor{Actor::Kind::kCountySystem, "tax", ""},
        Actor{Actor::Kind::kSystem, "", ""}}) {
    const auto status = list_notices(context(), actor, request, &response);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().reason, "PERMISSION_DENIED");
    EXPECT_FALSE(count_unread(context(), actor, {}, &count));
  }
}

TEST_F(Queries, TheInboxOfWhoWasErasedAnswersNobody) {
  introduce("一");
  v1::NotificationEvent event;
  *event.mutable_notice_posted() = scenario.event<v1::NoticePosted>();
  erase(scenario, kCadre);
  v1::ListNoticesRequest request;
  request.set_county(kHeyang.str());
  v1::ListNoticesResponse response;
  const auto status = list_notices(context(), as(kCadre), request, &response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "PERMISSION_DENIED");
  v1::CountUnreadRequest counted;
  counted.set_county(kHeyang.str());
  v1::CountUnreadResponse count;
  EXPECT_FALSE(count_unread(context(), as(kCadre), counted, &count));
  runtime::WatchedEvent watched;
  watched.event = std::make_shared<v1::NotificationEvent>(event);
  watched.place = Place{"notification", 7, 42};
  watched.view = &scenario.view();
  v1::WatchNoticesRequest watch;
  watch.set_county(kHeyang.str());
  v1::WatchNoticesResponse told;
  EXPECT_FALSE(watch_notices(watched, as(kCadre), watch, &told));
}

TEST_F(Queries, APageTokenOfAnotherListIsRefused) {
  introductions(3);
  v1::ListNoticesRequest request;
  request.set_county(kHeyang.str());
  v1::ListNoticesResponse response;
  for (const bool unread : {false, true}) {
    const auto other = list(1, !unread).next_page_token();
    for (const auto& token : std::vector<std::string>{"x", "0.1.zz", other}) {
      request.set_unread_only(unread);
      request.set_page_token(token);
      const auto status = list_notices(context(), as(kCadre), request, &response);
      ASSERT_FALSE(status) << token;
      EXPECT_EQ(status.error().reason, "PAGE_TOKEN_MALFORMED");
    }
  }
}

TEST_F(Queries, AWatcherHearsOfTheirOwnNotices) {
  introduce("一");
  v1::NotificationEvent event;
  *event.mutable_notice_posted() = scenario.event<v1::NoticePosted>();
  runtime::WatchedEvent watched;
  watched.event = std::make_shared<v1::NotificationEvent>(event);
  watched.place = Place{"notification", 7, 42};
  watched.view = &scenario.view();
  v1::WatchNoticesRequest request;
  request.set_county(kHeyang.str());
  v1::WatchNoticesResponse response;
  ASSERT_TRUE(watch_notices(watched, as(kCadre), request, &response));
  EXPECT_EQ(response.notice().notice_number(), 1);
  EXPECT_EQ(response.unread(), 1);
  EXPECT_EQ(response.read_token(), "notification/7/42");
  EXPECT_FALSE(watch_notices(watched, as(kOfficer), request, &response));
  EXPECT_FALSE(watch_notices(watched, {Actor::Kind::kOperator, "root", ""}, request, &response));
}

TEST_F(Queries, RulesInForceShowWhoseTheyAre) {
  v1::RuleSet set;
  set.set_version(3);
  *set.mutable_rule() = *find_builtin_rule("declined.asker");
  set.mutable_rule()->set_disabled(true);
  scenario.by(kOfficer).given(set);
  v1::ListRulesRequest request;
  request.set_county(kHeyang.str());
  request.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
  v1::ListRulesResponse response;
  ASSERT_TRUE(list_rules(context(), as(kHead), request, &response));
  ASSERT_EQ(response.rules_size(), 1);
  EXPECT_EQ(response.rules(0).version(), 3);
  EXPECT_TRUE(response.rules(0).has_builtin());
  EXPECT_TRUE(response.rules(0).spec().disabled());
  EXPECT_EQ(response.rules(0).set_by(), "person:610524-p1");
}

TEST_F(Queries, RulesComePageByPage) {
  v1::ListRulesRequest request;
  request.set_county(kHeyang.str());
  request.set_page_size(10);
  std::vector<std::string> ids;
  do {
    v1::ListRulesResponse response;
    ASSERT_TRUE(list_rules(context(), as(kHead), request, &response));
    EXPECT_LE(response.rules_size(), 10);
    for (const auto& rule : response.rules()) ids.push_back(rule.spec().rule_id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(ids.size(), builtin_rules().size());
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  request.set_page_token("规则");
  v1::ListRulesResponse response;
  EXPECT_FALSE(list_rules(context(), as(kHead), request, &response));
}

TEST_F(Queries, SettingsAreForPostHolders) {
  v1::ListRulesRequest request;
  request.set_county(kHeyang.str());
  v1::ListRulesResponse rules;
  v1::ListTemplatesResponse found;
  v1::PreviewTemplateResponse preview;
  for (const auto& actor :
       {as(kFarmer), as(PersonId("610525-p1")), Actor{Actor::Kind::kOperator, "root", ""}}) {
    EXPECT_FALSE(list_rules(context(), actor, request, &rules));
    EXPECT_FALSE(list_templates(context(), actor, templates_request(), &found));
    EXPECT_FALSE(preview_template(context(), actor, {}, &preview));
  }
}

TEST_F(Queries, TemplatesShowTheirVersions) {
  v1::TemplateSet set;
  auto* words = set.mutable_template_();
  words->set_template_key("introduced.asker");
  words->set_trigger(v1::TRIGGER_SUPPORT_INTRODUCED);
  words->set_title_zh("牵线");
  words->set_text_zh("{words}");
  for (int version : {1, 2}) {
    set.set_version(version);
    scenario.by(kOfficer).given(set);
  }
  auto request = templates_request();
  request.set_trigger(v1::TRIGGER_SUPPORT_INTRODUCED);
  v1::ListTemplatesResponse response;
  ASSERT_TRUE(list_templates(context(), as(kHead), request, &response));
  ASSERT_EQ(response.templates_size(), 2) << "for the asker and for the lead";
  EXPECT_EQ(response.templates(0).version(), 2);
  EXPECT_EQ(response.templates(0).variables(0), "{number} 诉求编号");

  request = templates_request();
  request.set_template_key("introduced.asker");
  response.Clear();
  ASSERT_TRUE(list_templates(context(), as(kHead), request, &response));
  ASSERT_EQ(response.templates_size(), 3) << "two versions and what is built in";
  EXPECT_TRUE(response.templates(0).in_force());
  EXPECT_EQ(response.templates(1).version(), 1);
  EXPECT_FALSE(response.templates(1).in_force());
  EXPECT_EQ(response.templates(2).version(), 0);

  response.Clear();
  ASSERT_TRUE(list_templates(context(), as(kHead), templates_request(), &response));
  EXPECT_EQ(static_cast<std::size_t>(response.templates_size()), builtin_templates().size());
}

TEST_F(Queries, APreviewShowsExamplesAndRefusesWhatCannotBeSet) {
  v1::PreviewTemplateRequest request;
  request.set_county(kHeyang.str());
  request.set_template_key("declined.asker");
  (*request.mutable_values())["reason"] = "重复";
  v1::PreviewTemplateResponse response;
  ASSERT_TRUE(preview_template(context(), as(kHead), request, &response));
  EXPECT_EQ(response.text(), "您的诉求 合阳-230628-012“气调库缺配套设施”不予受理，原因：重复。");

  request.set_template_key("nowhere");
  auto status = preview_template(context(), as(kHead), request, &response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "TEMPLATE_UNKNOWN");

  request.clear_template_key();
  auto* draft = request.mutable_draft();
  draft->set_trigger(v1::TRIGGER_DEMAND_DECLINED);
  draft->set_title_zh("{number}");
  draft->set_text_zh("{score}");
  status = preview_template(context(), as(kHead), request, &response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "TEMPLATE_VARIABLE_UNKNOWN");
  draft->set_text_zh("{reason}。");
  ASSERT_TRUE(preview_template(context(), as(kHead), request, &response));
  EXPECT_EQ(response.text(), "重复。");
}

}  // namespace
}  // namespace lianmeng::notification
