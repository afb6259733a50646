"""What is wrong is said in one clear sentence, with an exit code that tells what to do next."""

import socket
import subprocess
import threading
import unittest

import harness


class WrongArguments(unittest.TestCase):
    def check(self, code, words, *arguments, lang="zh", lines=1):
        done = harness.Ctl("127.0.0.1:1").run(*arguments, lang=lang)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.strip().splitlines()), lines, done.stderr)
        self.assertIn(words, done.stderr)

    def test_command_line(self):
        county = ["--county", "610524"]
        for words, arguments in {
                "list-todos": ["dispatch", "list-todo"],
                "dispatch": ["dispach", "list-demands"],
                "--demand-id": ["dispatch", "get-demand", *county, "--demand-idd", "x"],
                "technique": ["dispatch", "list-demands", *county, "--kinds", "wrong"],
                "--page-size": ["dispatch", "list-demands", *county, "--page-size", "many"],
                "2023-04-24": ["dispatch", "submit-demand", *county, "--effective-time", "昨天"],
                "/nonexistent": ["import", "/nonexistent"],
                "--county": ["watch"],
        }.items():
            with self.subTest(arguments):
                self.check(2, words, *arguments)

    def test_in_english_too(self):
        self.check(2, "did you mean", "dispatch", "list-todo", lang="en")

    def test_server_that_is_not_there(self):
        self.check(3, "UNAVAILABLE", "dispatch", "list-demands", "--county", "610524", lines=2)

    def test_file_with_a_mistake_is_not_sent(self):
        server = harness.Server()
        self.addCleanup(server.close)
        file = server.folder / "wrong.ndjson"
        file.write_text('{"command":"dispatch.SubmitDemand","actor":"person:610524-p7",'
                        '"external_id":"a","county":"610524","request":{"titel":"x"}}\n', "utf-8")
        self.check(2, "titel", "import", str(file), lines=2)


class FarServer(unittest.TestCase):
    """On a long way, or a busy machine, a connection takes its time; with TLS several round trips."""

    DELAY_S = 0.4

    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.link = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.link.close)
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                near, _ = self.link.accept()
            except OSError:
                return  # The test is over.
            host, port = self.server.rpc.split(":")
            far = socket.create_connection((host, int(port)))
            for one, other in ((near, far), (far, near)):
                threading.Timer(self.DELAY_S, self.pass_on, (one, other)).start()

    @staticmethod
    def pass_on(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass  # One of the two has gone.
        finally:
            for each in (one, other):
                each.close()

    def test_it_is_waited_for(self):
        far = harness.Ctl("127.0.0.1:%d" % self.link.getsockname()[1])
        done = far.run("status")
        self.assertEqual(done.returncode, 0, done.stderr)


class WrongStart(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)

    def start(self, *arguments):
        done = subprocess.run([harness.binary("lianmeng"), *arguments], capture_output=True,
                              env=harness.plain_environment(), text=True, cwd=self.server.folder,
                              timeout=harness.PATIENCE_S)
        # Beside log lines: a sentence, or the same in both languages.
        sentences = [line for line in done.stderr.splitlines() if not line.startswith("{")]
        self.assertIn(len(sentences), (1, 2), done.stderr)
        return done.returncode, sentences[-1]

    def test_wrong_option(self):
        code, text = self.start("--rpc.lisen", "127.0.0.1:0")
        self.assertEqual(code, 2)
        self.assertIn("rpc.listen", text)

    def test_taken_port_and_taken_folder(self):
        self.server.start()
        fresh = str(self.server.folder / "other")
        code, text = self.start("--data.path", fresh, "--ops.listen", "127.0.0.1:0",
                                "--rpc.listen", self.server.rpc)
        self.assertEqual(code, 1)
        self.assertIn(self.server.rpc, text)
        code, text = self.start("--data.path", str(self.server.data), "--ops.listen",
                                "127.0.0.1:0", "--rpc.listen", "127.0.0.1:0")
        self.assertEqual(code, 1)
        self.assertIn(str(self.server.data), text)

    def test_address_that_others_could_reach(self):
        code, text = self.start("--data.path", "d", "--rpc.listen", "0.0.0.0:0", "--ops.listen",
                                "127.0.0.1:0")
        self.assertEqual(code, 1)
        self.assertIn("rpc.listen", text)
