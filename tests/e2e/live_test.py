"""Today's demand, by hand as people place and handle it: who hears of it, who may, what is shown."""

import json
import unittest

import harness

COUNTY = "610524"
OFFICER, COORDINATOR = "610524-p1", "610524-p2"


class LiveDemand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start("--rpc.default_actor", f"person:{COORDINATOR}")
        cls.ctl = cls.server.ctl
        cls.ctl.load_demonstration()
        people = cls.ctl.list("membership", "list-people", "--county", COUNTY)
        cls.people = {person["name"]: person["person_id"] for person in people}
        groups = cls.ctl.list("membership", "list-organisations", "--county", COUNTY,
                              "--kind", "functional-group")
        cls.groups = {group["name"]: group["organisation_id"] for group in groups}
        cls.li = cls.people["李怀国"]
        cls.zhang = cls.people["张华海"]
        cls.head = cls.people["合阳县产业小组组长"]
        cls.other_head = cls.people["合阳县培训小组组长"]

    def do(self, command, *arguments, actor):
        return self.ctl.ask("dispatch", command, "--county", COUNTY, *arguments, actor=actor)

    def submit(self, title, *arguments, actor=None):
        answer = self.do("submit-demand", "--title", title, "--kind", "technique", *arguments,
                         actor=actor or self.li)
        return answer["demand"]["demand_id"], answer

    def route(self, demand, *arguments):
        return self.do("route-demand", "--demand-id", demand, *(
            arguments or ["--lead-group-id", self.groups["产业小组"]]), actor=COORDINATOR)

    def notices(self, person, after):
        """The person's notices, once notification has heard of this answer of dispatch."""
        return self.ctl.ask("notification", "list-notices", "--county", COUNTY, "--read-tokens",
                            after["read_token"], actor=person)["notices"]

    def triggers(self, person, after, demand):
        return [notice["trigger"].removeprefix("TRIGGER_")
                for notice in reversed(self.notices(person, after))
                if notice["demand_id"] == demand]

    def todos(self, person, demand):
        rows = self.ctl.list("dispatch", "list-todos", "--county", COUNTY, actor=person)
        return [row["kind"].removeprefix("TODO_KIND_") for row in rows
                if row["demand_id"] == demand]

    def refused(self, reason, command, *arguments, actor):
        with self.assertRaises(harness.Refused) as caught:
            self.do(command, *arguments, actor=actor)
        self.assertEqual(caught.exception.code, 1)
        self.assertIn(f"[{reason}]", caught.exception.text)
        return caught.exception.text

    def test_demand_from_submission_to_rating(self):
        watch = self.ctl.watch(COUNTY, COORDINATOR)
        self.addCleanup(watch.close)
        harness.await_that("the watch listens", lambda: 'lianmeng_rpc_in_flight{method='
                           '"WatchDemands",service="dispatch"} 1' in self.server.http("/metrics")[1])

        demand, answer = self.submit("葡萄叶片发黄，请求指导")
        on = ["--demand-id", demand]
        number = answer["demand"]["number"]
        self.assertRegex(number, r"^合阳-\d{6}-\d{3}$")
        self.assertEqual(answer["demand"]["asker_organisation_name"], "北顺村")
        self.assertEqual([due["kind"] for due in answer["next_due"]], ["CLOCK_KIND_ROUTE"])
        self.assertEqual(self.triggers(COORDINATOR, answer, demand), [])
        self.assertEqual(self.todos(COORDINATOR, demand), ["ROUTE"])
        self.assertEqual(self.triggers(self.head, answer, demand), [])

        answer = self.route(demand)
        self.assertEqual(answer["demand"]["state"], "DEMAND_STATE_ROUTED")
        self.assertEqual(self.triggers(self.head, answer, demand), ["DEMAND_ROUTED"])
        self.assertEqual(self.triggers(self.li, answer, demand), ["DEMAND_ROUTED"])
        self.assertEqual(self.todos(self.head, demand), ["TAKE"])
        self.assertEqual(self.todos(COORDINATOR, demand), [])

        answer = self.do("take-demand", *on, actor=self.head)
        self.assertEqual(answer["demand"]["lead_group_name"], "产业小组")
        self.assertEqual(self.triggers(self.li, answer, demand), ["DEMAND_ROUTED", "DEMAND_TAKEN"])
        self.do("assign-handler", *on, "--handler-person-id", self.zhang, actor=self.head)
        answer = self.do("record-contact", *on, "--means", "visit", "--words", "到地头看了。",
                         actor=self.zhang)
        self.assertTrue(answer["demand"]["contacted_time"])
        self.do("report-progress", *on, "--words", "取样送检。", actor=self.zhang)
        answer = self.do("submit-result", *on, "--kind", "solved", "--words", "补铁后转绿。",
                         "--figures", "metric=指导面积,value=12.5,unit=亩,qualifier=about",
                         actor=self.zhang)
        self.assertEqual(answer["demand"]["state"], "DEMAND_STATE_AWAITING_SIGNATURE")
        self.assertEqual(self.todos(self.head, demand), ["SIGN"])
        self.do("sign-result", *on, actor=self.head)
        self.do("send-back-result", *on, "--reason", "请补一次复查。", actor=COORDINATOR)
        self.do("submit-result", *on, "--kind", "solved", "--words", "复查正常。", actor=self.head)
        answer = self.do("accept-result", *on, actor=COORDINATOR)
        self.assertEqual(self.todos(self.li, demand), ["RATE"])
        for nobody_else in (COORDINATOR, self.people["新池镇干部"]):
            self.refused("PERMISSION_DENIED", "rate-demand", *on, "--solved", "yes", "--content", 5,
                         actor=nobody_else)
        answer = self.do("rate-demand", *on, "--solved", "yes", "--content", 5, actor=self.li)
        self.assertEqual(answer["demand"]["state"], "DEMAND_STATE_CLOSED")

        self.assertEqual(self.triggers(self.li, answer, demand),
                         ["DEMAND_ROUTED", "DEMAND_TAKEN", "RESULT_ACCEPTED"])
        told = self.triggers(self.head, answer, demand)
        for trigger in ("RESULT_AWAITING_SIGNATURE", "RESULT_SENT_BACK", "RESULT_ACCEPTED",
                        "DEMAND_RATED"):
            self.assertIn(trigger, told)
        told = self.triggers(COORDINATOR, answer, demand)
        self.assertEqual(told.count("RESULT_SUBMITTED"), 2)

        harness.await_that("the watch shows the rating",
                           lambda: any("评价" in line for line in watch.lines()))
        shown = [line for line in watch.lines() if number in line]
        history = self.ctl.list("dispatch", "get-demand-history", "--county", COUNTY, *on,
                                actor=COORDINATOR)
        self.assertEqual([event["summary_zh"] in line for event, line in zip(history, shown)],
                         [True] * len(history), shown)
        self.assertEqual(len(shown), len(history))
        self.assertEqual(watch.stop(), 0)

    def test_unread_notices_are_counted_and_marked(self):
        demand, answer = self.submit("修剪技术培训")
        answer = self.route(demand)
        notices = self.notices(self.li, answer)
        inbox = self.unread(self.li)
        self.assertEqual(int(inbox["unread"]), len([n for n in notices if not n["read"]]))
        newest = notices[0]
        self.assertEqual((newest["trigger"], newest["demand_id"]),
                         ("TRIGGER_DEMAND_ROUTED", demand))
        self.assertIn("修剪技术培训", newest["title"])
        self.ctl.ask("notification", "mark-notice-read", "--county", COUNTY, "--notice-number",
                     newest["notice_number"], actor=self.li)
        self.assertEqual(int(self.unread(self.li)["unread"]), int(inbox["unread"]) - 1)
        self.ctl.ask("notification", "mark-all-notices-read", "--county", COUNTY, actor=self.li)
        self.assertEqual(self.unread(self.li)["unread"], "0")

    def unread(self, person):
        return self.ctl.ask("notification", "count-unread", "--county", COUNTY,
                            actor=person)["inbox"]

    def test_second_take_is_refused_and_told_who_leads(self):
        demand, _ = self.submit("冷库选址")
        self.route(demand, "--mode", "open", "--group-ids", self.groups["产业小组"], "--group-ids",
                   self.groups["培训小组"])
        self.do("take-demand", "--demand-id", demand, actor=self.head)
        text = self.refused("DEMAND_ALREADY_TAKEN", "take-demand", "--demand-id", demand,
                            actor=self.other_head)
        self.assertIn("产业小组", text)

    def test_passed_back_demand_is_routed_anew_and_the_coordinator_told(self):
        demand, _ = self.submit("合作社记账咨询")
        self.route(demand)
        answer = self.do("pass-back-demand", "--demand-id", demand, "--reason", "不属本组职责。",
                         actor=self.head)
        self.assertEqual(answer["demand"]["state"], "DEMAND_STATE_SUBMITTED")
        self.assertEqual(self.triggers(COORDINATOR, answer, demand), ["DEMAND_PASSED_BACK"])
        self.assertEqual(self.todos(COORDINATOR, demand), ["ROUTE"])

    def test_only_those_who_may_act(self):
        demand, _ = self.submit("道路照明")
        on = ["--demand-id", demand]
        self.refused("PERMISSION_DENIED", "route-demand", *on, "--lead-group-id",
                     self.groups["产业小组"], actor=self.li)
        self.refused("DEMAND_UNKNOWN", "comment-demand", *on, "--words", "看看",
                     actor=self.head)  # Not offered to that group yet.
        self.refused("PERMISSION_DENIED", "submit-demand", "--title", "运营方点单", "--kind",
                     "ordinary", actor="operator:root")
        self.refused("PERMISSION_DENIED", "submit-demand", "--title", "倒填", "--kind", "ordinary",
                     "--effective-time", "2023-04-24", actor=self.li)
        self.refused("DEMAND_STATE_UNFIT", "take-demand", *on, actor=COORDINATOR)
        self.refused("INVALID_FIELD", "submit-demand", "--title", "长" * 61, "--kind", "ordinary",
                     actor=self.li)

    def test_imported_demand_that_was_left_open_is_red_and_tells_nobody(self):
        before = self.unread(self.li)["last_notice_number"]
        demand, answer = self.submit("去年没有办完的", "--effective-time", "2025-06-12",
                                     "--asker-person-id", self.li, actor=COORDINATOR)
        self.assertTrue(answer["demand"]["demand_id"].startswith("250612-"))
        self.assertEqual(answer["demand"]["light"], "LIGHT_RED")
        self.assertEqual(self.todos(COORDINATOR, demand), ["ROUTE"])
        red = self.ctl.list("dispatch", "list-demands", "--county", COUNTY, "--lights", "red",
                            "--order", "due", actor=COORDINATOR)
        self.assertEqual(red[0]["demand_id"], demand)  # The longest overdue comes first.
        self.assertEqual(self.triggers(COORDINATOR, answer, demand), [])
        self.assertEqual(self.unread(self.li)["last_notice_number"], before)

    def test_same_request_is_answered_the_same_and_done_once(self):
        request = ["--request-id", harness.uuid7()]
        demand, first = self.submit("同一请求", *request)
        again, second = self.submit("同一请求", *request)
        self.assertEqual(again, demand)
        self.assertEqual((first["repeated"], second["repeated"]), (False, True))
        self.assertEqual(second["read_token"], first["read_token"])
        with self.assertRaises(harness.Refused):
            self.submit("另一内容", *request)
        rows = self.ctl.list("dispatch", "list-demands", "--county", COUNTY, "--text", "同一请求",
                             actor=COORDINATOR)
        self.assertEqual(len(rows), 1)

    def test_validation_changes_nothing_and_shows_likely_duplicates(self):
        demand, answer = self.submit("社区服装厂缺熟练工")
        _, checked = self.submit("社区服装厂缺少熟练工", "--validate-only")
        self.assertTrue(checked["validated"])
        self.assertEqual([row["demand_id"] for row in checked["likely_duplicates"]], [demand])
        rows = self.ctl.list("dispatch", "list-demands", "--county", COUNTY, "--text", "熟练工",
                             actor=COORDINATOR)
        self.assertEqual([row["demand_id"] for row in rows], [demand])

    def test_pages_stay_whole_while_demands_come(self):
        for i in range(4):
            self.submit(f"分页{i}号")
        seen, token = [], ""
        while True:
            page = self.ctl.ask("dispatch", "list-demands", "--county", COUNTY, "--text", "分页",
                                "--page-size", 2, "--page-token", token, actor=self.li)
            seen += [row["title"] for row in page["demands"]]
            token = page["next_page_token"]
            if not token:
                break
            self.submit("分页中间来的")
        self.assertEqual(seen, [f"分页{i}号" for i in (3, 2, 1, 0)])

    def test_personal_values_are_masked_and_nowhere_in_the_data_folder(self):
        phone, name = "13900001234", "某村民甲乙"
        village = next(p["organisation_id"] for p in self.ctl.list(
            "membership", "list-people", "--county", COUNTY) if p["person_id"] == self.li)
        person = self.ctl.ask("membership", "register-person", "--county", COUNTY, "--name", name,
                              "--phone", phone, "--organisation-id", village,
                              actor=self.li)["person"]
        self.assertEqual((person["name"], person["phone"]), (name, "139****1234"))
        demand, answer = self.submit("低保户危房修缮", "--asker-person-id", person["person_id"])
        self.assertEqual(answer["demand"]["asker_person_id"], person["person_id"])
        self.assertEqual(answer["demand"]["asker_person_name"], "")
        with self.assertRaises(harness.Refused):  # Another village's cadre.
            self.ctl.ask("membership", "get-person", "--county", COUNTY, "--person-id",
                         person["person_id"], actor=self.zhang)
        for path in self.server.data.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                self.assertNotIn(phone.encode(), data, path)
                self.assertNotIn(name.encode(), data, path)

    def test_default_actor_stands_in_where_a_call_names_nobody(self):
        me = self.ctl.ask("membership", "who-am-i", "--county", COUNTY)["person"]
        self.assertEqual(me["person_id"], COORDINATOR)

    def test_batch_answers_each_command_by_itself(self):
        commands = [{"submit_demand": {"county": COUNTY, "title": "批量一", "kind": "QUESTION"}},
                    {"submit_demand": {"county": COUNTY, "title": "", "kind": "QUESTION"}},
                    {"submit_demand": {"county": COUNTY, "title": "批量二", "kind": "QUESTION"}}]
        done = self.ctl.run("dispatch", "execute-commands", "--json",
                            json.dumps({"commands": commands}, ensure_ascii=False), "-o", "json",
                            actor=self.li)
        outcomes = json.loads(done.stdout)["outcomes"]
        self.assertEqual(["accepted" in outcome for outcome in outcomes], [True, False, True])
        self.assertIn("title", json.dumps(outcomes[1]["error"], ensure_ascii=False))
