"""The demonstration, loaded through the public API, gives the article's figures back."""

import json
import re
import unittest

import harness
from figures import GRANT, GROUPS, PEOPLE, STORIES
from reflected import Client

DISPATCH = "lianmeng.dispatch.v1.DispatchService"
MEMBERSHIP = "lianmeng.membership.v1.MembershipService"
NOTIFICATION = "lianmeng.notification.v1.NotificationService"


def coordinator(county):
    return f"{county}-p2"


class Demonstration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.ctl = cls.server.ctl
        cls.loaded = cls.ctl.load_demonstration()
        cls.people = {}  # (county, name) -> id
        for county in harness.COUNTIES:
            for person in cls.ctl.list("membership", "list-people", "--county", county,
                                       actor=coordinator(county)):
                cls.people[county, person["name"]] = person["person_id"]

    def demand(self, story):
        return self.ctl.ask("dispatch", "get-demand", "--county", story["county"], "--demand-id",
                            story["number"], actor=coordinator(story["county"]))["demand"]

    def history(self, county, number):
        return self.ctl.list("dispatch", "get-demand-history", "--county", county, "--demand-id",
                             number, actor=coordinator(county))

    def numbers(self, county, person):
        rows = self.ctl.list("dispatch", "list-demands", "--county", county, actor=person)
        return {row["number"] for row in rows}

    def check_story(self, story, demand):
        self.assertEqual(demand["state"], "DEMAND_STATE_CLOSED")
        self.assertEqual(demand["asker_person_name"], story["asker"])
        self.assertEqual(demand["asker_organisation_name"], story["place"])
        self.assertEqual(demand["lead_group_name"], story["lead"])
        self.assertEqual(demand["result"]["kind"], story["result"])
        self.assertEqual(demand["result"]["figures"], story["figures"])

    def test_no_answer_has_a_number_of_somebody(self):
        seen = json.dumps(harness.snapshot(self.server.rpc), ensure_ascii=False)
        self.assertGreater(len(seen), 100_000)
        self.assertEqual(re.findall(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15,})(?!\d)", seen), [])

    def test_every_line_of_the_file_is_accepted(self):
        lines = [line for line in (harness.DEMO / "weinan.ndjson").read_text("utf-8").splitlines()
                 if line and not line.startswith("#")]
        self.assertEqual(self.loaded, {"new": len(lines), "repeated": 0, "refused": 0,
                                       "unchecked": 0, "left": 0})
        for line in map(json.loads, lines):
            self.assertTrue(line["actor"] and line["external_id"])
            live = line["external_id"].startswith("demo-")
            self.assertEqual("effective_time" not in line, live, line["external_id"])

    def test_figures_through_the_command_line(self):
        for story in STORIES:
            with self.subTest(story["number"]):
                self.check_story(story, self.demand(story))

    def test_figures_through_a_client_that_knows_only_reflection(self):
        client = Client(self.server.rpc)
        self.addCleanup(client.close)
        services = client.services()
        for service in (DISPATCH, MEMBERSHIP, NOTIFICATION):
            self.assertIn(service, services)
        self.assertIn("GetDemand", client.methods(DISPATCH))
        for story in STORIES:
            with self.subTest(story["number"]):
                answer = client.call(
                    DISPATCH, "GetDemand",
                    {"county": story["county"], "demand_id": story["number"]},
                    f"person:{coordinator(story['county'])}")
                self.check_story(story, answer["demand"])
        groups = client.call(MEMBERSHIP, "ListOrganisations",
                             {"county": "610525", "kind": "ORGANISATION_KIND_FUNCTIONAL_GROUP"},
                             "person:610525-p2")
        self.assertEqual([group["name"] for group in groups["organisations"]], GROUPS)

    def test_introduction_leaves_the_lead_where_it_was(self):
        history = self.history("610525", "澄城-230612-001")
        introduced = next(e for e in history if e["type"].endswith(".SupportIntroduced"))
        support = introduced["event"]["support_introduced"]["support"]
        self.assertIn("姚敏成", support["introduced_by"])
        self.assertEqual(support["introduced_by_person_id"], self.people["610525", "姚敏成"])
        self.assertEqual(support["figures"], [GRANT])
        self.assertEqual(sum(e["type"].endswith(".DemandTaken") for e in history), 1)
        demand = self.demand(STORIES[2])
        self.assertEqual(demand["lead_group_name"], "产业小组")
        self.assertIn("气调库配套设施问题得以解决", demand["result"]["words"])
        rated = next(e for e in history if e["type"].endswith(".DemandRated"))
        self.assertTrue(rated["effective_time"].startswith("2023-06-28"))
        self.assertIn("互通信息、共享资源", demand["rating"]["words"])

    def test_order_form_became_a_course_on_24_april(self):
        demand = self.demand(STORIES[3])
        self.assertEqual([h["group_id"] for h in demand["helpers"]],
                         [self.group("610502", "培训小组")])
        self.assertIn("肖西锋", demand["supports"][0]["supporter"])
        course = [e for e in self.history("610502", "临渭-230417-001")
                  if e["type"].endswith(".ProgressReported")]
        self.assertEqual([e["effective_time"][:10] for e in course], ["2023-04-24"])

    def test_question_was_studied_and_tried_in_a_pilot(self):
        demand = self.demand(STORIES[1])
        self.assertEqual(demand["handler_person_name"], "张华海")
        self.assertIn("五六万元", demand["detail"])
        self.assertIn("两万元都卖不到", demand["detail"])
        self.assertEqual([(h["group_id"], h["state"]) for h in demand["helpers"]],
                         [(self.group("610524", "培训小组"), "HELPER_STATE_HELPING")])
        self.assertEqual(demand["supports"][0]["introduced_by_person_id"],
                         self.people["610524", "张华海"])
        told = "".join(e["summary_zh"] for e in self.history("610524", "合阳-230605-001"))
        for words in ("全县的葡萄产业", "不是缺科技，而是缺落实", "南沟社区作为实验示范点",
                      "时春喜、张宗勤", "蛛网式管理模式"):
            self.assertIn(words, told)

    def group(self, county, name):
        return next(o["organisation_id"] for o in self.ctl.list(
            "membership", "list-organisations", "--county", county, "--kind", "functional-group",
            actor=coordinator(county)) if o["name"] == name)

    def test_history_names_who_acted_and_when(self):
        events = self.history("610524", "合阳-230306-001")
        self.assertEqual(
            [(e["type"].rsplit(".", 1)[1], e["actor_name"], e["effective_time"][:10])
             for e in events],
            [("DemandSubmitted", "李怀国", "2023-03-06"),
             ("DemandRouted", "合阳县联盟办调度员", "2023-03-06"),
             ("DemandTaken", "合阳县头雁小组组长", "2023-03-06"),
             ("HandlerAssigned", "合阳县头雁小组组长", "2023-03-06"),
             ("ContactRecorded", "合阳县头雁小组组长", "2023-03-07"),
             ("ProgressReported", "合阳县头雁小组组长", "2023-03-10"),
             ("ResultSubmitted", "合阳县头雁小组组长", "2023-03-17"),
             ("ResultAccepted", "合阳县联盟办调度员", "2023-03-17"),
             ("DemandRated", "李怀国", "2023-03-20")])
        for event in events:
            self.assertTrue(event["actor"].startswith("person:610524-p1;for=610524-p"))
            self.assertGreater(event["time"][:4], "2025")

    def test_nobody_was_late_in_the_stories(self):
        for story in STORIES:
            for clock in self.demand(story)["ended_clocks"]:
                self.assertLess(clock["end_time"], clock["due_time"], story["number"])

    def test_each_county_has_its_team_of_four_groups(self):
        for county in harness.COUNTIES:
            rows = self.ctl.list("membership", "list-organisations", "--county", county,
                                 actor=coordinator(county))
            team = next(row for row in rows if row["kind"] == "ORGANISATION_KIND_TEAM")
            self.assertIn("“红色助力团”", team["name"])
            groups = [row for row in rows if row["kind"] == "ORGANISATION_KIND_FUNCTIONAL_GROUP"]
            self.assertEqual([row["name"] for row in groups], GROUPS)
            self.assertEqual({row["parent_id"] for row in groups}, {team["organisation_id"]})

    def test_people_whom_the_article_names_hold_their_posts(self):
        held = set()
        for county in harness.COUNTIES:
            for row in self.ctl.list("membership", "list-posts", "--county", county, "--in-force",
                                     actor=coordinator(county)):
                held.add((county, row["person_name"], row["post"]["title"],
                          row["organisation_name"]))
        self.assertLessEqual(set(PEOPLE), held)
        # Who is made up says so, in the name or in the title.
        for county, name, title, organisation in held - set(PEOPLE):
            self.assertIn("（虚构）", title, (county, name, organisation))

    def test_demonstration_data_is_marked_and_has_no_figures(self):
        shown = 0
        for county in harness.COUNTIES:
            own = {story["number"] for story in STORIES if story["county"] == county}
            rows = self.ctl.list("dispatch", "list-demands", "--county", county,
                                 actor=coordinator(county))
            self.assertLessEqual(own, {row["number"] for row in rows})
            for row in rows:
                if row["number"] in own:
                    continue
                shown += 1
                self.assertTrue(row["title"].startswith("【演示】"))
                self.assertNotEqual(row["state"], "DEMAND_STATE_CLOSED")
                self.assertEqual(row.get("result", {}).get("figures", []), [])
        self.assertTrue(0 < shown <= 6, shown)

    def test_counts_agree_with_lists(self):
        for county in harness.COUNTIES:
            for filters in ([], ["--states", "closed"], ["--states", "routed"],
                            ["--lights", "green"], ["--kinds", "technique"], ["--text", "葡萄"]):
                rows = self.ctl.list("dispatch", "list-demands", "--county", county, *filters,
                                     actor=coordinator(county))
                count = self.ctl.ask("dispatch", "count-demands", "--county", county, *filters,
                                     actor=coordinator(county))
                self.assertEqual((int(count["count"]), count["exact"]), (len(rows), True), filters)

    def test_village_sees_its_own_and_nothing_else(self):
        li = self.people["610524", "李怀国"]
        self.assertEqual(self.numbers("610524", li), {"合阳-230306-001"})
        count = self.ctl.ask("dispatch", "count-demands", "--county", "610524", actor=li)
        self.assertEqual(count["count"], "1")
        with self.assertRaises(harness.Refused) as refused:
            self.ctl.ask("dispatch", "get-demand", "--county", "610524", "--demand-id",
                         "合阳-230605-001", actor=li)
        self.assertIn("DEMAND_UNKNOWN", refused.exception.text)
        xu = self.people["610525", "许辰君"]
        self.assertEqual(self.numbers("610525", xu), {"澄城-230612-001"})
        # The introducing village is another one: it does not see the demand.
        self.assertEqual(self.numbers("610525", self.people["610525", "姚敏成"]), set())
        for person in (li, xu):  # Nor anything of a county to which they do not belong.
            with self.assertRaises(harness.Refused):
                self.numbers("610502", person)

    def test_city_sees_no_case_that_was_not_raised_to_it(self):
        for county in harness.COUNTIES:
            self.assertEqual(self.numbers(county, self.people["610524", "胡海军"]), set())

    def test_township_sees_its_villages(self):
        seen = self.numbers("610524", self.people["610524", "新池镇干部"])
        self.assertLessEqual({"合阳-230306-001", "合阳-230605-001"}, seen)

    def test_group_sees_what_it_is_offered_without_who_asks(self):
        head = self.people["610524", "合阳县产业小组组长"]
        rows = self.ctl.list("dispatch", "list-demands", "--county", "610524", actor=head)
        offered = next(row for row in rows if row["title"] == "【演示】葡萄霜霉病防治技术指导")
        self.assertEqual((offered["asker_person_id"], offered["callback_person_id"]), ("", ""))
        self.assertNotIn("合阳-230306-001", {row["number"] for row in rows})

    def test_operator_sees_nothing(self):
        for command in ("list-demands", "count-demands", "list-todos"):
            with self.assertRaises(harness.Refused) as refused:
                self.ctl.ask("dispatch", command, "--county", "610524", actor="operator:root")
            self.assertEqual(refused.exception.code, 1)
            self.assertIn("PERMISSION_DENIED", refused.exception.text)
        for command in ("list-people", "list-organisations", "list-posts"):
            with self.assertRaises(harness.Refused):
                self.ctl.ask("membership", command, "--county", "610524", actor="operator:root")

    def test_what_is_history_tells_nobody(self):
        for county, name in (("610524", "李怀国"), ("610525", "许辰君"), ("610502", "李新超"),
                             ("610524", "合阳县头雁小组组长")):
            person = self.people[county, name]
            inbox = self.ctl.ask("notification", "count-unread", "--county", county,
                                 actor=person)["inbox"]
            self.assertEqual((inbox["unread"], inbox["last_notice_number"]), ("0", "0"), name)

    def test_loading_twice_changes_nothing(self):
        before = harness.snapshot(self.server.rpc)
        self.assertEqual(self.ctl.load_demonstration(),
                         {"new": 0, "repeated": self.loaded["new"], "refused": 0, "unchecked": 0,
                          "left": 0})
        self.assertEqual(harness.snapshot(self.server.rpc), before)
