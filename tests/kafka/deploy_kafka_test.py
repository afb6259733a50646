"""./deploy/kafka/up and down as a person and a program use them; the last line is
`N passed, N failed`."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import brokers  # noqa: E402


def listens(address):
    host, port = address.rsplit(":", 1)
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


class DeployKafka(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-kafka-"))
        self.data = self.folder / "data"
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.run_program, "down", "--kill")

    def run_program(self, program, *flags, environment=None):
        return subprocess.run(
            [str(brokers.ROOT / "deploy" / "kafka" / program), "--data", str(self.data), *flags],
            cwd=self.folder, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300)

    def succeed(self, program, *flags):
        done = self.run_program(program, *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, *flags, environment=None):
        """The one sentence that it says."""
        done = self.run_program("up", *flags, environment=environment)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        last = done.stderr.strip().splitlines()[-1]
        self.assertTrue(last.startswith("deploy/kafka/up: "), done.stderr)
        return last

    def known(self):
        lines = (self.data / "kafka.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def test_one_broker_starts_stops_and_comes_back_where_it_was(self):
        self.assertEqual(self.run_program("up", "--status").returncode, 3)
        self.succeed("up", "--version", "3.9.1", "--port", "0")
        known = self.known()
        self.assertEqual(known["KAFKA_VERSION"], "3.9.1")
        self.assertTrue(listens(known["KAFKA_BOOTSTRAP"]))
        self.succeed("up", "--status")

        self.succeed("down")
        self.assertEqual(self.run_program("up", "--status").returncode, 3)
        self.assertFalse(listens(known["KAFKA_BOOTSTRAP"]))

        self.succeed("up")
        self.assertEqual(self.known(), known)
        self.assertTrue(listens(known["KAFKA_BOOTSTRAP"]))

        self.assertIn("--version 3.9.1", self.refused("--version", "4.1.0"))
        self.assertIn("--brokers 1", self.refused("--brokers", "3"))
        self.assertIn("without --secure", self.refused("--secure"))
        self.assertIn("settings stay", self.refused("--set", "a.b=1"))
        self.assertIn("no broker 2", self.refused("--only", "2"))

        (self.data / "mine").write_text("a stranger's")
        done = self.run_program("down", "--delete")
        self.assertIn("which is not Kafka's", done.stderr)
        (self.data / "mine").unlink()
        self.succeed("down", "--delete")
        self.assertFalse(self.data.exists())

    def test_one_of_three_that_was_killed_is_started_again_alone(self):
        self.succeed("up", "--version", "4.1.0", "--brokers", "3", "--port", "0", "--secure")
        known = self.known()
        addresses = known["KAFKA_BOOTSTRAP"].split(",")
        self.assertEqual([listens(each) for each in addresses], [True] * 3)
        pids = [int((self.data / f"broker-{n}" / "pid").read_text()) for n in (1, 2, 3)]
        password = pathlib.Path(known["KAFKA_PASSWORD_FILE"])
        self.assertEqual(password.stat().st_mode & 0o777, 0o600)
        for pid in pids:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            self.assertNotIn(password.read_text(), command)

        os.kill(pids[1], signal.SIGKILL)
        while listens(addresses[1]):
            pass
        self.assertIn("Broker 2 does not run", self.run_program("up", "--status").stdout)
        self.succeed("up", "--only", "2")
        self.succeed("up", "--status")
        again = [int((self.data / f"broker-{n}" / "pid").read_text()) for n in (1, 2, 3)]
        self.assertEqual((again[0], again[2]), (pids[0], pids[2]))

    def test_a_taken_port_is_told_before_and_after_the_folder_is_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            if port > 65400:
                self.skipTest("the system gave a port at the end of the range")
            self.assertIn(f"port {port} is taken", self.refused("--port", str(port)))
            self.assertFalse(self.data.exists() and any(
                each.name != ".lock" for each in self.data.iterdir()))
        self.succeed("up", "--port", "0")
        self.succeed("down")
        port = int(self.known()["KAFKA_BOOTSTRAP"].split(":")[1])
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            taken.listen()
            self.assertIn(f"port {port} or", self.refused())

    def test_what_is_missing_is_told(self):
        tools = self.folder / "bin"
        tools.mkdir()
        for tool in ("bash sed grep head cut sha256sum flock dirname readlink realpath awk df tail "
                     "tr find cat dpkg-query sort comm id mkdir rm mktemp").split():
            (tools / tool).symlink_to(shutil.which(tool))
        bare = {"PATH": str(tools), "LIANMENG_KAFKA_CACHE": str(self.folder / "cache")}
        self.assertIn("there is no Java; install it: apt-get install", self.refused(environment=bare))
        (tools / "java").symlink_to(shutil.which("java"))
        self.assertIn("there is no Maven; install it: apt-get install", self.refused(environment=bare))

        unreachable = {
            "MAVEN_OPTS": f"-Dmaven.repo.local={self.folder}/repository "
                          "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1",
            "LIANMENG_KAFKA_CACHE": str(self.folder / "cache")}
        self.assertIn("could not fetch Kafka", self.refused(environment=unreachable))
        self.assertEqual([each.name for each in (self.folder / "cache").iterdir()], [".lock"])

    def test_flags_that_cannot_be_are_refused(self):
        for flags, said in {
            ("--version", "2.8"): "3.9.1 or 4.1.0, not 2.8",
            ("--brokers", "2"): "1 or 3, not 2",
            ("--port", "70000"): "not 70000",
            ("--heap", "lots"): "not lots",
            ("--set", "no value"): "not no value",
            ("--versoin", "4.1.0"): "unknown flag --versoin",
            ("--only", "1"): "no Kafka",
            ("--data",): "--data needs a value",
        }.items():
            self.assertIn(said, self.refused(*flags))


def main():
    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(DeployKafka))
    failed = len(outcome.failures) + len(outcome.errors)
    passed = outcome.testsRun - failed - len(outcome.skipped)
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if passed and not failed else 1)


if __name__ == "__main__":
    main()
