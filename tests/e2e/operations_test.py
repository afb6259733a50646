"""What an operator does on one machine, with load running: back up and bring back, verify, drain,
stop."""

import json
import unittest

import grpc

import harness
from load import Load
from metrics import Families
from reflected import Client


class Operations(unittest.TestCase):
    def setUp(self):
        self.server = self.new_server()
        # Small segments and few events until the store is written, so that backups meet a segment's
        # end and the store holds a part of the log.
        self.server.start("--log.segment_mib", "1", "--runtime.flush_events", "200")
        self.load = Load(self.server).set_up()
        self.addCleanup(self.load.stop)

    def new_server(self):
        server = harness.Server()
        self.addCleanup(server.close)
        return server

    def metrics(self, server=None):
        return Families((server or self.server).http("/metrics")[1])

    def tool(self, *arguments, server=None):
        return (server or self.server).ctl.ask(*arguments)

    def await_events(self, more):
        """So many more records in the log than now."""
        before = self.metrics().sum("lianmeng_log_records_total")
        harness.await_that(
            f"{more} more records",
            lambda: self.metrics().sum("lianmeng_log_records_total") >= before + more)

    def demands(self, server):
        """Every demand of a few counties, with its history."""
        client = Client(server.rpc)
        self.addCleanup(client.close)
        found = {}
        for county in self.load.counties[:6]:
            def ask(method, **fields):
                return client.call("lianmeng.dispatch.v1.DispatchService", method,
                                   {"county": county["id"], "page_size": 1000} | fields,
                                   county["coordinator"])
            token = ""
            while True:
                page = ask("ListDemands", page_token=token)
                for demand in page["demands"]:
                    history = ask("GetDemandHistory", demand_id=demand["demand_id"])
                    found[county["id"], demand["demand_id"]] = [
                        (event["place"], event["type"]) for event in history["events"]]
                token = page["next_page_token"]
                if not token:
                    break
        return found

    def verify_drained(self, server):
        """Everything that the log holds is in the store, and the store is its fold."""
        drained = server.ctl.run("drain", lang="en")
        self.assertEqual(drained.returncode, 0, drained.stderr)
        verdict = self.tool("state", "verify", "--data", server.data, server=server)
        self.assertEqual((verdict["differing_rows"], verdict["not_stored_yet"]), (0, 0), verdict)
        self.assertGreater(verdict["partitions"], 48)
        return verdict

    def test_backup_under_load_comes_back_as_the_fold_of_its_log(self):
        self.load.commands(200)
        before = self.demands(self.server)
        self.load.start()
        self.await_events(1_000)
        backup = self.server.folder / "backup"
        made = self.tool("log", "backup", "--data", self.server.data, "--to", backup)
        self.assertTrue(self.load.running())
        self.assertGreater(made["segments"], 1)
        # Beside the running server: the log is whole, and the store is the fold of a part of it.
        verified = self.tool("log", "verify", "--data", self.server.data)
        self.assertEqual((verified["damaged_places"], verified["void_records"]), (0, 0))
        verdict = self.tool("state", "verify", "--data", self.server.data)
        self.assertEqual(verdict["differing_rows"], 0)
        self.assertGreater(verdict["rows"], 0)
        self.assertTrue(self.load.running())
        self.load.stop()

        checked = self.tool("log", "verify", "--backup", backup)
        self.assertEqual(checked["valid_records"] + checked["void_records"], made["records"])
        other = self.new_server()
        self.tool("log", "restore", "--from", backup, "--data", other.data)
        self.assertEqual(sorted(file.name for file in other.data.iterdir()), ["log"])
        other.start()
        verdict = self.verify_drained(other)
        self.assertGreaterEqual(verdict["events"], made["records"] - checked["void_records"])
        # What was answered before the backup began is there; all that is there is of this log.
        restored = self.demands(other)
        live = self.demands(self.server)
        for key, history in before.items():
            self.assertEqual(restored[key][:len(history)], history, key)
        self.assertGreater(len(restored), len(before))
        for key, history in restored.items():
            self.assertEqual(live[key][:len(history)], history, key)

    def test_drain_answers_and_writes_all_and_resume_goes_on(self):
        self.load.start()
        self.await_events(500)
        self.assertTrue(self.load.running())
        self.verify_drained(self.server)
        code, text = self.server.http("/readyz")
        self.assertEqual(code, 503)
        self.assertIn("drained: no commands are taken, all is answered and written", text)
        self.load.stop()
        county = self.load.counties[0]
        client = Client(self.server.rpc)
        self.addCleanup(client.close)
        ask = {"county": county["id"]}
        self.assertGreater(len(client.call("lianmeng.dispatch.v1.DispatchService", "ListDemands",
                                           ask, county["coordinator"])["demands"]), 0)
        with self.assertRaises(grpc.RpcError) as refused:
            client.call("lianmeng.dispatch.v1.DispatchService", "SubmitDemand",
                        ask | {"title": "维护期间", "detail": "维护期间",
                               "kind": "DEMAND_KIND_QUESTION"}, county["cadre"])
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("drained for maintenance", refused.exception.details())
        self.assertEqual(self.metrics().sum("lianmeng_rpc_errors_total", reason="DRAINING") > 0, True)
        records = self.metrics().sum("lianmeng_log_records_total")
        self.assertEqual(self.server.ctl.run("resume").returncode, 0)
        harness.await_that("ready again", lambda: self.server.http("/readyz")[0] == 200)
        self.assertEqual(self.load.commands(96), {})
        harness.await_that("the commands are counted", lambda: self.metrics().sum(
            "lianmeng_log_records_total") >= records + 96)

    def test_only_the_operator_may(self):
        for tool in ("drain", "stop"):
            done = self.server.ctl.run(tool, actor="610524-p3")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("OPERATOR_ONLY", done.stderr)
        self.assertEqual(self.server.http("/readyz")[0], 200)

    def test_stop_ends_the_process_in_good_order(self):
        self.load.start()
        self.await_events(300)
        done = self.server.ctl.run("stop", lang="en")
        self.load.stop()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Stopped (process {self.server.process.pid})", done.stdout)
        self.assertEqual(self.server.process.wait(harness.PATIENCE_S), 0)
        verdict = self.tool("state", "verify", "--data", self.server.data)
        self.assertEqual((verdict["differing_rows"], verdict["not_stored_yet"]), (0, 0))
        again = self.server.ctl.run("stop", lang="en")
        self.assertEqual(again.returncode, 3)

    def test_nothing_is_written_over(self):
        backup = self.server.folder / "backup"
        self.tool("log", "backup", "--data", self.server.data, "--to", backup)
        for words, arguments in {
                "TARGET_EXISTS": ["backup", "--data", self.server.data, "--to", backup],
                "LOG_IN_USE": ["restore", "--from", backup, "--data", self.server.data],
                "BACKUP_MISSING": ["verify", "--backup", self.server.data],
                "LOG_MISSING": ["verify", "--data", backup / "nowhere"],
        }.items():
            with self.subTest(words):
                done = self.server.ctl.run("log", *arguments, lang="en")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.server.stop()
        done = self.server.ctl.run("log", "restore", "--from", backup, "--data", self.server.data,
                                   lang="en")
        self.assertIn("TARGET_EXISTS", done.stderr)
        self.assertIn("holds the state of another log", done.stderr)

    def test_answers_in_json_are_one_object(self):
        done = self.server.ctl.run("log", "verify", "--data", self.server.data, "-o", "json")
        self.assertEqual(json.loads(done.stdout)["damaged_places"], 0)
