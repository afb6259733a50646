"""A county outgrows its machine: the demonstration and a person's sealed values go from the embedded
log to Kafka and from there to another Kafka, and a server on that answers the same from an empty
store. The last line is `N passed, N failed`."""

import json
import pathlib
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / "e2e")]

import brokers  # noqa: E402
import harness  # noqa: E402

COUNTY = "610524"
OFFICER, COORDINATOR = f"{COUNTY}-p1", f"{COUNTY}-p2"
ERASED = "已删除"


def without_places(value):
    """A server's own no-ops move the place in the log, and change nothing else."""
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if k != "read_token"}
    return [without_places(v) for v in value] if isinstance(value, list) else value


class LogCopy(unittest.TestCase):
    def server(self):
        server = harness.Server()
        self.addCleanup(server.close)
        server.data.mkdir()
        return server

    def tool(self, *arguments):
        done = harness.Ctl("127.0.0.1:1").run(*arguments, "-o", "json", lang="en")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.startswith("{") else None

    def refused(self, *arguments):
        done = harness.Ctl("127.0.0.1:1").run(*arguments, lang="en")
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def make_topics(self, kafka):
        done = harness.Ctl("127.0.0.1:1").run("topics", "apply", "--kafka", kafka.bootstrap,
                                              "--development")
        self.assertEqual(done.returncode, 0, done.stderr)

    def register(self, server, name, phone):
        return server.ctl.ask("membership", "register-person", "--county", COUNTY, "--name", name,
                              "--phone", phone, "--organisation-id", "o1",
                              actor=COORDINATOR)["person"]["person_id"]

    def reveal(self, server, person):
        return server.ctl.ask("membership", "reveal-contact", "--county", COUNTY, "--person-id",
                              person, "--reason", "核实", "--fields", "phone",
                              actor=COORDINATOR)["contact"]["phone"]

    def test_from_embedded_to_kafka_to_another_kafka(self):
        first = self.enterContext(brokers.Cluster("4.1.0"))
        second = self.enterContext(brokers.Cluster("3.9.1"))
        old = self.server()
        old.start()
        old.ctl.load_demonstration()
        stays = self.register(old, "郑不二", "13987651234")
        gone = self.register(old, "钱不三", "13812345678")
        old.ctl.ask("membership", "erase-person", "--county", COUNTY, "--person-id", gone,
                    "--reason", "本人申请", actor=OFFICER)

        to_first = ["log", "copy", "--data", old.data, "--to-kafka", first.bootstrap,
                    "--development"]
        self.assertIn("make it: lianmengctl topics apply", self.refused(*to_first))
        for kafka in (first, second):
            self.make_topics(kafka)
        # Beside the running server, then, when that is stopped, what has come since.
        copied = self.tool(*to_first)
        self.assertGreater(copied["events_copied"], 100)
        self.assertEqual((copied["keys_erased"], copied["events_there_already"]), (1, 0))
        later = self.register(old, "孙不四", "13711112222")
        seen = harness.snapshot(old.rpc)
        old.stop()
        rest = self.tool(*to_first)
        self.assertGreater(rest["events_copied"], 0)
        self.assertEqual((rest["events_there_already"], rest["keys_copied"]),
                         (copied["events_copied"], 1))
        again = self.tool(*to_first)
        self.assertEqual((again["events_copied"], again["keys_copied"]), (0, 0))

        onward = ["log", "copy", "--from-kafka", first.bootstrap, "--to-kafka", second.bootstrap,
                  "--development"]
        moved = self.tool(*onward)
        self.assertEqual(moved["events_copied"], again["events_there_already"])
        self.assertEqual(moved["keys"], again["keys"])

        # The state that the old server had is what either copy folds to, row by row.
        for kafka in (first, second):
            verdict = self.tool("state", "verify", "--data", old.data, "--kafka", kafka.bootstrap)
            self.assertEqual(verdict["differing_rows"], 0)
            self.assertGreater(verdict["rows"], 1000)

        # A server on the second cluster: its store starts empty and ends equal.
        new = self.server()
        shutil.copy(old.data / "master.key", new.data / "master.key")
        new.start("--log.kind", "kafka", "--kafka.bootstrap", second.bootstrap,
                  "--kafka.development", "true")
        self.assertEqual(without_places(harness.snapshot(new.rpc)), without_places(seen))
        self.assertEqual(self.reveal(new, stays), "13987651234")
        self.assertEqual(self.reveal(new, later), "13711112222")
        person = new.ctl.ask("membership", "get-person", "--county", COUNTY, "--person-id", gone,
                             actor=OFFICER)["person"]
        self.assertEqual((person["name"], person["phone"]), (ERASED, ERASED))
        new.stop()
        verdict = self.tool("state", "verify", "--data", new.data, "--kafka", second.bootstrap)
        self.assertEqual((verdict["differing_rows"], verdict["not_stored_yet"]), (0, 0))

        # The second has gone on by itself (the reveals), so no copy goes there any more.
        self.assertIn("[TARGET_DIFFERS]", self.refused(*onward))
        self.assertIn("the same brokers", self.refused(
            "log", "copy", "--from-kafka", first.bootstrap, "--to-kafka", first.bootstrap))


if __name__ == "__main__":
    harness.run_tests()
