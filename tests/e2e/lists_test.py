"""Long lists through the real process: tokens that outlive writes and restarts, a scan that is
bounded, counts that are exact where they say so."""

import shutil
import unittest

import harness
from load import Load
from reflected import Client

SERVICE = "lianmeng.dispatch.v1.DispatchService"
SCANNED = 10_000  # Rows that one look at a list may read.
DEMANDS = 10_400


class LongLists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.load = Load(cls.server).set_up(counties=1)
        cls.county = cls.load.counties[0]
        # A demand and a comment in turns.
        failures = cls.load.commands(2 * DEMANDS, "--mode", "batch", "--batch", "200",
                                     "--in-flight", "1")
        assert failures == {}, failures
        cls.connect()

    @classmethod
    def connect(cls):
        cls.client = Client(cls.server.rpc)
        cls.addClassCleanup(cls.client.close)

    def ask(self, method, **fields):
        return self.client.call(SERVICE, method, {"county": self.county["id"]} | fields,
                                self.county["coordinator"])

    def pages(self, **fields):
        """Page by page, to the end."""
        token = ""
        while True:
            page = self.ask("ListDemands", page_token=token, **fields)
            yield page
            token = page["next_page_token"]
            if not token:
                return

    def submit(self):
        return self.client.call(
            SERVICE, "SubmitDemand", {
                "county": self.county["id"], "title": "翻页中间来的", "detail": "翻页中间来的",
                "kind": "DEMAND_KIND_QUESTION"}, self.county["cadre"])

    def test_a_scan_ends_after_ten_thousand_rows_with_a_token_that_goes_on(self):
        # The first one submitted is the last one of the list, so a search for it sees all others.
        pages = list(self.pages(text="第1件"))
        self.assertEqual([len(page["demands"]) for page in pages], [0, 1])
        self.assertEqual(pages[1]["demands"][0]["title"], "气调库缺配套设施，第1件")

    def test_counts_are_exact_for_declared_pairs_and_at_least_beyond_them(self):
        whole = self.ask("CountDemands")
        listed = sum(len(page["demands"]) for page in self.pages(page_size=1000))
        self.assertEqual((int(whole["count"]), whole["exact"]), (listed, True))
        self.assertGreaterEqual(listed, DEMANDS)
        state = self.ask("CountDemands", states=["DEMAND_STATE_SUBMITTED"])
        self.assertTrue(state["exact"])
        beyond = self.ask("CountDemands", text="第1件")
        self.assertEqual((int(beyond["count"]), beyond["exact"]), (0, False))
        # By an asker is no declared pair: as many as are found among the rows looked at.
        village = {"asker_organisation_id": self.county["village_id"]}
        of_village = sum(len(page["demands"]) for page in self.pages(page_size=1000, **village))
        self.assertGreater(of_village, 0)
        narrow = self.ask("CountDemands", **village)
        self.assertEqual((int(narrow["count"]), narrow["exact"]),
                         (min(of_village, SCANNED), of_village <= SCANNED))

    def test_tokens_outlive_writes_a_kill_a_clean_restart_and_a_store_folded_anew(self):
        want = [demand["demand_id"] for page in self.pages(page_size=1000)
                for demand in page["demands"]]
        seen, token, breaks = [], "", [self.server.kill, self.server.stop, self.lose_store]
        while True:
            page = self.ask("ListDemands", page_size=1000, page_token=token)
            seen += [demand["demand_id"] for demand in page["demands"]]
            token = page["next_page_token"]
            if not token:
                break
            self.submit()
            if breaks:
                breaks.pop(0)()
                self.server.start()
                self.connect()
        self.assertEqual(breaks, [])
        self.assertEqual(seen, want)

    def lose_store(self):
        self.server.kill()
        shutil.rmtree(self.server.data / "store")
