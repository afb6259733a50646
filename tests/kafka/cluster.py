"""Lianmeng as separate processes on a Kafka cluster: what ./deploy/up --kafka starts, for tests that
break single hosts.

    with brokers.Cluster("4.1.0") as kafka, cluster.Cluster(kafka, {"dispatch": 3}) as lianmeng:
        lianmeng.host("dispatch", 0).kill()
        lianmeng.ctl("dispatch").ask("dispatch", "list-demands", …)
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import harness
import ports

SERVICES = ["membership", "dispatch", "notification"]


def free_run_of_ports(count):
    """The first of so many free ones in a row, with as many free a hundred behind."""
    for first in range(20_000, 30_000, 2 * count):
        wanted = [first + i + behind for i in range(count) for behind in (0, 100)]
        open_ones = []
        try:
            for port in wanted:
                open_ones.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
        finally:
            for each in open_ones:
                each.close()
    raise AssertionError("no run of free ports")


class Host(harness.Server):
    """One process of a service."""

    def __init__(self, folder, service, ordinal, options):
        super().__init__(folder / f"{service}-{ordinal}", f"lianmeng-{service}")
        self.folder.mkdir()
        self.name = f"{service}-{ordinal}"
        self.options = options

    def spawn(self, *arguments):
        return super().spawn(*self.options, *arguments)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def metric(self, line):
        """The value behind a metric's name and labels."""
        text = self.http("/metrics")[1]
        return float(next(each for each in text.splitlines()
                          if each.startswith(line + " ")).split()[-1])


class Cluster:
    """`trust` (trusted.py): between the hosts mutual TLS, from outside tokens."""

    def __init__(self, kafka, hosts=None, replicas=2, options=(), trust=None):
        self.kafka = kafka
        self.trust = trust
        self.counts = {service: 2 for service in SERVICES} | (hosts or {})
        self.replicas = replicas
        self.more = list(options)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-hosts-"))
        self.hosts = {}

    def __enter__(self):
        try:
            (self.folder / "kafka.toml").write_text(self.kafka_config(), "utf-8")
            self.make_topics()
            master_key = os.open(self.folder / "master.key", os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(master_key, os.urandom(32))
            os.close(master_key)
            for service, count in self.counts.items():
                self.make_hosts(service, count)
            for host in self.all():
                host.spawn()
            for host in self.all():
                host.await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in self.all():
            host.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kafka_config(self):
        """How services and lianmengctl reach the brokers."""
        lines = ["[kafka]", f'bootstrap = "{self.kafka.bootstrap}"', "development = true"]
        if "KAFKA_CA" in self.kafka.known:
            lines += ["tls = true", f'ca_file = "{self.kafka.known["KAFKA_CA"]}"',
                      'sasl_mechanism = "SCRAM-SHA-512"',
                      f'username = "{self.kafka.known["KAFKA_USER"]}"',
                      f'password_file = "{self.kafka.known["KAFKA_PASSWORD_FILE"]}"']
        return "\n".join(lines) + "\n"

    def make_topics(self):
        done = subprocess.run(
            [harness.binary("lianmengctl"), "topics", "apply", "--config",
             str(self.folder / "kafka.toml")], env=harness.plain_environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=harness.PATIENCE_S)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def make_hosts(self, service, count):
        peers = [f"127.0.0.1:{port}" for port in ports.free_ports(count)]
        self.hosts[service] = [
            Host(self.folder, service, i, self.key_options(service) +
                 ["--config", str(self.folder / "kafka.toml"), "--rpc.listen", peers[i], "--log.kind",
                  "kafka", "--hosts.peers", ",".join(peers), "--hosts.ordinal", str(i),
                  "--hosts.replicas", str(self.replicas), *self.more])
            for i in range(count)]
        for host in self.hosts[service] if self.trust else []:
            self.trust.install(host.folder)
            host.options += self.trust.options(host.folder)
            host.proof = self.trust.proof

    def key_options(self, service):
        """Notification opens no personal values and has no such option."""
        known = service != "notification"
        return ["--seal.master_key_file", str(self.folder / "master.key")] if known else []

    def all(self):
        return [host for hosts in self.hosts.values() for host in hosts]

    def host(self, service, ordinal):
        return self.hosts[service][ordinal]

    def hosts_of(self, service, partition):
        """Those of a partition, the first host first."""
        hosts = self.hosts[service]
        return [hosts[(partition + i) % len(hosts)] for i in range(min(self.replicas, len(hosts)))]

    def address(self):
        """Every host, as lianmengctl takes it."""
        return ",".join(f"{service}={host.rpc}"
                        for service, hosts in self.hosts.items() for host in hosts)

    @property
    def ctl(self):
        return harness.Ctl(self.address(), self.trust.proof if self.trust else None)
