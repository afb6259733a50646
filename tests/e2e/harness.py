"""Servers and command lines for the end-to-end tests: real processes on free loopback ports."""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

from reflected import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy" / "demo"
COUNTIES = {"610524": "heyang", "610525": "chengcheng", "610502": "linwei"}
PATIENCE_S = 60.0  # A loaded machine; nothing here needs so long.

_build = ROOT / "build"


def use_build(folder):
    global _build
    _build = folder


def run_tests():
    """The cases of the program that calls this, or those that its arguments name, on what --build
    says; its last line is `N passed, N failed`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("names", nargs="*", help="Class or Class.test")
    options = parser.parse_args()
    use_build(options.build.resolve())
    program = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    cases = (loader.loadTestsFromNames(options.names, program) if options.names
             else loader.loadTestsFromModule(program))
    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(cases)
    failed = len(outcome.failures) + len(outcome.errors)
    passed = outcome.testsRun - failed - len(outcome.skipped)
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if passed and not failed else 1)


def build_folder():
    return _build


def binary(name):
    return str(_build / "bin" / name)


def plain_environment():
    """No option of whoever runs the tests reaches the processes under test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LIANMENG_")}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def await_that(what, look):
    """Looks again until `look` gives something true, which is returned."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_S:.0f} s: {what}")
        time.sleep(0.02)  # Between looks.


def uuid7():
    """As a client makes a request id."""
    return str(uuid.UUID(f"{int(time.time() * 1000):012x}7{uuid.uuid4().hex[13:]}"))


class Refused(Exception):
    """A call of the command line that did not end well."""

    def __init__(self, done):
        super().__init__(f"exit {done.returncode}: {done.stderr}")
        self.code = done.returncode
        self.text = done.stderr


class Ctl:
    """`lianmengctl` at one address, with a proof of who acts where the server asks for one."""

    def __init__(self, address, proof=None):
        self.address = address
        self.proof = proof

    def flags(self, actor):
        if self.proof:
            return self.proof.flags(actor)
        return ["--as", actor] if actor else []

    def run(self, *arguments, actor=None, lang="zh"):
        command = [binary("lianmengctl"), "--address", self.address, "--lang", lang,
                   *self.flags(actor), *arguments]
        return subprocess.run([str(each) for each in command], env=plain_environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE_S, cwd=ROOT)

    def ask(self, *arguments, actor=None):
        """The answer as JSON; what is refused raises."""
        done = self.run(*arguments, "-o", "json", actor=actor)
        if done.returncode != 0:
            raise Refused(done)
        return json.loads(done.stdout)

    def list(self, *arguments, actor=None):
        """All rows of a list."""
        answer = self.ask(*arguments, "--all", actor=actor)
        if isinstance(answer, list):
            return answer
        return next(value for value in answer.values() if isinstance(value, list))

    def watch(self, county, actor):
        return Watch([binary("lianmengctl"), "--address", self.address, "--lang", "zh",
                      *map(str, self.flags(actor)), "watch", "--county", county])

    def load_counties(self):
        for name in COUNTIES.values():
            self.ask("county", "create", "--file", DEMO / f"{name}.toml")

    def load_stories(self):
        done = self.run("import", DEMO / "weinan.ndjson", "-o", "json")
        if done.returncode != 0:
            raise Refused(done)
        return json.loads(done.stdout)

    def load_demonstration(self):
        self.load_counties()
        return self.load_stories()


class Watch:
    """A `watch` that runs until it is stopped; its lines as they came."""

    def __init__(self, command):
        self.output = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = subprocess.Popen(command, env=plain_environment(), stdin=subprocess.DEVNULL,
                                        stdout=self.output, stderr=subprocess.STDOUT)

    def lines(self):
        self.output.seek(0)
        return self.output.read().splitlines()

    def stop(self):
        """Ends it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()


class Server:
    """`lianmeng`, or another program that serves, on a data folder of its own and free ports."""

    def __init__(self, folder=None, program="lianmeng"):
        self.own = folder is None
        self.program = program
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="lianmeng-e2e-"))
        self.process = None
        self.rpc = self.ops = None
        self.proof = None

    @property
    def data(self):
        return self.folder / "data"

    def start(self, *arguments):
        self.spawn(*arguments)
        self.await_ready()
        return self

    def await_ready(self):
        await_that(f"{self.program} is ready", lambda: self.http("/readyz")[0] == 200)

    def spawn(self, *arguments):
        """Until it listens, ready or not."""
        log = self.folder / "server.log"
        with open(log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [binary(self.program), "--data.path", str(self.data), "--rpc.listen", "127.0.0.1:0",
                 "--ops.listen", "127.0.0.1:0", *arguments],
                env=plain_environment(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT)

        def started():
            text = log.read_text(encoding="utf-8")
            if self.process.poll() is not None:
                raise AssertionError(f"{self.program} ended at its start: {text}")
            ports = [re.search(rf'"{kind}_port":(\d+)', text) for kind in ("rpc", "ops")]
            return all(ports) and [f"127.0.0.1:{port[1]}" for port in ports]

        self.rpc, self.ops = await_that(f"{self.program} tells its ports", started)
        return self

    def http(self, path):
        connection = http.client.HTTPConnection(self.ops, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    @property
    def ctl(self):
        return Ctl(self.rpc, self.proof)

    def stop(self):
        """A clean end; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)


def snapshot(address):
    """All that the three counties hold as their coordinators and people see it, each query's place
    in the log included, so that even one more event would show."""
    client = Client(address)
    seen = {}

    def keep(county, person, service, method, **fields):
        answer = client.call(f"lianmeng.{service}.v1.{service.capitalize()}Service", method,
                             {"county": county} | fields, f"person:{person}")
        seen[f"{county} {person} {method} {fields}"] = drop_what_passes(answer)
        return answer

    for county in COUNTIES:
        one = f"{county}-p2"
        # Notices have been posted once notification has followed what dispatch tells.
        demands = keep(county, one, "dispatch", "ListDemands", page_size=1000)
        followed = [demands["read_token"]]
        for demand in demands["demands"]:
            keep(county, one, "dispatch", "GetDemandHistory", page_size=1000,
                 demand_id=demand["demand_id"])
        keep(county, one, "dispatch", "ListTodos")
        for method in ("GetCounty", "ListOrganisations", "ListPosts", "ListMemberships"):
            keep(county, one, "membership", method)
        for person in keep(county, one, "membership", "ListPeople")["people"]:
            # An inbox is closed with the erasure of whose it is.
            if person.get("erased"):
                continue
            keep(county, person["person_id"], "notification", "ListNotices", page_size=1000,
                 read_tokens=followed)
            if person["posts"]:
                keep(county, person["person_id"], "dispatch", "CountDemands")
    client.close()
    return seen


def drop_what_passes(value):
    """Leaves out what is left of a limit, which is another at each look."""
    if isinstance(value, dict):
        return {k: drop_what_passes(v) for k, v in value.items()
                if k not in ("remaining_minutes", "text_zh")}
    if isinstance(value, list):
        return [drop_what_passes(v) for v in value]
    return value
