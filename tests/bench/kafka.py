"""Lianmeng on Kafka, beside Lianmeng on the embedded log: the same commands, the same generator, one
broker on the same cores.
"""

import shutil
import sys

import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import brokers  # noqa: E402
from parts import Rounds, progress  # noqa: E402
from server import Load, Server  # noqa: E402

SERVICES = ["membership", "dispatch", "notification"]
TAKEOVERS = 8  # Of each round; each of 24 counties.


def topics(ctl, bootstrap):
    """Made anew, so that every deployment begins with an empty log."""
    import subprocess
    done = subprocess.run([ctl, "topics", "apply", "--kafka", bootstrap, "--development"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tests/bench/run: {done.stderr}")


class Hosts:
    """Every service as `replicas` hosts of its own, on a broker of its own."""

    def __init__(self, binaries, folder, bootstrap, replicas, pods=None):
        self.folder = folder
        folder.mkdir(parents=True)
        pods = pods or replicas
        self.hosts = {}
        for service in SERVICES:
            each = []
            for ordinal in range(pods):
                place = folder / f"{service}-{ordinal}"
                place.mkdir()
                each.append(Server(binaries / f"lianmeng-{service}", place / "data"))
            for ordinal, host in enumerate(each):
                host.flags = ["--log.kind=kafka", f"--kafka.bootstrap={bootstrap}",
                              "--kafka.development=true", f"--hosts.ordinal={ordinal}",
                              f"--hosts.replicas={replicas}"]
                if pods > 1:
                    host.flags.append("--hosts.peers=" + ",".join(h.address for h in each))
                if service != "notification":
                    host.flags.append(f"--seal.master_key_file={folder / 'master.key'}")
            self.hosts[service] = each

    def all(self):
        return [host for each in self.hosts.values() for host in each]

    @property
    def addresses(self):
        """The first host of each service."""
        return [word for service in SERVICES
                for word in (f"--{service}", self.hosts[service][0].address)]

    @property
    def pids(self):
        return [host.process.pid for host in self.all()]

    def start(self):
        for host in self.all():
            host.spawn()
        for host in self.all():
            host.await_ready()

    def stop(self):
        for host in self.all():
            if host.running:
                host.stop()

    def kill(self):
        for host in self.all():
            if host.running:
                host.kill()


def kafka(binaries, folder, stack, rounds, seconds, records):
    """All of the part; `stack` ends what it starts."""
    def cluster(*settings):
        return stack.enter_context(brokers.Cluster(brokers.VERSIONS[-1], settings=list(settings)))

    def deploy(name, replicas, pods=None):
        broker = cluster()
        topics(binaries / "lianmengctl", broker.bootstrap)
        hosts = Hosts(binaries, folder / name, broker.bootstrap, replicas, pods)
        stack.callback(hosts.kill)
        return broker, hosts, Load(binaries / "lianmeng-load", hosts, folder / f"{name}.json")

    def embedded(name):
        (folder / name).mkdir()
        server = Server(binaries / "lianmeng", folder / name / "data")
        stack.callback(lambda: server.running and server.kill())
        return server, Load(binaries / "lianmeng-load", server, folder / f"{name}.json")

    figures = rates(embedded, deploy, rounds, seconds)
    figures["fold"] = folds(embedded, deploy, binaries, rounds, records)
    figures["memory"] = memory(deploy)
    return figures


def rates(embedded, deploy, rounds, seconds):
    progress("starts a broker for one host a service and one for two")
    server, load = embedded("embedded")
    server.start()
    load.setup()
    broker, one, load_of_one = deploy("one", 1)
    one.start()
    load_of_one.setup()
    _, two, load_of_two = deploy("two", 2)
    two.start()
    load_of_two.setup()
    for each in (load, load_of_one, load_of_two):
        each.run("unary", 64, 1, 0)
    kept = Rounds()
    for turn in range(rounds):
        progress(f"commands on Kafka, round {turn + 1} of {rounds}")
        kept.keep("ping 1", load_of_one.run("ping", 1, seconds))
        kept.keep("produce", load_of_one.call("produce", "--bootstrap", broker.bootstrap,
                                              "--duration-ms", int(seconds * 1000)))
        kept.keep("unary 1", load_of_one.run("unary", 1, seconds))
        for name, each in (("embedded", load), ("one", load_of_one), ("two", load_of_two)):
            kept.keep(f"{name} unary 64", each.run("unary", 64, seconds))
            kept.keep(f"{name} batch", each.batches(seconds))
    figures = {"calls": kept.as_json(), "takeovers_ms": []}
    server.stop()
    one.stop()
    for turn in range(rounds * TAKEOVERS):
        progress(f"kill -9 of the acting host, {turn + 1} of {rounds * TAKEOVERS}")
        acting, standby = two.hosts["dispatch"]
        result = load_of_two.call(
            "takeover", "--address", standby.address, "--counties", load_of_two.counties,
            "--kill", acting.process.pid, "--pods", 2, "--ordinal", 0)
        figures["takeovers_ms"] += result["took_ms"]
        acting.process.wait()
        acting.start()
    two.stop()
    return figures


def folds(embedded, deploy, binaries, rounds, records):
    """The same process, pinned to one core, folds a log of as many commands anew: once its own, once
    Kafka's. The broker has the other core."""
    pin = ["taskset", "--cpu-list", "0"]
    out = {}
    for name in ("embedded", "kafka"):
        progress(f"fold from the log, {name}")
        server, load = embedded(f"fold-{name}")
        if name == "kafka":
            broker = deploy("fold-broker", 1)[0]
            server.flags = ["--log.kind=kafka", f"--kafka.bootstrap={broker.bootstrap}",
                            "--kafka.development=true"]
        server.start()
        load.setup()
        load.fill(records)
        events = load.await_quiet()
        server.stop()
        times = []
        for _ in range(rounds):
            shutil.rmtree(server.data / "store")
            times.append(server.start(*pin))
            server.kill()
        out[name] = {"events": events, "seconds": sorted(times)[len(times) // 2], "all": times}
    return out


def memory(deploy):
    """Resident when idle, with half of the partitions and with all: what one more costs."""
    progress("memory of a partition")
    out = {}
    for name, replicas in (("half", 1), ("all", 2)):
        _, hosts, _ = deploy(f"memory-{name}", replicas, pods=2)
        hosts.start()
        out[name] = {service: hosts.hosts[service][0].memory_mib()[0] for service in SERVICES}
        hosts.stop()
    out["partition_mib"] = {service: (out["all"][service] - out["half"][service]) / 24
                            for service in SERVICES}
    return out
