"""Certificates and signed tokens for the tests: an authority by openssl, as people make one, and keys and
tokens by `lianmengctl token`.
"""

import pathlib
import subprocess

import harness

ISSUER, AUDIENCE = "https://id.test", "lianmeng"
HERE = "IP:127.0.0.1,DNS:localhost"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.certificate = self.folder / f"{name}.crt"
        self.openssl("req", "-x509", *NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.crt",
                     "-subj", f"/CN={name}", "-days", "2")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def issue(self, folder, names=HERE, days=1):
        """A certificate and its key, as tls.crt and tls.key in this folder: one after the other, each
        whole or not at all."""
        (self.folder / "names").write_text(f"subjectAltName={names}\n", "utf-8")
        self.openssl("req", *NEW_KEY, "-keyout", "new.key", "-out", "new.csr", "-subj",
                     "/CN=lianmeng")
        self.openssl("x509", "-req", "-in", "new.csr", "-CA", f"{self.name}.crt", "-CAkey",
                     f"{self.name}.key", "-CAcreateserial", "-days", str(days), "-extfile", "names",
                     "-out", "new.crt")
        for kind in ("key", "crt"):
            put(folder / f"tls.{kind}", (self.folder / f"new.{kind}").read_bytes())


def put(path, content):
    """Its owner's alone, and whole or not at all, for who follows the file."""
    new = path.with_name(path.name + ".new")
    new.touch(0o600)
    new.write_bytes(content)
    new.rename(path)


class Tokens:
    """Keys that sign, in one.key and the like, and their public halves in keys.json."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys = self.folder / "keys.json"
        self.make_key("one.key")

    def make_key(self, name, keys=None):
        self.ctl("key", "--key", self.folder / name, "--keys", keys or self.keys)

    @staticmethod
    def ctl(*arguments):
        return subprocess.run([harness.binary("lianmengctl"), "token", *map(str, arguments)],
                              env=harness.plain_environment(), check=True, capture_output=True).stdout

    def of(self, subject, key="one.key", audience=AUDIENCE):
        """The file of a token; 610524-p3 is a person."""
        if ":" not in subject:
            subject = f"person:{subject}"
        path = self.folder / f"{subject.replace(':', '-')}-{key}-{audience}.jwt"
        if not path.exists():
            path.write_bytes(self.ctl("issue", "--key", self.folder / key, "--sub", subject,
                                      "--issuer", ISSUER, "--audience", audience))
        return path


class Trust:
    """Of the hosts of a deployment: an authority, whose certificates they show each other, and the
    tokens that callers bring."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = Authority(self.folder, "first")
        self.tokens = Tokens(self.folder)

    def install(self, folder):
        """What a host with this folder shows, and whom it believes."""
        self.authority.issue(folder)
        put(folder / "ca.crt", self.authority.certificate.read_bytes())

    def options(self, folder):
        return ["--tls.certificate_file", str(folder / "tls.crt"), "--tls.key_file",
                str(folder / "tls.key"), "--tls.ca_file", str(folder / "ca.crt"),
                "--tokens.keys_file", str(self.tokens.keys), "--tokens.issuer", ISSUER,
                "--tokens.audience", AUDIENCE, "--tokens.operators", "root"]

    @property
    def proof(self):
        return Proof(self.tokens, self.authority.certificate)


class Proof:
    """How a command line proves who it is, in place of `--as`."""

    def __init__(self, tokens, certificate):
        self.tokens, self.certificate = tokens, certificate

    def flags(self, actor):
        shown = ["--token-file", self.tokens.of(actor)] if actor else []
        return ["--ca-file", self.certificate, *shown]
