"""Stops, crashes and a lost store: what was answered stays as it was."""

import shutil
import unittest

import harness


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.server.ctl.load_demonstration()
        self.before = self.look()

    def look(self):
        """Without the answers' own places: a host that begins may append a record that only moves
        the tip."""
        seen = harness.snapshot(self.server.rpc)
        return {query: {key: value for key, value in answer.items() if key != "read_token"}
                for query, answer in seen.items()}

    def check_unchanged(self):
        self.server.start()
        after = self.look()
        self.assertEqual(after.keys(), self.before.keys())
        for query, answer in self.before.items():
            self.assertEqual(after[query], answer, query)

    def check_clean_stop(self):
        self.assertEqual(self.server.stop(), 0)

    def test_restart_keeps_everything(self):
        watch = self.server.ctl.watch("610524", "610524-p2")
        self.addCleanup(watch.close)
        self.check_clean_stop()  # Though somebody watches.
        self.check_unchanged()
        # And goes on where it was: the next number of a past day is the next.
        answer = self.server.ctl.ask("dispatch", "submit-demand", "--county", "610525", "--title",
                                     "重启之后补录", "--kind", "question", "--effective-time",
                                     "2023-06-12", "--asker-person-id", "610525-p7",
                                     actor="610525-p2")
        self.assertEqual(answer["demand"]["number"], "澄城-230612-002")

    def test_killed_process_loses_nothing_that_it_answered(self):
        self.server.kill()
        self.check_unchanged()

    def test_lost_store_is_folded_anew_from_the_log(self):
        self.check_clean_stop()
        shutil.rmtree(self.server.data / "store")
        self.check_unchanged()

    def test_import_that_was_broken_off_goes_on(self):
        server = harness.Server()
        self.addCleanup(server.close)
        server.start()
        server.ctl.load_counties()
        lines = (harness.DEMO / "weinan.ndjson").read_text("utf-8").splitlines(keepends=True)
        half = server.folder / "half.ndjson"
        half.write_text("".join(lines[:len(lines) // 2]), "utf-8")
        server.ctl.ask("import", half)
        server.kill()
        server.start()
        loaded = server.ctl.load_stories()
        self.assertGreater(loaded["repeated"], 0)
        self.assertGreater(loaded["new"], 0)
        self.assertEqual(loaded["refused"], 0)
        self.assertEqual(server.ctl.load_stories()["new"], 0)
