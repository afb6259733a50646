"""`./deploy/up` as a user types it, in this checkout, on a data folder and ports of its own. It finds
the build of this test run, so it is skipped for another build folder (sanitizers)."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from figures import STORIES


class DeployUp(unittest.TestCase):
    def setUp(self):
        if harness.build_folder() != (harness.ROOT / "build").resolve():
            self.skipTest("./deploy/up runs what is in build/")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lianmeng-up-"))
        self.data = self.folder / "data"
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.up, "--stop")

    def up(self, *flags):
        environment = harness.plain_environment() | {
            "LIANMENG_RPC_LISTEN": "127.0.0.1:0", "LIANMENG_OPS_LISTEN": "127.0.0.1:0"}
        return subprocess.run(
            [str(harness.ROOT / "deploy" / "up"), "--data", str(self.data), *flags],
            cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=300)

    def succeed(self, *flags):
        done = self.up(*flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def ctl(self, told):
        address = next(line.split()[1] for line in told.splitlines() if line.startswith("  gRPC "))
        return harness.Ctl(address)

    def check_figures(self, ctl):
        for story in STORIES:
            demand = ctl.ask("dispatch", "get-demand", "--county", story["county"], "--demand-id",
                             story["number"], actor=f"{story['county']}-p2")["demand"]
            self.assertEqual(demand["result"]["figures"], story["figures"])

    def test_one_command_brings_up_the_demonstration(self):
        self.assertEqual(self.up("--status").returncode, 3)
        told = self.succeed()
        self.assertIn("dispatch list-demands --county 610524", told)
        ctl = self.ctl(told)
        self.check_figures(ctl)
        # What it tells to try works as it stands: nobody is named, 合阳's coordinator acts.
        rows = ctl.list("dispatch", "list-demands", "--county", "610524")
        self.assertIn("合阳-230306-001", {row["number"] for row in rows})

        again = self.succeed()
        self.assertIn("runs already", again)
        self.assertNotIn("Loading", again)
        self.assertEqual(self.up("--status").returncode, 0)
        self.succeed("--stop")
        self.assertEqual(self.up("--status").returncode, 3)

        self.check_figures(self.ctl(self.succeed()))  # The data survived the stop.
        self.succeed("--reset", "--stop")
        self.assertFalse((self.data / "log").exists())
