"""A real server and the load generator beside it, as processes."""

import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import ports  # noqa: E402

BATCH, BATCHES_IN_FLIGHT = 100, 4


def give_up(text):
    sys.exit(f"tests/bench/run: {text}")


class Server:
    """`lianmeng`, or one host of a service, on free ports with a data folder of its own."""

    def __init__(self, binary, data, flags=()):
        self.binary, self.data, self.flags = binary, data, list(flags)
        self.process = None
        self.rpc, self.ops = ports.free_ports(2)

    @property
    def address(self):
        return f"127.0.0.1:{self.rpc}"

    @property
    def addresses(self):
        """As lianmeng-load takes them."""
        return ["--address", self.address]

    @property
    def pids(self):
        return [self.process.pid]

    def spawn(self, *before):
        """`before` is what it is started by, as taskset."""
        output = open(self.data.parent / "server.log", "ab")
        self.process = subprocess.Popen(
            [*before, self.binary, f"--data.path={self.data}",
             f"--rpc.listen=127.0.0.1:{self.rpc}", f"--ops.listen=127.0.0.1:{self.ops}",
             *self.flags],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        output.close()

    def start(self, *before):
        """Starts it; the seconds until it is ready."""
        began = time.monotonic()
        self.spawn(*before)
        self.await_ready()
        return time.monotonic() - began

    def await_ready(self):
        began = time.monotonic()
        while not self.ready():
            if self.process.poll() is not None:
                log = (self.data.parent / "server.log").read_text("utf-8").splitlines()
                give_up("lianmeng ended by itself; its last words:\n" + "\n".join(log[-3:]))
            if time.monotonic() - began > 600:
                give_up("lianmeng is not ready after ten minutes.")
            time.sleep(0.005)

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def memory_mib(self):
        """Resident now, and the most it ever was."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
        return tuple(int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))

    def cache_mib(self):
        """The cache of the store, as it is configured."""
        printed = subprocess.run([self.binary, "--print-config"], capture_output=True, text=True,
                                 check=True).stdout
        return next(int(line.split("=")[1]) for line in printed.splitlines()
                    if line.strip().startswith("cache_mib"))

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


class Load:
    """The load generator, against one server."""

    def __init__(self, binary, server, counties):
        self.binary, self.server, self.counties = binary, server, counties
        self.places = counties.with_name("places.json")

    def call(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            give_up(f"lianmeng-load {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def cpu_of(self):
        return [word for pid in self.server.pids for word in ("--server-pid", pid)]

    def setup(self):
        self.call("setup", *self.server.addresses, "--counties", self.counties)

    def survey(self):
        return self.call("survey", *self.server.addresses, "--counties", self.counties,
                         "--places", self.places)

    def run(self, mode, in_flight, seconds, warm_up=0.5, **more):
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
        return self.call(
            "run", *self.server.addresses, "--counties", self.counties, "--mode", mode,
            "--in-flight", in_flight, "--duration-ms", int(seconds * 1000), "--warm-up-ms",
            int(warm_up * 1000), *self.cpu_of(), *flags)

    def batches(self, seconds):
        return self.run("batch", BATCHES_IN_FLIGHT, seconds, batch=BATCH)

    def read(self, mode, in_flight, seconds):
        return self.run(mode, in_flight, seconds, places=self.places)

    def fill(self, commands):
        return self.call(
            "run", *self.server.addresses, "--counties", self.counties, "--mode", "batch",
            "--in-flight", BATCHES_IN_FLIGHT, "--batch", BATCH, "--commands", commands,
            *self.cpu_of())

    def commands(self, count):
        """One by one, 64 in flight."""
        return self.call("run", *self.server.addresses, "--counties", self.counties,
                         "--mode", "unary", "--in-flight", 64, "--commands", count)

    def sync(self, folder, seconds):
        return self.call("fdatasync", "--folder", folder, "--duration-ms", int(seconds * 1000))

    def info(self):
        return self.call("info", *self.server.addresses)

    def await_quiet(self):
        """Until the services that follow have nothing left to do."""
        before, since = None, time.monotonic()
        while True:
            now = self.info()["all_events"]
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > 2:
                return now
            time.sleep(0.2)


def size_mib(folder):
    files = (f for f in folder.rglob("*") if f.is_file())
    return sum(f.stat().st_blocks * 512 for f in files) / 1024 / 1024
