#include "crash/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"

namespace lianmeng::crash {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One acknowledged submission and all that goes with it.
struct Judged : testing::Test {
  Judged() {
    ledger.asked.push_back({.county = 0,
                            .marker = "点单 1",
                            .request_id = "r1",
                            .demand_id = "261122-001",
                            .attempts = 1,
                            .answered = true,
                            .place = "dispatch/0/2"});
    logs["dispatch"].events.push_back(submission("dispatch/0/2", "r1", "点单 1"));
    logs["notification"].events.push_back({.place = "notification/0/2",
                                           .county = "610000",
                                           .type = "lianmeng.notification.v1.NoticePosted",
                                           .cause = "dispatch/0/2"});
    snapshot.histories["610000 261122-001"] = {
        "dispatch/0/2 lianmeng.dispatch.v1.DemandSubmitted 点单 1"};
    snapshot.unread["610000"] = 1;
  }

  static Event submission(std::string place, std::string request, std::string title) {
    dispatch::v1::DemandSubmitted event;
    event.set_title(std::move(title));
    return {.place = std::move(place),
            .county = "610000",
            .type = "lianmeng.dispatch.v1.DemandSubmitted",
            .subject = "demands/261122-001",
            .actor = "person:610000-p3",
            .request_id = std::move(request),
            .value = event.SerializeAsString()};
  }

  const std::vector<std::string>& wrong() {
    judge(counties, logs, snapshot, ledger);
    return ledger.wrong;
  }

  std::vector<load::County> counties{{.id = "610000"}};
  Ledger ledger;
  std::map<std::string, ServiceLog> logs;
  Snapshot snapshot;
};

TEST_F(Judged, AllThatWasAskedAndNothingElseIsRight) { EXPECT_THAT(wrong(), IsEmpty()); }

TEST_F(Judged, AcknowledgedAndLostIsWrong) {
  logs["dispatch"].events.clear();
  logs["notification"].events.clear();
  snapshot = {};
  snapshot.unread["610000"] = 0;
  EXPECT_THAT(wrong(), ElementsAre(HasSubstr("not in the log"), HasSubstr("does not list")));
}

TEST_F(Judged, TwiceInTheLogIsWrong) {
  logs["dispatch"].events.push_back(submission("dispatch/0/3", "r1", "点单 1"));
  EXPECT_THAT(wrong(), testing::Contains(HasSubstr("a second time, first at dispatch/0/2")));
}

TEST_F(Judged, AnotherPlaceThanTheAcknowledgedOneIsWrong) {
  ledger.asked.front().place = "dispatch/0/9";
  EXPECT_THAT(wrong(), ElementsAre(HasSubstr("acknowledged as dispatch/0/9")));
}

TEST_F(Judged, UnansweredMayBeThereOrNot) {
  ledger.asked.front().answered = false;
  EXPECT_THAT(wrong(), IsEmpty());
  ledger.asked.push_back({.marker = "点单 2", .request_id = "r2", .attempts = 1, .given_up = true});
  EXPECT_THAT(wrong(), IsEmpty());
}

TEST_F(Judged, WhatNobodyAskedForIsWrong) {
  logs["dispatch"].events.push_back(submission("dispatch/0/3", "r9", "点单 9"));
  EXPECT_THAT(wrong(), testing::Contains(HasSubstr("its request was never made")));
}

TEST_F(Judged, AnotherPayloadIsWrong) {
  logs["dispatch"].events.front() = submission("dispatch/0/2", "r1", "点单 7");
  EXPECT_THAT(wrong(), testing::Contains(HasSubstr("not what its request asked for")));
}

TEST_F(Judged, StateThatTheLogDoesNotHaveIsWrong) {
  snapshot.histories["610000 261122-002"] = {};
  EXPECT_THAT(wrong(), ElementsAre(HasSubstr("is listed, not in the log")));
}

TEST_F(Judged, MissingAndRepeatedNoticesAreWrong) {
  logs["notification"].events.push_back(logs["notification"].events.front());
  EXPECT_THAT(wrong(), ElementsAre(HasSubstr("a second time for dispatch/0/2")));
  ledger.wrong.clear();
  logs["notification"].events.clear();
  EXPECT_THAT(wrong(), ElementsAre(HasSubstr("no notice of it"), HasSubstr("1 unread")));
}

TEST(Differences, NameWhatChanged) {
  const Snapshot before{.answers = {{"a", "1"}, {"b", "1"}}, .histories = {}, .unread = {}};
  const Snapshot after{.answers = {{"b", "2"}, {"c", "1"}}, .histories = {}, .unread = {}};
  EXPECT_THAT(differences(before, after), ElementsAre("a is gone", "b has changed", "c is new"));
}

}  // namespace
}  // namespace lianmeng::crash
