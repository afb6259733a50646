"""Services as separate processes on a real broker, none of whom believes anybody unproven: mutual TLS
between the hosts, signed tokens from callers, TLS and a password towards the brokers. The last line is
`N passed, N failed`.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / "e2e")]

import brokers  # noqa: E402
import cluster  # noqa: E402
import harness  # noqa: E402
import reflected  # noqa: E402
import trusted  # noqa: E402

COUNTY = "610524"
OFFICER, COORDINATOR = f"{COUNTY}-p1", f"{COUNTY}-p2"
CHECKPOINTS = "lianmeng.platform.v1.CheckpointService"


def setUpModule():
    Case.deploy()


class Case(unittest.TestCase):
    """Three hosts of dispatch, of which two have the county's partition, and two of the others; the
    same for all tests."""

    @classmethod
    def deploy(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-trusted-"))
        unittest.addModuleCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.trust = trusted.Trust(cls.folder)
        kafka = unittest.enterModuleContext(brokers.Cluster("3.9.1", secure=True))
        cls.lianmeng = unittest.enterModuleContext(
            cluster.Cluster(kafka, {"dispatch": 3}, trust=cls.trust))
        cls.lianmeng.ctl.ask("county", "create", "--file", harness.DEMO / "heyang.toml",
                    actor="operator:root")
        cls.story = cls.folder / "heyang.ndjson"
        lines = (harness.DEMO / "weinan.ndjson").read_text("utf-8").splitlines()
        cls.story.write_text("".join(f"{line}\n" for line in lines
                                     if f'"actor": "person:{OFFICER}' in line), "utf-8")
        cls.loaded = cls.load(cls.lianmeng.ctl)
        demand = cls.lianmeng.ctl.list("dispatch", "list-demands", "--county", COUNTY, actor=COORDINATOR)[0]
        cls.told = cls.lianmeng.ctl.ask("dispatch", "get-demand-history", "--county", COUNTY, "--demand-id",
                               demand["demand_id"], actor=COORDINATOR)["events"]
        cls.partition = int(cls.told[0]["place"].split("/")[1])
        cls.first, cls.standby = cls.lianmeng.hosts_of("dispatch", cls.partition)
        cls.stranger = next(host for host in cls.lianmeng.hosts["dispatch"]
                            if host not in (cls.first, cls.standby))
        people = cls.lianmeng.ctl.list("membership", "list-people", "--county", COUNTY, actor=COORDINATOR)
        cls.people = {person["name"]: person["person_id"] for person in people}

    def tearDown(self):
        """Whatever a test did to a host, the next one finds all of them there."""
        for host in self.lianmeng.all():
            if host.process.poll() is not None:
                host.spawn()
        for host in self.lianmeng.all():
            host.await_ready()

    @classmethod
    def load(cls, ctl):
        """The demonstration's story of the county, by its officer on behalf of those who acted."""
        return ctl.ask("import", cls.story, actor=OFFICER)

    def at(self, host):
        """A command line that calls this host of dispatch, and any of the others."""
        rest = self.lianmeng.address().split(",")
        return harness.Ctl(",".join([f"dispatch={host.rpc}"] + [
            each for each in rest if not each.startswith("dispatch=")]), self.trust.proof)

    @classmethod
    def dispatch(cls, ctl, command, *flags, actor):
        return ctl.ask("dispatch", command, "--county", COUNTY, *flags, actor=actor)

    def submit(self, ctl, title):
        return self.dispatch(ctl, "submit-demand", "--title", title, "--kind", "technique",
                             "--detail", "详情", actor=self.people["李怀国"])

    def titles(self, ctl):
        return [row["title"] for row in ctl.list("dispatch", "list-demands", "--county", COUNTY,
                                                 actor=COORDINATOR)]

    def has_told(self, host, text):
        log = (host.folder / "server.log").read_text("utf-8")
        return next((line for line in log.splitlines() if text in line), None)


class Callers(Case):
    def test_the_demonstration_is_told_through_any_host_and_only_once(self):
        self.assertGreater(self.loaded["new"], 30)
        for host in self.lianmeng.hosts["dispatch"]:
            with self.subTest(host.name):
                again = self.load(self.at(host))
                self.assertEqual((again["new"], again["repeated"]), (0, self.loaded["new"]))
        self.assertEqual({event["actor"].split(";")[0] for event in self.told},
                         {f"person:{OFFICER}"})
        self.assertTrue(all(";for=" in event["actor"] for event in self.told))

    def test_load_is_made_in_the_names_of_a_whole_county(self):
        host = self.stranger
        rest = [flag for service in ("membership", "notification")
                for flag in (f"--{service}", self.lianmeng.hosts[service][0].rpc)]
        counties = str(self.folder / "counties.json")
        self.make_load("setup", "--count", "2", "--counties", counties, *rest, at=host)
        made = self.make_load("run", "--mode", "unary", "--counties", counties, "--in-flight", "8",
                              "--commands", "200", *rest, at=host)
        self.assertEqual((made["calls"], made["failures"]), (200, {}))
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.make_load("info", "--audience", "another-system", at=host)
        self.assertIn("TOKEN_AUDIENCE", refused.exception.stderr)

    def make_load(self, verb, *flags, at):
        proof = ["--ca-file", self.trust.authority.certificate, "--token-key",
                 self.trust.tokens.folder / "one.key", "--issuer", trusted.ISSUER]
        if "--audience" not in flags:
            proof += ["--audience", trusted.AUDIENCE]
        done = subprocess.run([harness.binary("lianmeng-load"), verb, "--address", at.rpc,
                               *map(str, proof), *flags], check=True, capture_output=True,
                              text=True, env=harness.plain_environment())
        return json.loads(done.stdout)

    def test_who_is_recorded_is_whom_the_token_names_whichever_host_is_called(self):
        groups = self.lianmeng.ctl.list("membership", "list-organisations", "--county", COUNTY, "--kind",
                               "functional-group", actor=COORDINATOR)
        group = next(each["organisation_id"] for each in groups if each["name"] == "产业小组")
        li, head = self.people["李怀国"], self.people["合阳县产业小组组长"]
        steps = [("route-demand", COORDINATOR, ["--lead-group-id", group]),
                 ("take-demand", head, []),
                 ("submit-result", head, ["--kind", "solved", "--words", "补铁后转绿。"]),
                 ("accept-result", COORDINATOR, []),
                 ("rate-demand", li, ["--solved", "yes", "--content", 5])]
        for host in self.lianmeng.hosts["dispatch"]:
            with self.subTest(host.name):
                answered = 'lianmeng_rpc_forwarded_total{outcome="answered"}'
                before = host.metric(answered)
                demand = self.submit(host.ctl, f"经{host.name}办理")["demand"]["demand_id"]
                for command, actor, flags in steps:
                    self.dispatch(host.ctl, command, "--demand-id", demand, *flags, actor=actor)
                events = self.dispatch(host.ctl, "get-demand-history", "--demand-id", demand,
                                       actor=COORDINATOR)["events"]
                self.assertEqual([event["actor"] for event in events],
                                 [f"person:{each}" for each in
                                  (li, COORDINATOR, head, head, COORDINATOR, li)])
                if host is self.stranger:
                    self.assertGreaterEqual(host.metric(answered) - before, len(steps))

    def test_who_proves_nothing_is_refused_by_every_host_and_told_why(self):
        tokens = self.trust.tokens
        tokens.make_key("foreign.key", keys=self.folder / "foreign.json")
        proofs = [
            ([], "TOKEN_MISSING"),
            (["--as", COORDINATOR], "TOKEN_MISSING"),
            (["--token-file", tokens.of(COORDINATOR, audience="another-system")], "TOKEN_AUDIENCE"),
            (["--token-file", tokens.of(COORDINATOR, key="foreign.key")], "TOKEN_KEY_UNKNOWN"),
            (["--token-file", tokens.of("operator:mallory")], "TOKEN_OPERATOR"),
            (["--token-file", self.forged(COORDINATOR)], "TOKEN_SIGNATURE"),
            (["--token-file", tokens.of(OFFICER), "--as", COORDINATOR], "ACTOR_NOT_OF_TOKEN"),
            # A host's certificate makes nobody of the county.
            (["--cert-file", self.first.folder / "tls.crt", "--key-file",
              self.first.folder / "tls.key", "--as", COORDINATOR], "TOKEN_MISSING"),
        ]
        bare = trusted.Proof(tokens, self.trust.authority.certificate)
        before = self.titles(self.lianmeng.ctl)
        for host in self.lianmeng.hosts["dispatch"]:
            ctl = harness.Ctl(host.rpc, bare)
            for flags, reason in proofs:
                with self.subTest(host=host.name, reason=reason):
                    counted = f'lianmeng_rpc_errors_total{{reason="{reason}",service="dispatch"}}'
                    for command in (["submit-demand", "--title", "无凭据", "--kind", "funds",
                                     "--detail", "详情"], ["list-demands"]):
                        done = ctl.run("dispatch", *command, "--county", COUNTY, *flags)
                        self.assertEqual(done.returncode, 1, done.stderr)
                        self.assertIn(f"[{reason}]", done.stderr)
                    self.assertGreaterEqual(host.metric(counted), 2)
        self.assertEqual(self.titles(self.lianmeng.ctl), before)

    def test_whom_the_authority_does_not_vouch_for_is_not_even_heard(self):
        other = trusted.Authority(self.folder, "other")
        stranger = self.folder / "stranger"
        stranger.mkdir()
        other.issue(stranger)
        token = ["--token-file", self.trust.tokens.of(COORDINATOR)]
        for host in self.lianmeng.hosts["dispatch"]:
            for name, flags in {
                    "in the clear": [],
                    "another authority is believed": ["--ca-file", other.certificate],
                    "another authority's certificate is shown": [
                        "--ca-file", self.trust.authority.certificate, "--cert-file",
                        stranger / "tls.crt", "--key-file", stranger / "tls.key"]}.items():
                with self.subTest(host=host.name, what=name):
                    done = harness.Ctl(host.rpc).run("status", *token, *flags)
                    self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(harness.Ctl(host.rpc, self.trust.proof).run(
                "status", actor=COORDINATOR).returncode, 0)

    def forged(self, subject):
        """A good token whose signature is of other words."""
        head, claims, signature = self.trust.tokens.of(OFFICER).read_text("utf-8").strip().split(".")
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        told["sub"] = f"person:{subject}"
        claims = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
        path = self.folder / "forged.jwt"
        path.write_text(f"{head}.{claims}.{signature}", "utf-8")
        return path


class CheckpointCase(Case):
    def connect(self, host, folder=None, authority=None):
        """A connection of one's own, with the certificate of this folder."""
        shown = [(folder / f"tls.{kind}").read_bytes() for kind in ("key", "crt")] if folder else []
        known = (authority or self.trust.authority).certificate.read_bytes()
        client = reflected.Client(host.rpc, grpc.ssl_channel_credentials(known, *shown))
        self.addCleanup(client.close)
        return client

    def open(self, client, token=None):
        return client.call(CHECKPOINTS, "OpenCheckpoint", {
            "service": "dispatch", "partition": self.partition,
            "fold_version": self.fold_version()}, token=token)

    def fold_version(self):
        """As a host tells one that has another."""
        with self.assertRaises(grpc.RpcError) as refused:
            self.connect(self.first, self.standby.folder).call(CHECKPOINTS, "OpenCheckpoint", {
                "service": "dispatch", "partition": self.partition, "fold_version": 0})
        return int(re.search(r"folded here by version (\d+)", refused.exception.details())[1])

    @staticmethod
    def read(client, checkpoint, file, offset=0):
        pieces = client.call(CHECKPOINTS, "ReadCheckpoint", {
            "checkpoint": checkpoint["checkpoint"], "file": file["name"], "offset": offset})
        return b"".join(base64.b64decode(piece["data"]) for piece in pieces)

    def write_stores(self):
        """All that was applied so far is in the stores of these hosts."""
        for host in self.lianmeng.hosts["dispatch"]:
            for command in ("drain", "resume"):
                done = host.ctl.run(command, actor="operator:root")
                self.assertEqual(done.returncode, 0, done.stderr)

    def start_empty(self, host):
        if host.process.poll() is None:
            host.stop()
        shutil.rmtree(host.data / "store")
        host.spawn()
        host.await_ready()

    def differing_rows(self, host):
        done = harness.Ctl(host.rpc).run(
            "state", "verify", "--data", host.data, "--config", self.lianmeng.folder / "kafka.toml",
            "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["differing_rows"]

    @staticmethod
    def given_bytes(hosts):
        return sum(host.metric("lianmeng_checkpoint_given_bytes_total") for host in hosts)


class Checkpoints(CheckpointCase):
    def test_an_emptied_host_takes_its_state_from_a_peer_and_then_the_tail_only(self):
        host, peers = self.standby, [self.first, self.stranger]
        self.write_stores()
        tail = [f"尾部{i}" for i in range(3)]
        for title in tail:
            self.submit(self.first.ctl, title)
        host.stop()
        shutil.rmtree(host.data / "store")
        before = self.given_bytes(peers)
        host.spawn()
        host.await_ready()
        said = self.has_told(host, "the log's tail is next")
        self.assertRegex(said or "nothing", r"took the state of \d+ of 32 partitions from peers")
        taken = host.metric("lianmeng_checkpoint_taken_bytes_total")
        self.assertGreater(taken, 0)
        self.assertEqual(self.given_bytes(peers) - before, taken)
        applied = host.metric('lianmeng_runtime_applied_total{service="dispatch"}')
        self.assertEqual(sorted(set(tail) & set(self.titles(host.ctl))), tail)
        self.assertEqual(self.differing_rows(host), 0)

        # What it would have read without: all of the log.
        host.options.append("--checkpoint.take=false")
        self.addCleanup(host.options.remove, "--checkpoint.take=false")
        self.start_empty(host)
        self.assertEqual(host.metric("lianmeng_checkpoint_taken_bytes_total"), 0)
        everything = host.metric('lianmeng_runtime_applied_total{service="dispatch"}')
        self.assertGreaterEqual(everything - applied, len(self.told))
        self.assertLess(applied, everything / 2)

    def test_a_checkpoint_is_for_hosts_alone(self):
        self.write_stores()
        clerk, stranger = self.folder / "clerk", self.folder / "foreign"
        for folder in (clerk, stranger):
            folder.mkdir()
        self.trust.authority.issue(clerk, names="DNS:county-office.example")
        trusted.Authority(self.folder, "foreign-authority").issue(stranger)
        token = self.trust.tokens.of("operator:root").read_text("utf-8").strip()
        refusals = 'lianmeng_checkpoint_refused_total{reason="PEER_ONLY"}'
        refused_before = self.first.metric(refusals)
        before = self.given_bytes([self.first])
        for name, folder, shown, code, reason in (
                ("nothing", None, None, grpc.StatusCode.UNAUTHENTICATED, "hosts.peers"),
                ("a token", None, token, grpc.StatusCode.UNAUTHENTICATED, "hosts.peers"),
                ("who is no host", clerk, token, grpc.StatusCode.UNAUTHENTICATED, "hosts.peers"),
                ("another authority's", stranger, token, grpc.StatusCode.UNAVAILABLE, "")):
            with self.subTest(name), self.assertRaises(grpc.RpcError) as refused:
                self.open(self.connect(self.first, folder), shown)
            self.assertEqual(refused.exception.code(), code, refused.exception.details())
            self.assertIn(reason, refused.exception.details())
        self.assertEqual(self.first.metric(refusals) - refused_before, 3)
        self.assertIsNotNone(self.has_told(self.first, "who is no pod of this service asked"))
        self.assertEqual(self.given_bytes([self.first]), before)

        client = self.connect(self.first, self.standby.folder)
        checkpoint = self.open(client)
        for file in checkpoint["files"]:
            self.assertEqual(len(self.read(client, checkpoint, file)), int(file["bytes"]))

    def test_a_host_whose_certificate_is_not_trusted_gets_none_and_says_why(self):
        host, peers = self.standby, [self.first, self.stranger]
        self.write_stores()
        host.stop()
        other = trusted.Authority(self.folder, "intruder")
        before = self.given_bytes(peers)
        for name, believed in (("it believes nobody", other), ("nobody believes it",
                                                             self.trust.authority)):
            with self.subTest(name):
                other.issue(host.folder)
                trusted.put(host.folder / "ca.crt", believed.certificate.read_bytes())
                self.start_empty(host)  # From the log, which does not depend on peers.
                for peer in peers:
                    said = self.has_told(host, f"{peer.name} ({peer.rpc}) is not asked for the state")
                    self.assertRegex(said or "nothing", "(?i)handshake|certificate|ssl")
                self.assertEqual(host.metric("lianmeng_checkpoint_taken_bytes_total"), 0)
                self.assertEqual(host.metric("lianmeng_rpc_peers_connected"), 0)
                self.assertEqual(self.differing_rows(host), 0)
        self.assertEqual(self.given_bytes(peers), before)
        self.trust.install(host.folder)
        host.stop()


class Renewal(CheckpointCase):
    """The authority itself is replaced, as people do it: first both are believed, then certificates
    are the new one's, then the old one is forgotten."""

    def renew(self, believed, authority=None):
        for host in self.lianmeng.all():
            trusted.put(host.folder / "ca.crt", b"".join(
                each.certificate.read_bytes() for each in believed))
            if authority:
                authority.issue(host.folder, days=2)
        for host in self.lianmeng.all():
            os.kill(host.process.pid, signal.SIGHUP)

    def test_an_authority_is_replaced_while_calls_and_checkpoints_go_on(self):
        first, second = self.trust.authority, trusted.Authority(self.folder, "second")
        self.write_stores()
        old_shown = self.folder / "old"
        old_shown.mkdir()
        first.issue(old_shown)
        watch = self.stranger.ctl.watch(COUNTY, COORDINATOR)
        self.addCleanup(watch.close)
        harness.await_that("the watch tells of a demand", lambda: (
            self.submit(self.lianmeng.ctl, "换证之前") and watch.lines()))
        standing = self.connect(self.first, old_shown)
        checkpoint = self.open(standing)
        file = max(checkpoint["files"], key=lambda each: int(each["bytes"]))
        expiry = "lianmeng_tls_certificate_expiry_timestamp_seconds"
        ends = {host.name: host.metric(expiry) for host in self.lianmeng.all()}

        self.renew([first, second])
        self.tell_through_every_host(first)
        self.renew([first, second], second)
        harness.await_that("the new certificates are in force", lambda: all(
            host.metric(expiry) > ends[host.name] for host in self.lianmeng.all()))
        self.tell_through_every_host(second)
        self.renew([second])
        self.trust.authority = second
        for host in self.lianmeng.all():
            host.proof = self.trust.proof
            with self.assertRaises(harness.Refused):
                harness.Ctl(host.rpc, trusted.Proof(self.trust.tokens, first.certificate)).ask(
                    "status", actor=COORDINATOR)
        self.tell_through_every_host(second)

        # What stood goes on.
        seen = len(watch.lines())
        self.submit(self.stranger.ctl, "换证之后")
        harness.await_that("the watch goes on", lambda: len(watch.lines()) > seen)
        content = self.read(standing, checkpoint, file)
        self.assertEqual(len(content), int(file["bytes"]))
        # A new connection goes on where that one was, with a new certificate and not with an old one.
        half = len(content) // 2
        self.assertEqual(self.read(self.connect(self.first, self.standby.folder), checkpoint, file,
                                   half), content[half:])
        with self.assertRaises(grpc.RpcError) as refused:
            self.read(self.connect(self.first, old_shown), checkpoint, file)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)

        # Hosts that never stopped find one that comes back, and it takes its state from them.
        self.start_empty(self.standby)
        self.assertIsNotNone(self.has_told(self.standby, "the log's tail is next"))
        for host in self.lianmeng.hosts["dispatch"]:
            harness.await_that(f"{host.name} is connected with all",
                               lambda host=host: host.metric("lianmeng_rpc_peers_connected") == 2)
        self.first.kill()
        self.tell_through_every_host(second, [self.standby, self.stranger])

    def tell_through_every_host(self, authority, hosts=None):
        for host in hosts or self.lianmeng.hosts["dispatch"]:
            ctl = harness.Ctl(host.rpc, trusted.Proof(self.trust.tokens, authority.certificate))
            title = f"{authority.name}：{host.name}"
            self.submit(ctl, title)
            self.assertIn(title, self.titles(ctl))


if __name__ == "__main__":
    harness.run_tests()
