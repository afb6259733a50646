"""An erased person's values are gone for good: from answers, files, and what old backups bring."""

import shutil
import unittest

import harness

COUNTY = "610524"
OFFICER, COORDINATOR, CADRE = "610524-p1", "610524-p2", "610524-p3"
VALUES = {"name": "郑不二", "phone": "13987651234", "identity-number": "610524198807066789",
          "address": "合阳县某村九组三十七号"}
ERASED = "已删除"
MAGIC, HEAD, KEY_ID, WRAPPED = b"LMKEYS01", 12, 32, 60


def wrapped_keys(path):
    """Key id to wrapped key of each live key, as the key store's README describes the file."""
    bytes_ = path.read_bytes()
    assert bytes_.startswith(MAGIC)
    keys, at = {}, len(MAGIC)
    while at < len(bytes_):
        size = int.from_bytes(bytes_[at:at + 4], "little")
        payload = bytes_[at + HEAD:at + HEAD + size]
        at += HEAD + size
        kind, rest = payload[:1], payload[1:]
        if kind == b"K":
            keys[rest[:KEY_ID]] = rest[KEY_ID:KEY_ID + WRAPPED]
        elif kind == b"E":
            keys.pop(rest[:KEY_ID], None)
        elif kind == b"B":
            while rest:
                keys[rest[:KEY_ID]] = rest[KEY_ID:KEY_ID + WRAPPED]
                rest = rest[KEY_ID + WRAPPED + 1 + rest[KEY_ID + WRAPPED]:]
    return keys


class Privacy(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.server.ctl.load_counties()
        before = wrapped_keys(self.key_file)
        flags = [part for name, value in VALUES.items() for part in (f"--{name}", value)]
        self.person = self.ask("register-person", *flags, "--organisation-id", "o1",
                               actor=COORDINATOR)["person"]["person_id"]
        made = {id_: key for id_, key in wrapped_keys(self.key_file).items() if id_ not in before}
        self.assertEqual(len(made), 1)
        (self.wrapped,) = made.values()

    @property
    def key_file(self):
        return self.server.data / "keys" / "keys"

    def ask(self, command, *flags, actor=OFFICER):
        return self.server.ctl.ask("membership", command, "--county", COUNTY, *flags, actor=actor)

    def refused(self, reason, *arguments, actor=OFFICER):
        with self.assertRaises(harness.Refused) as raised:
            self.ask(*arguments, actor=actor)
        self.assertIn(f"[{reason}]", raised.exception.text)

    def erase(self):
        return self.ask("erase-person", "--person-id", self.person, "--reason", "本人申请")

    def files_with(self, *needles):
        """Where one of these bytes is to be found: data folder, backups of the log, server's log."""
        found = []
        folders = [self.server.data, *self.server.folder.glob("log-backup*")]
        files = [path for folder in folders for path in folder.rglob("*")]
        for path in [self.server.folder / "server.log", *files]:
            bytes_ = path.read_bytes() if path.is_file() else b""
            found += [str(path) for needle in needles if needle in bytes_]
        return found

    def check_no_plain_text(self):
        self.assertEqual(self.files_with(*(value.encode() for value in VALUES.values())), [])

    def check_erased(self):
        person = self.ask("get-person", "--person-id", self.person)["person"]
        for field in ("name", "phone", "identity_number", "address"):
            self.assertEqual(person[field], ERASED, field)
        self.assertTrue(person["erased"])
        listed = self.server.ctl.list("membership", "list-people", "--county", COUNTY,
                                      actor=COORDINATOR)
        self.assertEqual([one["phone"] for one in listed if one["person_id"] == self.person],
                         [ERASED])
        self.refused("PERSON_ERASED", "reveal-contact", "--person-id", self.person, "--reason",
                     "核实")
        self.assertEqual(self.files_with(self.wrapped), [])
        self.check_no_plain_text()

    def local(self, *arguments):
        """A tool on files, which ends well."""
        done = self.server.ctl.run(*arguments, "--data", self.server.data)
        self.assertEqual(done.returncode, 0, done.stderr)

    def restart(self):
        self.server.stop()
        self.server.start()

    def test_reveals_are_kept_with_their_reason(self):
        self.assertEqual(self.ask("get-person", "--person-id", self.person)["person"]["phone"],
                         "139****1234")
        contact = self.ask("reveal-contact", "--person-id", self.person, "--reason", "通知开会",
                           "--fields", "phone,address", actor=COORDINATOR)["contact"]
        self.assertEqual((contact["name"], contact["phone"], contact["address"]),
                         (VALUES["name"], VALUES["phone"], VALUES["address"]))
        self.refused("INVALID_FIELD", "reveal-contact", "--person-id", self.person)
        self.refused("PERMISSION_DENIED", "reveal-contact", "--person-id", self.person, "--reason",
                     "看看", actor=self.person)
        self.restart()
        for flags in ([], ["--person-id", self.person], ["--by-person-id", COORDINATOR]):
            (reveal,) = self.ask("list-reveals", *flags)["reveals"]
            self.assertEqual((reveal["by_person_id"], reveal["person_id"], reveal["reason"]),
                             (COORDINATOR, self.person, "通知开会"))
        self.check_no_plain_text()

    def test_who_handles_a_demand_sees_the_number_of_who_asks_and_it_is_kept(self):
        group = self.ask("create-organisation", "--name", "产业组", "--kind",
                         "functional_group")["organisation"]["organisation_id"]
        head = self.ask("register-person", "--name", "姚组长", "--posts",
                        f"organisation_id={group},title=组长,role=group_head")
        after = ["--read-tokens", head["read_token"]]
        head = head["person"]["person_id"]

        def dispatch(command, *flags, actor):
            return self.server.ctl.ask("dispatch", command, "--county", COUNTY, *flags, *after,
                                       actor=actor)

        demand = dispatch("submit-demand", "--title", "缺技术指导", "--kind", "technique",
                          "--asker-person-id", self.person, actor=COORDINATOR)["demand"]
        which = ["--demand-id", demand["demand_id"]]
        dispatch("route-demand", *which, "--mode", "assigned", "--lead-group-id", group,
                 actor=COORDINATOR)
        shown = dispatch("take-demand", *which, actor=head)
        self.assertNotIn(VALUES["phone"], str(shown))
        contact = dispatch("reveal-contact", *which, "--reason", "约定上门时间", actor=head)["contact"]
        self.assertEqual((contact["name"], contact["phone"]), (VALUES["name"], VALUES["phone"]))
        (reveal,) = dispatch("list-reveals", "--person-id", self.person, actor=OFFICER)["reveals"]
        self.assertEqual((reveal["by_person_id"], reveal["reason"], reveal["demand_id"]),
                         (head, "约定上门时间", demand["demand_id"]))
        after += ["--read-tokens", self.erase()["read_token"]]
        with self.assertRaises(harness.Refused) as raised:
            dispatch("reveal-contact", *which, "--reason", "再次", actor=head)
        self.assertIn("[PERSON_ERASED]", raised.exception.text)
        self.check_no_plain_text()

    def test_erased_is_erased_in_answers_files_and_after_every_restart(self):
        self.assertEqual(self.files_with(self.wrapped), [str(self.key_file)])
        answer = self.erase()
        # The answer comes when the keys are gone.
        self.assertEqual(self.files_with(self.wrapped), [])
        self.assertEqual(answer["person"]["phone"], ERASED)
        self.check_erased()
        self.refused("PERSON_ERASED", "erase-person", "--person-id", self.person, "--reason", "再次")
        self.refused("PERSON_ERASED", "update-person", "--person-id", self.person, "--phone", "139")
        shown = self.server.ctl.run("membership", "get-person", "--county", COUNTY, "--person-id",
                                    self.person, actor=OFFICER, lang="en").stdout
        self.assertIn("erased", shown)
        self.assertNotIn(ERASED, shown)
        self.restart()
        self.check_erased()
        # A fresh fold of the log is the state that was reached step by step, and the log's backup
        # holds as little.
        self.server.stop()
        self.local("state", "verify")
        self.local("log", "backup", "--to", self.server.folder / "log-backup")
        shutil.rmtree(self.server.data / "store")
        self.server.start()
        self.check_erased()

    def test_a_process_that_dies_before_the_keys_are_gone_deletes_them_at_its_start(self):
        keys = self.server.folder / "keys.before"
        shutil.copy(self.key_file, keys)
        self.erase()
        self.server.kill()
        # As if it had died right behind the event: the event is there, the keys are too.
        shutil.copy(keys, self.key_file)
        self.server.start()
        harness.await_that("the keys are deleted again",
                           lambda: not self.files_with(self.wrapped))
        self.check_erased()

    def test_an_older_backup_of_keys_brings_nothing_back(self):
        ctl, data = self.server.ctl, self.server.data
        backup = self.server.folder / "keys.backup"
        self.local("keys", "backup", "--to", backup)  # While it runs.
        self.assertIn(self.wrapped, backup.read_bytes())
        self.erase()
        kept = self.ask("register-person", "--name", "后来人", "--phone", "13511112222",
                        actor=COORDINATOR)["person"]["person_id"]
        done = ctl.run("keys", "restore", "--data", data, "--from", backup)
        self.assertEqual(done.returncode, 1)
        self.assertIn("KEY_STORE_LOCKED", done.stderr)
        self.server.stop()
        for lost in (False, True):  # Into the store as it is; then into one that is lost.
            if lost:
                self.server.stop()
                backup.unlink()
                self.local("keys", "backup", "--to", backup)
                shutil.rmtree(data / "keys")
            self.local("keys", "restore", "--from", backup)
            self.server.start()
            self.check_erased()
            person = self.ask("get-person", "--person-id", kept)["person"]
            self.assertEqual(person["phone"], "135****2222")

    def test_a_lost_key_store_and_an_old_backup_still_open_nothing_that_was_erased(self):
        backup = self.server.folder / "keys.backup"
        self.local("keys", "backup", "--to", backup)
        self.erase()
        self.server.stop()
        shutil.rmtree(self.server.data / "keys")
        self.local("keys", "restore", "--from", backup)
        self.assertEqual(self.files_with(self.wrapped), [str(self.key_file)])
        self.server.start()
        # No answer waits for it; the files lose the key as soon as the log is read.
        person = self.ask("get-person", "--person-id", self.person)["person"]
        self.assertEqual(person["phone"], ERASED)
        harness.await_that("the keys are deleted again",
                           lambda: not self.files_with(self.wrapped))
        self.check_erased()
