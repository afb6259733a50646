"""Services as separate processes on a real broker: any host answers any call, the loss of one is
taken over, and one that comes back says nothing that is old. The last line is `N passed, N failed`.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / "e2e")]

import brokers  # noqa: E402
import cluster  # noqa: E402
import harness  # noqa: E402

COUNTY = "610524"
COORDINATOR = f"{COUNTY}-p2"


class Deployment(unittest.TestCase):
    version = "4.1.0"

    @classmethod
    def setUpClass(cls):
        cls.kafka = cls.enterClassContext(brokers.Cluster(cls.version))
        # Of three hosts of dispatch, two have the county's partition.
        cls.lianmeng = cls.enterClassContext(cluster.Cluster(
            cls.kafka, {"dispatch": 3}, options=["--rpc.default_actor", f"person:{COORDINATOR}"]))
        cls.lianmeng.ctl.load_demonstration()
        cls.asker = next(row["person_id"] for row in cls.lianmeng.ctl.list(
            "membership", "list-people", "--county", COUNTY, actor=COORDINATOR)
            if row["name"] == "李怀国")
        token = cls.submit(cls.lianmeng.ctl, "第一")["read_token"]
        cls.partition = int(token.split("/")[1])
        cls.first, cls.standby = cls.lianmeng.hosts_of("dispatch", cls.partition)
        cls.stranger = next(host for host in cls.lianmeng.hosts["dispatch"]
                            if host not in (cls.first, cls.standby))

    def tearDown(self):
        """Whatever a test did to a host, the next one finds all of them there."""
        for host in self.lianmeng.all():
            if host.process.poll() is None:
                host.go_on()
            else:
                host.spawn()
        for host in self.lianmeng.all():
            host.await_ready()

    @classmethod
    def submit(cls, ctl, title, *more):
        return ctl.ask("dispatch", "submit-demand", "--county", COUNTY, "--title", title, "--kind",
                       "funds", "--detail", "详情", *more, actor=cls.asker)

    @staticmethod
    def titles(ctl):
        return [row["title"] for row in ctl.list("dispatch", "list-demands", "--county", COUNTY,
                                                 actor=COORDINATOR)]

    def act_first(self):
        """The first host acts: the standby, should it have taken over, sees its record."""
        token = self.submit(self.first.ctl, "先行")["read_token"]
        self.standby.ctl.ask("dispatch", "count-demands", "--county", COUNTY, "--read-tokens", token,
                             actor=COORDINATOR)

    def rows(self):
        return self.lianmeng.ctl.list("dispatch", "list-demands", "--county", COUNTY,
                                      actor=COORDINATOR)


class Losses:
    """What a host leaves behind another one goes on with."""

    def test_a_standby_goes_on_when_the_acting_host_is_killed(self):
        self.act_first()
        self.first.kill()
        for host in (self.standby, self.stranger):
            self.submit(host.ctl, f"接手：{host.name}")
        self.first.spawn()
        self.first.await_ready()
        for name in (self.standby.name, self.stranger.name):
            self.assertIn(f"接手：{name}", self.titles(self.first.ctl))

    def test_a_request_sent_to_both_is_done_once(self):
        self.act_first()
        request = ("--request-id", harness.uuid7())
        one = self.submit(self.first.ctl, "只一次", *request)
        self.first.kill()
        two = self.submit(self.standby.ctl, "只一次", *request)
        self.assertEqual(two["read_token"], one["read_token"])
        self.assertTrue(two["repeated"])
        self.assertEqual(self.titles(self.standby.ctl).count("只一次"), 1)

    def test_a_paused_host_is_passed_over_and_says_nothing_old_afterwards(self):
        self.act_first()
        self.first.pause()
        for i in range(3):
            self.submit(self.standby.ctl, f"停顿{i}")
        self.first.go_on()
        titles = self.titles(self.first.ctl)
        for i in range(3):
            self.assertIn(f"停顿{i}", titles)
        # It decides on what the other one did meanwhile.
        number = self.submit(self.first.ctl, "醒来")["demand"]["number"]
        self.assertEqual(len({number, *[row["number"] for row in self.rows()]}), len(self.rows()))

    def test_policies_go_on_at_another_host(self):
        for host in self.lianmeng.hosts["notification"]:
            with self.subTest(host.name):
                host.kill()
                other = next(each for each in self.lianmeng.hosts["notification"] if each != host)
                token = self.submit(self.lianmeng.ctl, f"通知：{host.name}", "--urgency",
                                    "urgent")["read_token"]
                notices = other.ctl.list("notification", "list-notices", "--county", COUNTY,
                                         "--read-tokens", token, actor=COORDINATOR)
                self.assertIn(f"通知：{host.name}", str(notices))
                host.spawn()
                host.await_ready()

    def test_what_one_host_seals_every_host_opens_until_it_is_erased(self):
        hosts = self.lianmeng.hosts["membership"]

        def ask(host, command, *flags):
            return host.ctl.ask("membership", command, "--county", COUNTY, *flags,
                                actor=f"{COUNTY}-p1")

        made = ask(hosts[0], "register-person", "--name", "郑不二", "--phone", "13987651234",
                   "--organisation-id", "o1")
        which = ("--person-id", made["person"]["person_id"])
        for host in hosts:
            contact = ask(host, "reveal-contact", *which, "--reason", "通知开会", "--fields",
                          "phone")["contact"]
            self.assertEqual(contact["phone"], "13987651234")
        erased = ask(hosts[1], "erase-person", *which, "--reason", "本人要求")
        for host in hosts:
            person = ask(host, "get-person", *which, "--read-tokens",
                         erased["read_token"])["person"]
            self.assertEqual(person["phone"], "已删除")


class LossesOnTheOlderKafka(Losses, Deployment):
    version = "3.9.1"


class Hosts(Losses, Deployment):
    def test_any_host_takes_any_call(self):
        self.act_first()
        hosts = {"first": self.first, "standby": self.standby, "stranger": self.stranger}
        for name, host in hosts.items():
            with self.subTest(name):
                watch = host.ctl.watch(COUNTY, COORDINATOR)
                self.addCleanup(watch.close)
                title = f"向{name}提交"
                self.submit(host.ctl, title)
                for other in hosts.values():
                    self.assertIn(title, self.titles(other.ctl))
                # The watch may have begun behind the first command.
                harness.await_that("the watch tells of a demand", lambda: (
                    self.submit(host.ctl, f"再向{name}提交") and watch.lines()))
                with self.assertRaises(harness.Refused) as refused:
                    host.ctl.ask("dispatch", "get-demand", "--county", COUNTY, "--demand-id",
                                 "nothing", actor=COORDINATOR)
                self.assertIn("DEMAND_UNKNOWN", refused.exception.text)

    def test_a_batch_is_decided_in_its_order_whoever_takes_it(self):
        self.act_first()
        for host in (self.standby, self.stranger):
            with self.subTest(host.name):
                client = harness.Client(host.rpc)
                self.addCleanup(client.close)
                commands = [
                    {"submit_demand": {"county": COUNTY, "title": f"批{i}", "kind":
                                       "DEMAND_KIND_FUNDS", "detail": "详情"}} for i in range(50)]
                answer = client.call("lianmeng.dispatch.v1.DispatchService", "ExecuteCommands",
                                     {"commands": commands}, f"person:{COORDINATOR}")
                places = [int(one["accepted"]["read_token"].split("/")[2])
                          for one in answer["outcomes"]]
                self.assertEqual(places, sorted(places))
                self.assertEqual(len(set(places)), 50)

    def test_hosts_tell_of_the_partitions_that_they_have(self):
        for host in self.lianmeng.hosts["dispatch"]:
            self.assertEqual(host.metric(
                'lianmeng_runtime_partitions{service="dispatch",state="serving"}'), 32)
            self.assertEqual(host.metric("lianmeng_rpc_peers_connected"), 2)
        for host in self.lianmeng.hosts["membership"]:
            self.assertEqual(host.metric(
                'lianmeng_runtime_partitions{service="membership",state="serving"}'), 48)

    def test_a_host_that_ends_in_good_order_loses_no_call(self):
        self.act_first()
        self.assertEqual(self.first.stop(), 0)
        self.submit(self.stranger.ctl, "有序停止之后")
        self.assertIn("有序停止之后", self.titles(self.standby.ctl))

    def test_a_host_ends_in_good_order_while_the_log_says_nothing(self):
        self.act_first()
        self.kafka.stop(1)
        try:
            caller = threading.Thread(target=lambda: self.first.ctl.run(
                "dispatch", "submit-demand", "--county", COUNTY, "--title", "无回音", "--kind",
                "funds", "--detail", "详情", actor=self.asker))
            caller.start()
            harness.await_that("the call is on its way", lambda: self.first.metric(
                'lianmeng_rpc_in_flight{method="SubmitDemand",service="dispatch"}') == 1)
            code = self.first.stop()
        finally:
            self.kafka.go_on(1)
            caller.join()
        self.assertEqual(code, 0)

    def test_a_drained_host_leaves_commands_to_the_other(self):
        self.act_first()
        self.assertEqual(self.first.ctl.run("drain", actor="operator:test").returncode, 0)
        try:
            self.submit(self.standby.ctl, "维护期间")
            self.assertIn("维护期间", self.titles(self.first.ctl))
        finally:
            self.first.ctl.run("resume", actor="operator:test")


class Start(unittest.TestCase):
    """What keeps a host from starting is one sentence."""

    @classmethod
    def setUpClass(cls):
        cls.kafka = cls.enterClassContext(brokers.Cluster("4.1.0"))

    def refused(self, *arguments):
        done = subprocess.run(
            [harness.binary("lianmeng-dispatch"), "--data.path",
             str(self.kafka.folder / "dispatch-0"), "--rpc.listen", "127.0.0.1:0", "--ops.listen",
             "127.0.0.1:0", *arguments], env=harness.plain_environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=harness.PATIENCE_S)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr.splitlines()[-1]

    def on_kafka(self):
        return ["--log.kind", "kafka", "--kafka.bootstrap", self.kafka.bootstrap]

    def topics_refused(self, what, *arguments):
        said = self.refused(*self.on_kafka(), *arguments)
        self.assertIn(what, said)
        return said

    def type(self, command):
        """As an operator does who reads it."""
        program, *flags = command.split()
        self.assertEqual(program, "lianmengctl")
        done = subprocess.run([harness.binary(program), *flags], env=harness.plain_environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)

    def tool(self, name, *arguments):
        """One of Kafka's own."""
        command = pathlib.Path(f"/proc/{self.kafka.pid(1)}/cmdline").read_text().split("\0")
        jars = command[command.index("-cp") + 1]
        subprocess.run(["java", "-cp", jars, name, "--bootstrap-server", self.kafka.bootstrap,
                        *arguments], check=True, capture_output=True, timeout=120)

    def change(self, topic, setting):
        self.tool("kafka.admin.ConfigCommand", "--entity-type", "topics", "--entity-name", topic,
                  "--alter", "--add-config", setting)

    def test_topics_that_are_not_there_or_break_a_rule(self):
        """Each is named with what it must be, and the command that is named puts it right."""
        apply = (f"lianmengctl topics apply --kafka {self.kafka.bootstrap} --development")
        development = ("--kafka.development", "true")
        said = self.topics_refused("topic lianmeng.", *development)
        self.assertIn(f"make it: {apply}", said)
        self.type(said.partition("make it: ")[2])

        # One broker is for development alone.
        self.topics_refused("replication.factor is 1 and must be at least 3")
        own, followed = "lianmeng.dispatch.v1", "lianmeng.membership.v1"
        for topic, setting, must in [
                (own, "retention.ms=1000", "retention.ms is 1000 and must be -1"),
                (own, "retention.bytes=1000", "retention.bytes is 1000 and must be -1"),
                (own, "message.timestamp.type=CreateTime", "must be LogAppendTime"),
                ("lianmeng.keys.v1", "cleanup.policy=delete", "must be compact"),
                # What is forgotten there would be wrong here.
                (followed, "cleanup.policy=compact", "cleanup.policy is compact and must be delete"),
        ]:
            with self.subTest(f"{topic} {setting}"):
                self.change(topic, setting)
                said = self.topics_refused(must, *development)
                self.assertIn(f"topic {topic}: ", said)
                self.type(said.partition("put it right: ")[2])

        # A wrong count is for ever, so the topic goes, which is empty.
        topics = "org.apache.kafka.tools.TopicCommand"
        self.tool(topics, "--delete", "--topic", own)
        self.tool(topics, "--create", "--topic", own, "--partitions", "12",
                  "--config", "retention.ms=-1", "--config", "message.timestamp.type=LogAppendTime")
        said = self.topics_refused("partitions is 12 and must be 48", *development)
        self.assertIn("delete it while it is empty and run " + apply, said)

    def test_what_would_be_passed_over_in_silence(self):
        said = self.refused(*self.on_kafka(), "--kafka.ca_file", "/etc/ssl/certs/ca-certificates.crt")
        self.assertIn("set kafka.tls to true", said)
        said = self.refused(*self.on_kafka(), "--kafka.username", "lianmeng")
        self.assertIn("kafka.sasl_mechanism does not say how", said)

    def test_no_brokers_named(self):
        self.assertIn("kafka.bootstrap", self.refused("--log.kind", "kafka"))

    def test_several_hosts_on_a_log_of_one(self):
        said = self.refused("--hosts.peers", "127.0.0.1:1,127.0.0.1:2", "--hosts.ordinal", "0")
        self.assertIn("set log.kind to kafka", said)


class DeployUp(unittest.TestCase):
    """`./deploy/up --kafka` as a person types it. It runs what is in build/, so another build folder
    (sanitizers) leaves it out."""

    def setUp(self):
        if harness.build_folder() != (harness.ROOT / "build").resolve():
            self.skipTest("./deploy/up runs what is in build/")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-up-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.up, "--stop")

    def up(self, *flags):
        return subprocess.run(
            [str(harness.ROOT / "deploy" / "up"), "--data", str(self.folder / "data"), *flags],
            cwd=self.folder, env=harness.plain_environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300)

    def succeed(self, *flags):
        done = self.up(*flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_one_command_brings_up_all_hosts_and_their_demonstration(self):
        port = cluster.free_run_of_ports(6)
        self.assertEqual(self.up("--kafka", "--status").returncode, 3)
        told = self.succeed("--kafka", "--port", str(port))
        address = next(line for line in told.splitlines() if "LIANMENG_ADDRESS=" in line)
        ctl = harness.Ctl(address.partition("=")[2])
        # What it tells to try works as it stands: nobody is named, 合阳's coordinator acts.
        rows = ctl.list("dispatch", "list-demands", "--county", COUNTY)
        self.assertIn("合阳-230306-001", {row["number"] for row in rows})
        self.succeed("--status")

        pid = int((self.folder / "data" / "dispatch-0" / "lianmeng.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        harness.await_that("the host is gone", lambda: not pathlib.Path(f"/proc/{pid}/cmdline").
                           exists() or not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        ctl.ask("dispatch", "submit-demand", "--county", COUNTY, "--title", "接手", "--kind", "funds",
                "--detail", "详情")
        self.assertIn("dispatch-0   does not run", self.up("--status").stdout)
        self.assertNotIn("Loading", self.succeed())  # Starts the one that is gone.
        self.succeed("--status")
        self.succeed("--stop")
        self.assertEqual(self.up("--status").returncode, 3)
        # Without the file that says where all is, the master key is not made a second time.
        data = self.folder / "data"
        key = (data / "master.key").read_bytes()
        (data / "lianmeng.env").unlink()
        self.succeed("--kafka", "--port", str(port))
        self.assertEqual((data / "master.key").read_bytes(), key)
        # What is not Lianmeng's keeps the folder.
        (data / "mine").write_text("a stranger's")
        done = self.up("--reset", "--stop")
        self.assertIn("which is not Lianmeng's", done.stderr)
        self.assertTrue((data / "kafka").exists())
        (data / "mine").unlink()
        self.succeed("--reset", "--stop")
        self.assertEqual(list(data.iterdir()), [])


if __name__ == "__main__":
    harness.run_tests()
