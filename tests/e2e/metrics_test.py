"""docs/metrics.md and a live /metrics say the same, both ways."""

import re
import unittest

import harness
from load import Load
from metrics import Families

ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (\w+) \|(.*?)\| (.*?) \|$")
QUESTION = re.compile(r"^\| ([a-z ]+) \| (.*`(?:lianmeng|process)_.*) \|$")
# What an operator asks at the least.
ASKED = {"is it serving", "is it keeping up", "what is slow", "what is refused and why", "what is due",
         "what was void", "how much room is left"}


def documented():
    rows = {}
    for line in (harness.ROOT / "docs" / "metrics.md").read_text("utf-8").splitlines():
        if match := ROW.match(line):
            name, kind, labels, words = match.groups()
            if name in rows:
                raise AssertionError(f"docs/metrics.md has {name} twice")
            rows[name] = (kind, set(re.findall(r"`(\w+)`", labels)), words)
    return rows


def questions():
    """Each question of the table with the metrics that answer it."""
    found = {}
    for line in (harness.ROOT / "docs" / "metrics.md").read_text("utf-8").splitlines():
        if match := QUESTION.match(line):
            found[match[1]] = set(re.findall(r"`((?:lianmeng|process)_[a-z0-9_]+)`", match[2]))
    return found


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        load = Load(cls.server).set_up()
        load.commands(96)
        # A reason to refuse, so that refusals are told too.
        cls.server.ctl.run("dispatch", "get-demand", "--county", load.counties[0]["id"],
                           "--demand-id", "nothing", actor=load.counties[0]["coordinator"])
        cls.accepted = harness.await_that("the commands are counted", cls.count_accepted)
        cls.live = cls.scrape()

    @classmethod
    def scrape(cls):
        return Families(cls.server.http("/metrics")[1])

    @classmethod
    def count_accepted(cls):
        accepted = cls.scrape().sum("lianmeng_runtime_accepted_total", service="dispatch")
        return accepted if accepted >= 96 else 0

    def test_every_live_metric_is_documented_with_its_type_labels_and_help(self):
        rows = documented()
        for name, kind in self.live.type.items():
            with self.subTest(name):
                self.assertEqual(rows.get(name), (kind, self.live.labels[name], self.live.help[name]))

    def test_every_documented_metric_is_live(self):
        self.assertEqual(sorted(documented().keys() - self.live.type.keys()), [])

    def test_each_question_of_an_operator_is_answered_by_live_metrics(self):
        answers = questions()
        self.assertEqual(ASKED - answers.keys(), set())
        for question, names in answers.items():
            with self.subTest(question):
                self.assertTrue(names)
                self.assertEqual(names - self.live.type.keys(), set())

    def test_names_follow_the_conventions_of_prometheus(self):
        for name, kind in self.live.type.items():
            with self.subTest(name):
                self.assertRegex(name, r"^(lianmeng|process)_[a-z0-9_]+$")
                self.assertEqual(kind == "counter", name.endswith("_total"))
                if kind == "histogram":
                    self.assertTrue(name.endswith("_seconds"))
                self.assertNotRegex(name, r"_(ms|millis|kb|mib)\b")

    def test_no_label_names_anything_of_a_county(self):
        known = {"service", "method", "code", "reason", "state", "loop", "of", "by", "level",
                 "outcome", "version"}
        for name, labels in self.live.labels.items():
            self.assertLessEqual(labels, known, name)
        # What it costs to scrape: bounded by methods and not by data.
        self.assertLess(len(self.live.samples), 10_000)

    def test_what_they_count_is_what_happened(self):
        live = self.live
        self.assertEqual(live.sum("lianmeng_ready"), 1)
        self.assertEqual(live.sum("lianmeng_runtime_partitions", state="serving"), 3 * 48)
        self.assertGreaterEqual(live.sum("lianmeng_rpc_calls_total", service="dispatch", code="OK"), 96)
        self.assertEqual(live.sum("lianmeng_rpc_errors_total", service="dispatch"), 1)
        for name in ("lianmeng_log_append_seconds", "lianmeng_log_sync_seconds",
                     "lianmeng_runtime_append_seconds", "lianmeng_rpc_seconds"):
            self.assertGreater(live.sum(f"{name}_count"), 0, name)
            self.assertGreater(live.sum(f"{name}_sum"), 0, name)
        self.assertGreater(live.sum("lianmeng_log_records_total"), 96)
        self.assertGreater(live.sum("lianmeng_disk_free_bytes", of="log"), 0)
        self.assertEqual(live.sum("lianmeng_store_cache_limit_bytes"), 64 * 1024 * 1024)

    def test_what_fills_up_has_its_limit_beside_it_and_is_below(self):
        for used, limit in (("lianmeng_store_cache_bytes", "lianmeng_store_cache_limit_bytes"),
                            ("lianmeng_log_queue_bytes", "lianmeng_log_queue_limit_bytes"),
                            ("lianmeng_runtime_dirty_bytes", "lianmeng_runtime_dirty_limit_bytes"),
                            ("lianmeng_runtime_unflushed_events",
                             "lianmeng_runtime_unflushed_limit_events"),
                            ("lianmeng_runtime_waiting_fullest", "lianmeng_runtime_waiting_limit")):
            with self.subTest(used):
                self.assertGreater(self.live.sum(limit), 0)
                self.assertLess(self.live.sum(used), self.live.sum(limit))

    def test_totals_never_run_back(self):
        before = self.live
        after = self.scrape()
        for (name, labels), value in before.samples.items():
            if name.endswith(("_total", "_count", "_bucket")):
                self.assertGreaterEqual(after.samples[name, labels], value, name)
