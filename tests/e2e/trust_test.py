"""Certificates and signed tokens: a server and a command line that prove who they are."""

import json
import os
import signal
import subprocess
import unittest

import harness
from trusted import AUDIENCE, ISSUER, Authority, Tokens, put


class Trust(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)
        self.folder = self.server.folder
        self.authority = Authority(self.folder, "first")
        self.authority.issue(self.folder)
        self.tokens = Tokens(self.folder)
        self.config = self.folder / "lianmeng.toml"
        self.configure(level="info")
        self.server.start("--config", str(self.config))

    def configure(self, level, extra=""):
        self.config.write_text(f"""
[log]
level = "{level}"
{extra}
[tls]
certificate_file = "{self.folder}/tls.crt"
key_file = "{self.folder}/tls.key"

[tokens]
keys_file = "{self.folder}/keys.json"
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
operators = ["root"]
""", "utf-8")

    def ctl(self, *arguments, lang="en", ca=None, **variables):
        return subprocess.run(
            [harness.binary("lianmengctl"), "--address", self.server.rpc, "--lang", lang, "--ca-file",
             str(ca or self.authority.certificate), *map(str, arguments)],
            env=harness.plain_environment() | variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=harness.PATIENCE_S, cwd=harness.ROOT)

    def list(self, key="one.key", **more):
        return self.ctl("membership", "list-organisations", "--county", "610524", "--token-file",
                        self.tokens.of("610524-p2", key), **more)

    def log_has(self, text):
        harness.await_that(f"the log has {text}",
                           lambda: text in (self.folder / "server.log").read_text("utf-8"))

    def test_the_token_says_who_acts(self):
        county = ("county", "create", "--file", harness.DEMO / "heyang.toml", "--token-file")
        refused = self.ctl(*county, self.tokens.of("operator:mallory"))
        self.assertEqual(refused.returncode, 1)
        self.assertIn("[TOKEN_OPERATOR]", refused.stderr)
        made = self.ctl(*county, self.tokens.of("operator:root"))
        self.assertEqual(made.returncode, 0, made.stderr)
        listed = self.list()
        self.assertEqual(listed.returncode, 0, listed.stderr)
        # Whoever says to be somebody else is told so.
        forged = self.ctl("membership", "list-organisations", "--county", "610524", "--token-file",
                          self.tokens.of("610524-p3"), "--as", "610524-p2")
        self.assertEqual(forged.returncode, 1)
        self.assertIn("[ACTOR_NOT_OF_TOKEN]", forged.stderr)

    def test_without_a_token_a_call_is_told_what_it_lacks(self):
        done = self.ctl("membership", "list-organisations", "--county", "610524", "--as",
                        "610524-p2", lang="zh")
        self.assertEqual(done.returncode, 1)
        self.assertIn("调用未携带令牌", done.stderr)
        self.assertIn("[TOKEN_MISSING]", done.stderr)
        self.assertEqual(self.ctl("drain", "--as", "operator:root").returncode, 1)
        self.assertEqual(self.server.http("/readyz")[0], 200)

    def test_keys_are_rotated_while_it_runs(self):
        self.tokens.make_key("two.key")
        harness.await_that("the second key is known",
                           lambda: "TOKEN_" not in self.list("two.key").stderr)
        self.assertNotIn("TOKEN_", self.list("one.key").stderr)
        both = json.loads(self.tokens.keys.read_text("utf-8"))
        put(self.tokens.keys, json.dumps({"keys": both["keys"][1:]}).encode())
        harness.await_that("the first key is forgotten",
                           lambda: "[TOKEN_KEY_UNKNOWN]" in self.list("one.key").stderr)
        self.assertNotIn("TOKEN_", self.list("two.key").stderr)

    def test_the_certificate_is_renewed_while_it_runs(self):
        second = Authority(self.folder, "second")
        token = ("status", "--token-file", self.tokens.of("610524-p2"))
        self.assertEqual(self.ctl(*token).returncode, 0)
        self.assertEqual(self.ctl(*token, ca=second.certificate).returncode, 3)
        second.issue(self.folder)
        harness.await_that("the new certificate is shown",
                           lambda: self.ctl(*token, ca=second.certificate).returncode == 0)
        self.log_has("is in force, until")

    def test_sighup_changes_the_log_level_and_tells_what_waits(self):
        self.configure(level="debug", extra="segment_mib = 8")
        os.kill(self.server.process.pid, signal.SIGHUP)
        self.log_has('"from":"info","to":"debug"')
        self.log_has('"options":"log.segment_mib"')
        self.assertEqual(self.server.http("/readyz")[0], 200)

    def test_in_the_clear_it_is_not_understood(self):
        done = self.server.ctl.run("status")
        self.assertEqual(done.returncode, 3)

    def test_beyond_loopback_it_does_not_listen_without_proof(self):
        bare = harness.Server()
        self.addCleanup(bare.close)
        with self.assertRaisesRegex(AssertionError, "calls would not prove who makes them"):
            bare.spawn("--rpc.listen", "192.0.2.1:0")
