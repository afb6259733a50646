"""Kafka clusters for tests, by ./deploy/kafka/up: each with a folder and ports of its own.

    with brokers.Cluster("4.1.0") as cluster:
        cluster.bootstrap, cluster.environment()
        cluster.kill(1)       # SIGKILL; stop() and go_on() are SIGSTOP and SIGCONT
        cluster.start(1)      # and it is back, with what it had acknowledged
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSIONS = ["3.9.1", "4.1.0"]

# A cleaner that does not wait, for the tests of erased keys.
QUICK_CLEANER = ["log.cleaner.backoff.ms=200", "log.retention.check.interval.ms=1000"]


class Failed(Exception):
    """What ./deploy/kafka/up said."""


def call(program, *arguments, timeout_s=300):
    done = subprocess.run([str(ROOT / "deploy" / "kafka" / program), *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout_s)
    if done.returncode != 0:
        raise Failed(done.stderr.strip() or done.stdout.strip())
    return done.stdout


class Cluster:
    def __init__(self, version, count=1, secure=False, settings=QUICK_CLEANER):
        self.version = version
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-kafka-"))
        self.flags = ["--version", version, "--brokers", count, "--port", 0]
        self.flags += ["--secure"] if secure else []
        for each in settings:
            self.flags += ["--set", each]
        self.known = {}

    def __enter__(self):
        try:
            call("up", "--data", self.folder, *self.flags)
        except BaseException:
            self.__exit__()
            raise
        for line in (self.folder / "kafka.env").read_text().splitlines():
            if not line.startswith("#"):
                name, _, value = line.partition("=")
                self.known[name] = value
        return self

    def __exit__(self, *_):
        # Nobody needs what it has, so nobody waits until it has closed its files.
        try:
            call("down", "--data", self.folder, "--kill")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def bootstrap(self):
        return self.known["KAFKA_BOOTSTRAP"]

    def environment(self):
        """How test programs are told."""
        return self.known | {"LIANMENG_KAFKA_BOOTSTRAP": self.bootstrap,
                             "KAFKA_DATA": str(self.folder)}

    def tool(self, program, *arguments):
        """A program of Kafka's own, as kafka.admin.ConfigCommand."""
        command = pathlib.Path(f"/proc/{self.pid(1)}/cmdline").read_text().split("\0")
        jars = command[command.index("-cp") + 1]
        subprocess.run(["java", "-cp", jars, program, "--bootstrap-server", self.bootstrap,
                        *map(str, arguments)], stdin=subprocess.DEVNULL, check=True,
                       capture_output=True, timeout=120)

    def pid(self, number):
        return int((self.folder / f"broker-{number}" / "pid").read_text())

    def kill(self, number):
        os.kill(self.pid(number), signal.SIGKILL)

    def stop(self, number):
        os.kill(self.pid(number), signal.SIGSTOP)

    def go_on(self, number):
        os.kill(self.pid(number), signal.SIGCONT)

    def start(self, number):
        call("up", "--data", self.folder, "--only", number)
