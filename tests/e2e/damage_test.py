"""Disks that fill up and files that are damaged under the real process: what is said, what goes on,
what comes back by itself."""

import json
import os
import shutil
import subprocess
import unittest

import harness
from load import Load
from metrics import Families

SMALL = ["--log.segment_mib", "1", "--runtime.flush_events", "100"]


class Damage(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)

    def metric(self, name, **labels):
        return Families(self.server.http("/metrics")[1]).sum(name, **labels)

    def lines(self, level):
        """What the process said at that level."""
        text = (self.server.folder / "server.log").read_text("utf-8")
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line["message"] for line in found if line["level"] == level]

    def tool(self, *arguments):
        return self.server.ctl.run(*arguments, "--data", self.server.data, "-o", "json", lang="en")

    def check_sound(self):
        """The log is whole and the store is what it folds to, once all is written."""
        drained = self.server.ctl.run("drain", lang="en")
        self.assertEqual(drained.returncode, 0, drained.stderr)
        verdict = self.tool("state", "verify")
        self.assertEqual(verdict.returncode, 0, verdict.stderr)
        told = json.loads(verdict.stdout)
        self.assertEqual((told["differing_rows"], told["not_stored_yet"]), (0, 0))


@unittest.skipUnless(os.geteuid() == 0, "only root may mount a small disk")
class FullDisk(Damage):
    def disk(self, name, mib):
        """A file system of its own for a part of the data folder."""
        folder = self.server.data / name
        folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        # Before that, so that nothing holds it.
        self.addCleanup(self.server.close)
        return folder

    def full_store(self):
        """The folder of a store whose disk is full, and the load that filled it."""
        folder = self.disk("store", 16)
        self.server.start(*SMALL)
        load = Load(self.server).set_up()
        harness.await_that(
            "the store fills up", lambda: load.commands(1000) is not None and self.metric(
                "lianmeng_store_commits_failed_total") > 0)
        return folder, load

    def enlarge(self, folder, mib):
        subprocess.run(["mount", "-o", f"remount,size={mib}m", folder], check=True)

    def test_of_the_log_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(self):
        folder = self.disk("log", 4)
        self.server.start(*SMALL)
        load = Load(self.server).set_up()
        failures = {}
        while not failures:
            failures = load.commands(500)
        self.assertEqual(list(failures), ["NOT_WRITTEN"], failures)
        harness.await_that("the full disk is told",
                           lambda: self.metric("lianmeng_log_disk_full") == 1)
        # What is there is read, and the process is ready for when there is room.
        county = load.counties[0]
        read = self.server.ctl.run("dispatch", "list-demands", "--county", county["id"],
                                   actor=county["coordinator"])
        self.assertEqual(read.returncode, 0, read.stderr)
        told = [line for line in self.lines("error") if "the disk is full" in line]
        self.assertEqual(len(told), 1, told)
        self.assertIn("make room, and it goes on by itself", told[0])
        self.enlarge(folder, 64)
        harness.await_that("commands go through", lambda: load.commands(96) == {})
        harness.await_that("room is told", lambda: self.metric("lianmeng_log_disk_full") == 0)
        self.assertEqual(self.lines("info").count(f"{folder}: there is room again"), 1)
        self.check_sound()

    def test_of_the_store_holds_up_nothing_until_memory_is_full_and_mends_itself(self):
        folder, load = self.full_store()
        self.assertTrue(any("the disk is full" in line and "nothing is lost" in line
                            for line in self.lines("warn")), self.lines("warn"))
        # The log has it all, so commands go on, until what waits takes the memory that it may.
        failures = {}
        while not failures:
            failures = load.commands(1000)
        self.assertEqual(list(failures), ["STORE_FULL"], failures)
        county = load.counties[0]
        read = self.server.ctl.run("dispatch", "list-demands", "--county", county["id"],
                                   actor=county["coordinator"])
        self.assertEqual(read.returncode, 0, read.stderr)
        self.enlarge(folder, 256)
        harness.await_that("commands go through", lambda: load.commands(96) == {})
        self.check_sound()
        self.assertEqual(self.server.stop(), 0)
        self.server.start(*SMALL)
        self.check_sound()

    def test_a_full_disk_at_the_stop_costs_nothing_but_reading_again(self):
        folder, load = self.full_store()
        self.server.kill()
        self.enlarge(folder, 256)
        self.server.start(*SMALL)
        self.check_sound()

    def test_backup_onto_a_full_disk_leaves_nothing_behind(self):
        self.server.start(*SMALL)
        load = Load(self.server).set_up()
        self.assertEqual(load.commands(3_000), {})
        folder = self.disk("small", 1)
        target = folder / "backup"
        done = self.tool("log", "backup", "--to", target)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("DISK_FULL", done.stderr)
        self.assertRegex(done.stderr, r"1 MiB are needed and \d+ MiB are free")
        self.assertEqual(list(folder.iterdir()), [])


class DamagedLog(Damage):
    def setUp(self):
        super().setUp()
        self.server.start(*SMALL)
        self.load = Load(self.server).set_up()
        while len(self.segments()) < 4:
            self.assertEqual(self.load.commands(500), {})
        self.backup = self.server.folder / "backup"
        self.assertEqual(self.tool("log", "backup", "--to", self.backup).returncode, 0)

    def segments(self):
        return sorted((self.server.data / "log").glob("segment-*.log"))

    def flip(self, file, at):
        with open(file, "r+b") as stream:
            stream.seek(at)
            byte = stream.read(1)[0]
            stream.seek(at)
            stream.write(bytes([byte ^ 0x10]))

    def start_damaged(self):
        """Starts and waits until each partition serves or has said why it does not."""
        self.server.spawn(*SMALL)
        harness.await_that("every partition serves or is stopped", lambda: self.metric(
            "lianmeng_runtime_partitions", state="serving") + self.metric(
                "lianmeng_runtime_partitions", state="failed") == 3 * 48)

    def restore(self):
        """The runbook: stop, verify, put the damaged files aside, restore, start."""
        self.server.stop()
        os.rename(self.server.data / "log", self.server.folder / "log.damaged")
        shutil.rmtree(self.server.data / "store")
        done = self.tool("log", "restore", "--from", self.backup)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.start(*SMALL)
        self.check_sound()

    def check_verify(self, *words):
        done = self.tool("log", "verify")
        self.assertEqual(done.returncode, 4, done.stderr)
        for each in words:
            self.assertIn(each, done.stderr)
        self.assertIn("[LOG_DAMAGED]", done.stderr)

    def check_one_county_is_told(self):
        """One of the 48 cannot read its demands, and is told so in its language, without paths."""
        def read(county, lang):
            return self.server.ctl.run("dispatch", "list-demands", "--county", county["id"],
                                       actor=county["coordinator"], lang=lang)

        refused = [county for county in self.load.counties if read(county, "zh").returncode]
        self.assertEqual(len(refused), 1, refused)
        for lang, words in (("zh", r"本县的数据日志损坏，dispatch/\d+ 已停止服务。请联系运维恢复。"),
                            ("en", r"dispatch/\d+ has stopped: its log is damaged\. Call the operator")):
            said = read(refused[0], lang).stderr
            self.assertRegex(said, words)
            self.assertIn("LOG_DAMAGED", said)
            self.assertNotIn(str(self.server.data), said)

    def test_a_flipped_bit_stops_its_partition_alone_and_a_restore_brings_it_back(self):
        self.server.stop()
        shutil.rmtree(self.server.data / "store")  # So that all is read.
        segment = self.segments()[1]
        # In a record of dispatch, by the source that it names.
        self.flip(segment, segment.read_bytes().index(b"/lianmeng/dispatch/",
                                                      segment.stat().st_size // 2))
        self.check_verify(str(segment))
        self.start_damaged()
        self.assertEqual(
            self.metric("lianmeng_runtime_partitions", service="dispatch", state="failed"), 1)
        failed = self.metric("lianmeng_runtime_partitions", state="failed")
        self.assertEqual(self.metric("lianmeng_log_damaged_partitions"), 1)
        # Its own service, and those that follow it in that partition.
        self.assertLessEqual(failed, 3)
        self.assertGreaterEqual(failed, 1)
        code, reasons = self.server.http("/readyz")
        self.assertEqual(code, 503)
        self.assertIn(f"a record is damaged: {segment} at byte ", reasons)
        self.assertIn("Restore the log from a backup", reasons)
        # Its county is refused, and those of the other partitions go on.
        failures = self.load.commands(480)
        self.assertEqual(failures.keys(), {"LOG_DAMAGED"})
        self.assertLess(failures["LOG_DAMAGED"], 240)
        self.check_one_county_is_told()
        self.restore()

    def test_a_missing_segment_is_named_and_a_restore_brings_it_back(self):
        self.server.stop()
        shutil.rmtree(self.server.data / "store")
        segment = self.segments()[1]
        segment.unlink()
        self.check_verify(f"{segment} is missing")
        self.start_damaged()
        self.assertIn(str(segment), self.server.http("/readyz")[1])
        self.restore()

    def test_a_cut_segment_is_named_and_a_restore_brings_it_back(self):
        self.server.stop()
        shutil.rmtree(self.server.data / "store")
        segment = self.segments()[0]
        os.truncate(segment, segment.stat().st_size // 2)
        self.check_verify(str(segment))
        self.start_damaged()
        self.assertTrue(any("it was cut or is missing" in line for line in self.lines("error")))
        self.restore()

    def test_a_torn_write_is_cut_and_nothing_that_was_answered_is_lost(self):
        accepted = self.metric("lianmeng_log_records_total")
        self.server.kill()
        segment = self.segments()[-1]
        told = json.loads(self.tool("log", "verify").stdout)
        at = told["bytes"] - sum(file.stat().st_size for file in self.segments()[:-1])
        with open(segment, "r+b") as stream:
            stream.seek(at)
            stream.write(b"LMJ1" + os.urandom(300))
        self.assertEqual(self.tool("log", "verify").returncode, 0)
        self.server.start(*SMALL)
        self.assertTrue(any("the last write was torn" in line for line in self.lines("warn")))
        self.check_sound()
        self.assertGreaterEqual(json.loads(self.tool("log", "verify").stdout)["valid_records"],
                                accepted)

    def test_a_damaged_store_is_told_and_folded_anew_when_it_is_deleted(self):
        self.server.stop()
        store = self.server.data / "store"
        for table in store.glob("*.sst"):
            self.flip(table, 100)
        sentence = "It is a cache of the log: delete this folder, and it is rebuilt"
        verified = self.tool("state", "verify")
        self.assertEqual(verified.returncode, 4, verified.stderr)
        self.assertIn(sentence, verified.stderr)
        with self.assertRaisesRegex(AssertionError, sentence):
            self.server.spawn(*SMALL)
        self.assertEqual(self.server.process.returncode, 1)
        shutil.rmtree(store)
        self.server.start(*SMALL)
        self.check_sound()
