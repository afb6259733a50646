"""`lianmengctl topics` on a real cluster of three brokers; the last line is `N passed, N failed`."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / "e2e")]

import brokers  # noqa: E402
import harness  # noqa: E402

TOPICS = ["lianmeng.dispatch.v1", "lianmeng.keys.v1", "lianmeng.membership.v1",
          "lianmeng.notification.v1"]


class Topics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(brokers.Cluster("4.1.0", count=3, secure=True))
        known = cls.cluster.known
        cls.config = cls.cluster.folder / "lianmeng.toml"
        cls.config.write_text(f"""
[rpc]
listen = "127.0.0.1:0"     # Another section's: not looked at.
[kafka]
bootstrap = "{cls.cluster.bootstrap}"
tls = true
ca_file = "{known['KAFKA_CA']}"
sasl_mechanism = "PLAIN"
username = "{known['KAFKA_USER']}"
password_file = "{known['KAFKA_PASSWORD_FILE']}"
""")

    def topics(self, *words, config=None):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("LIANMENG_")}
        return subprocess.run(
            [harness.binary("lianmengctl"), "--lang", "en", "topics", *words, "--config", str(config or self.config)],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def test_plan_apply_check_and_what_somebody_changed(self):
        check = self.topics("check")
        self.assertEqual(check.returncode, 1, check.stderr)
        for topic in TOPICS:
            self.assertIn(f"topic {topic} is not there; make it: lianmengctl topics apply",
                          check.stderr)

        plan = self.topics("plan", "-o", "json")
        self.assertEqual(plan.returncode, 0, plan.stderr)
        planned = {row["topic"]: row for row in map(json.loads, plan.stdout.splitlines())}
        self.assertEqual(sorted(planned), TOPICS)
        self.assertEqual({row["action"] for row in planned.values()}, {"create"})
        for part in ("partitions 48", "replication.factor 3", "retention.ms -1",
                     "min.insync.replicas 2", "cleanup.policy delete"):
            self.assertIn(part, planned["lianmeng.dispatch.v1"]["steps"])
        self.assertIn("cleanup.policy compact", planned["lianmeng.keys.v1"]["steps"])
        self.assertEqual(self.topics("check").returncode, 1)  # A plan makes nothing.

        applied = self.topics("apply")
        self.assertEqual(applied.returncode, 0, applied.stderr)
        # A broker that did not make them may hear of them a moment later.
        harness.await_that("every broker knows the topics",
                           lambda: self.topics("check").returncode == 0)

        # What somebody else's tool changed is named: setting, what it is, what it must be, command.
        self.alter("lianmeng.dispatch.v1", "retention.ms=1000,min.insync.replicas=1")
        check = self.topics("check")
        self.assertEqual(check.returncode, 1)
        self.assertIn("topic lianmeng.dispatch.v1: retention.ms is 1000 and must be -1; put it "
                      f"right: lianmengctl topics apply --config {self.config} --kafka", check.stderr)
        self.assertIn("min.insync.replicas is 1 and must be at least 2", check.stderr)
        plan = self.topics("plan")
        self.assertIn("retention.ms 1000 -> -1", plan.stdout)
        self.assertEqual(self.topics("apply").returncode, 0)
        self.assertEqual(self.topics("check").returncode, 0)

    def test_a_wrong_password_and_a_missing_file_are_told(self):
        wrong = self.cluster.folder / "wrong"
        wrong.write_text("not it")
        wrong.chmod(0o600)
        config = self.cluster.folder / "wrong.toml"
        config.write_text(self.config.read_text().replace(
            self.cluster.known["KAFKA_PASSWORD_FILE"], str(wrong)))
        refused = self.topics("check", config=config)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("[LOG_", refused.stderr)
        wrong.unlink()
        refused = self.topics("check", config=config)
        self.assertIn(str(wrong), refused.stderr)
        self.assertIn("[KAFKA_CONFIG]", refused.stderr)

    def alter(self, topic, settings):
        """By Kafka's own tool."""
        known = self.cluster.known
        properties = self.cluster.folder / "client.properties"
        properties.write_text(
            "security.protocol=SASL_SSL\nssl.truststore.type=PEM\n"
            f"ssl.truststore.location={known['KAFKA_CA']}\nsasl.mechanism=SCRAM-SHA-512\n"
            "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
            f"username=\"{known['KAFKA_USER']}\" "
            f"password=\"{pathlib.Path(known['KAFKA_PASSWORD_FILE']).read_text()}\";\n")
        self.cluster.tool("kafka.admin.ConfigCommand", "--command-config", properties,
                          "--entity-type", "topics", "--entity-name", topic, "--alter",
                          "--add-config", settings)


if __name__ == "__main__":
    harness.run_tests()
