"""Load by `lianmeng-load` beside a test: commands without an end, until it is stopped."""

import json
import signal
import subprocess

import harness


class Load:
    """SubmitDemand and CommentDemand in turns, in 48 counties, one for each partition."""

    def __init__(self, server):
        self.server = server
        self.file = server.folder / "counties.json"
        self.process = None

    def run(self, *arguments):
        done = subprocess.run([harness.binary("lianmeng-load"), *arguments],
                              env=harness.plain_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise AssertionError(f"lianmeng-load {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def set_up(self, counties=48):
        self.run("setup", "--address", self.server.rpc, "--counties", str(self.file), "--count",
                 str(counties))
        self.counties = json.loads(self.file.read_text("utf-8"))
        return self

    def commands(self, count, *arguments):
        """So many commands, each answered; what failed, by its code."""
        done = subprocess.run(
            [harness.binary("lianmeng-load"), "run", "--address", self.server.rpc, "--counties",
             str(self.file), "--warm-up-ms", "0", "--commands", str(count),
             *(arguments or ["--mode", "unary", "--in-flight", "32"])], env=harness.plain_environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        return json.loads(done.stdout)["failures"]

    def start(self):
        """Goes on until stop()."""
        self.process = subprocess.Popen(
            [harness.binary("lianmeng-load"), "run", "--mode", "unary", "--address",
             self.server.rpc, "--counties", str(self.file), "--in-flight", "32", "--duration-ms",
             "600000"], env=harness.plain_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def running(self):
        return self.process.poll() is None

    def stop(self):
        if self.process and self.running():
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
