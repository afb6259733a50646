"""Keys of personal values on Kafka, backed up and restored: what is lost comes back, and no older backup
brings back a key that was erased. The last line is `N passed, N failed`."""

import json
import pathlib
import re
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
NOBODY = "127.0.0.1:1"


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kafka = cls.enterClassContext(brokers.Cluster("3.9.1"))
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.make_topics()
        cls.start()
        cls.server.ctl.ask("county", "create", "--file", harness.DEMO / "heyang.toml")

    @classmethod
    def start(cls):
        cls.server.start("--log.kind", "kafka", "--kafka.bootstrap", cls.kafka.bootstrap,
                         "--kafka.development", "true")

    @classmethod
    def make_topics(cls):
        harness.Ctl(NOBODY).run("topics", "apply", "--kafka", cls.kafka.bootstrap,
                                "--development").check_returncode()

    def lose_keys(self):
        """The topic as somebody deletes it by mistake, and as it is made again."""
        self.kafka.tool("org.apache.kafka.tools.TopicCommand", "--delete", "--topic",
                        "lianmeng.keys.v1")
        harness.await_that("the topic is gone", lambda: "is not there" in harness.Ctl(NOBODY).run(
            "topics", "check", "--kafka", self.kafka.bootstrap, "--development", lang="en").stderr)
        self.make_topics()

    def keys(self, *arguments):
        """What `keys` answers, without the server's help."""
        done = harness.Ctl(NOBODY).run(
            "keys", *arguments, "--data", self.server.data, "--kafka", self.kafka.bootstrap,
            "--development", "-o", "json", lang="en")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def back_up(self, name):
        path = self.server.folder / name
        return path, self.keys("backup", "--to", path)

    def ask(self, command, *flags, actor=OFFICER):
        return self.server.ctl.ask("membership", command, "--county", COUNTY, *flags, actor=actor)

    def register(self, name, phone):
        return self.ask("register-person", "--name", name, "--phone", phone, "--organisation-id",
                        "o1")["person"]["person_id"]

    def phone(self, person):
        return self.ask("reveal-contact", "--person-id", person, "--reason", "核实", "--fields",
                        "phone")["contact"]["phone"]

    def refusal(self, person):
        """Why the phone is not told; nothing when it is."""
        try:
            self.phone(person)
        except harness.Refused as refused:
            return re.search(r"\[(\w+)\]", refused.text)[1]
        return None

    def check_erased(self, person):
        shown = self.ask("get-person", "--person-id", person)["person"]
        self.assertEqual((shown["name"], shown["phone"]), (ERASED, ERASED))

    def test_what_is_lost_comes_back_and_what_is_erased_does_not(self):
        stays, gone = self.register("郑不二", "13987651234"), self.register("钱不三", "13812345678")
        older, told = self.back_up("older")
        self.assertEqual(told["erased"], 0)
        of_both = told["keys"]
        self.ask("erase-person", "--person-id", gone, "--reason", "本人申请")
        later = self.register("孙不四", "13711112222")
        newer, told = self.back_up("newer")
        self.assertEqual((told["keys"], told["erased"]), (of_both, 1))

        with self.subTest("beside the running server"):
            told = self.keys("restore", "--from", older)
            self.assertEqual((told["restored"], told["keys"], told["erased"]), (0, of_both, 1))
            self.check_erased(gone)
            self.assertEqual(self.phone(later), "13711112222")

        with self.subTest("the topic is lost under the running server"):
            self.lose_keys()
            told = self.keys("restore", "--from", older)
            # The erased key is there again, since only the log knows better.
            self.assertEqual((told["restored"], told["erased"]), (of_both, 0))
            # What the server followed is gone, and it says so until it is started again.
            harness.await_that("the server notices", lambda: self.refusal(stays) == "LOG_TRUNCATED")
            self.server.stop()
            self.start()
            harness.await_that("the key is deleted again",
                               lambda: self.keys("restore", "--from", older)["erased"] == 1)
            self.check_erased(gone)
            self.assertEqual(self.phone(stays), "13987651234")
            # Whose key came with neither is not taken for erased.
            self.assertEqual(self.refusal(later), "SEAL_KEY_UNKNOWN")
            self.assertEqual(self.keys("restore", "--from", newer)["restored"], 1)
            self.assertEqual(self.phone(later), "13711112222")

        with self.subTest("the topic is lost, and the server comes before the older backup"):
            self.server.stop()
            self.lose_keys()
            self.start()
            harness.await_that("the log's erasures are in the new topic",
                               lambda: self.back_up(f"anew-{harness.uuid7()}")[1]["erased"] == 1)
            told = self.keys("restore", "--from", older)
            self.assertEqual((told["restored"], told["erased"]), (of_both - 1, 1))
            self.check_erased(gone)
            self.assertEqual(self.phone(stays), "13987651234")

    def test_what_does_not_go_together_is_one_sentence(self):
        def refused(*arguments):
            done = harness.Ctl(NOBODY).run(*arguments, "--kafka", self.kafka.bootstrap, lang="en")
            self.assertNotEqual(done.returncode, 0)
            return done.stderr

        backup, _ = self.back_up("backup")
        self.assertIn("[TOPIC_RULES]", refused("keys", "backup", "--to", self.server.folder / "x"))
        foreign = self.server.folder / "foreign.key"
        foreign.write_bytes(bytes(32))
        foreign.chmod(0o600)
        self.assertIn("[MASTER_KEY_WRONG]", refused(
            "keys", "restore", "--from", backup, "--master-key", foreign, "--development"))
        for verb in ("backup", "restore", "verify"):
            self.assertIn("its brokers' replicas keep it", refused("log", verb))


if __name__ == "__main__":
    harness.run_tests()
