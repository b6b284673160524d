"""taken - a process of the service that somebody has taken over: it has the
user, the sockets and the database role of the process, and says what it likes
(tests/lib/forge_main.c, forge_keymaker_main.c).

    with taken.Front(server) as front:
        front.password(account, "Wrong-1234")["end"]
    with taken.Keymaker(server) as keymaker:
        keymaker.hear()
"""

import itertools
import os
import signal
import socket
import subprocess

import yaml

from koshin_tests.clients import requests
from koshin_tests.patience import PATIENCE_S, line_of, until
from koshin_tests.place import built


class Auth:
    """enum auth_end"""

    DONE, REFUSED, NOT_ENTITLED, THROTTLED, BUSY, FULL, DOWN, GONE = range(8)


class Issuer:
    """enum issuer_end"""

    DONE, REFUSED, KEY, CODE, GRANT, PENDING, DOWN = range(7)


class Maker:
    """enum keymaker_end"""

    DONE, UNSEALED, BUSY, DOWN = range(4)


class Verdict:
    """enum decide_verdict"""

    (ALLOWED, ACCOUNT, TEMPORARY, PROFILE, NO_CERTIFICATE, FOREIGN, REVOKED,
     EXPIRED, WINDOW, REPLACED, OTHER_PROFILE) = range(11)  # fmt: skip


# struct grant: what the parts of one are.
CODE_ID, END, MAC = slice(0, 16), slice(16, 24), slice(24, 56)
# The same of struct voucher.
VOUCHER_END, VOUCHER_MAC = slice(0, 8), slice(8, 40)


def changed(data, part):
    """With one bit of it changed."""
    out = bytearray(data)
    out[part.start] ^= 1
    return bytes(out)


class Wish:
    """What somebody wants a certificate for: a key of its own."""

    def __init__(self):
        self.key = requests.new_key()
        self.csr = requests.request(self.key)
        self.spki = requests.public(self.key)

    @property
    def words(self):
        return requests.sha256(self.csr), self.spki


def ids_of(pid):
    """User and group of a process."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return [lines[name].split()[1] for name in ("Uid", "Gid")]


def run_folder(server):
    """Where the sockets of an instance are."""
    with open(server.instance.config) as file:
        run = yaml.safe_load(file)["service"]["run"]
    return os.path.join(os.path.dirname(server.instance.config), run)


def grant_key(server):
    """As auth has it: in memory that the parent has made."""
    folder = f"/proc/{server.instance.pids()['auth']}/fd"
    for fd in os.listdir(folder):
        if "memfd:key" in os.readlink(f"{folder}/{fd}"):
            with open(f"{folder}/{fd}") as file:
                return bytes.fromhex(file.read())
    raise AssertionError("auth has no key of grants")


HEX = ("grant", "serial", "receipt", "der", "voucher", "sealed", "file",
       "name", "passphrase")  # fmt: skip


class Forger:
    """One of the two programs, as the user of a process."""

    program = "forge_main"

    def __init__(self, pid, *words, **options):
        self.process = subprocess.Popen(
            [built(f"tests/{self.program}"), *ids_of(pid), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def say(self, *words):
        """{key: value} of the answer; {"closed": 1} is none."""
        spelled = [
            word.hex() if isinstance(word, bytes) else str(word)
            for word in words
        ]
        self.process.stdin.write(" ".join(w or "-" for w in spelled) + "\n")
        self.process.stdin.flush()
        told = line_of(self.process.stdout, self.program)
        assert told, words
        pairs = [pair.split("=") for pair in told.split()]
        return {
            key: bytes.fromhex(value)
            if key in HEX else int(value)
            for key, value in pairs
        }  # fmt: skip


class Front(Forger):
    def __init__(self, server):
        self.server = server
        self._handles = itertools.count(1)
        super().__init__(server.instance.pids()["front"])
        self.connect()

    def connect(self):
        """Anew, to all; what version each of them speaks."""
        sockets = {
            end: os.path.join(run_folder(self.server), f"{end}.sock")
            for end in ("auth", "issuer", "keymaker")
        }
        self.version = {
            end: self.say(end, path)["version"]
            for end, path in sockets.items() if os.path.exists(path)
        }  # fmt: skip

    # ---------------------------------------------------------------- auth

    def password(self, account, secret, kind="plain", handle=None):
        """The answer, with the handle of the attempt."""
        handle = handle or next(self._handles)
        user = account if isinstance(account, str) else account.user
        said = self.say("password", handle, user, secret, kind)
        return {**said, "handle": handle}

    def mail(self, account, secret, profile="person", handle=None):
        """As password(); a code is wanted, if it is right and alone."""
        handle = handle or next(self._handles)
        said = self.say("mail", handle, account.user, secret, profile)
        return {**said, "handle": handle}

    def voucher(self, account, voucher, profile="person"):
        """As password(), by what stands in its place."""
        handle = next(self._handles)
        said = self.say("voucher", handle, account.user, profile, voucher)
        return {**said, "handle": handle}

    def code(self, handle, code, wish, profile="person"):
        return self.say("code", handle, profile, code, *wish.words)

    def granted(self, account, code, wish):
        """A right password, a right code: the answer with the grant."""
        passed = self.password(account, account.password + code, "code")
        assert passed["end"] == Auth.DONE and passed["with_code"], passed
        said = self.code(passed["handle"], code, wish)
        return {**said, "handle": passed["handle"]}

    def succeed(self, handle, serial, receipt):
        return self.say("succeed", handle, serial, receipt)

    def make(self, session):
        """A password for somebody else; `session` is a token's digest."""
        return self.say("make", next(self._handles), session)

    def settle(self, session):
        return self.say("settle", next(self._handles), session)

    # -------------------------------------------------------------- issuer

    def certificate(self, account, wish, grant, profile="person"):
        return self.say(
            "certificate", account.row("id"), profile, *wish.words, grant
        )

    def replace(self, account, wish, grant, profile="person"):
        return self.say(
            "replace", account.row("id"), profile, *wish.words, grant
        )

    def installed(self, serial, fingerprint):
        return self.say("installed", serial, fingerprint)["end"]

    def renew(self, account, wish, serial, profile="device"):
        return self.say(
            "renew", account.row("id"), profile, *wish.words, serial
        )

    # ------------------------------------------------------------ keymaker

    def new_key(self, seal, user):
        return self.say("new-key", seal, user)

    def key_file(self, seal, sealed, passphrase, certificate):
        return self.say("key-file", seal, sealed, passphrase, certificate)


class Keymaker(Forger):
    """In the place of the service's own until it ends: the fronts ask it."""

    program = "forge_keymaker_main"

    def __init__(self, server):
        self.path = os.path.join(run_folder(server), "keymaker.sock")
        self.own = self.path + ".own"
        pid = server.instance.pids()["keymaker"]
        with self._listener() as at:
            super().__init__(pid, str(at.fileno()), pass_fds=[at.fileno()])
        # The fronts come to where the path leads.
        os.kill(pid, signal.SIGKILL)
        until(lambda: server.instance.pids().get("keymaker", pid) != pid)

    def _listener(self):
        whose = os.stat(self.path)
        os.rename(self.path, self.own)
        at = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        at.bind(self.path)
        os.chown(self.path, whose.st_uid, whose.st_gid)
        os.chmod(self.path, whose.st_mode)
        at.listen()
        return at

    def __exit__(self, *error):
        os.rename(self.own, self.path)
        super().__exit__(*error)

    def hear(self):
        """Whose key, or file, a front wants."""
        said = self.say("hear")
        return {
            key: value.decode() if isinstance(value, bytes) else value
            for key, value in said.items()
        }

    def unseals(self, sealed):
        """By what it has heard."""
        return self.say("unseal", sealed)["opened"] == 1

    def key(self, request, key, end=Maker.DONE):
        return self.say("key", end, request, key)

    def file(self, content, end=Maker.DONE):
        return self.say("file", end, content)

    def message(self, version, kind, size, byte):
        return self.say("message", version, kind, size, byte)
