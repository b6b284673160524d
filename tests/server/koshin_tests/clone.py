"""clone - a copy of the project of its own, built, for tests of `make run`."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

from ports import free_row

from koshin_tests import banner
from koshin_tests.place import BUILD, MODE, ROOT
from koshin_tests.terminal import Terminal, shell

START = 120  # patience, on a machine that is busy
STOP = 60


class Clone:
    """A clone of the project, built."""

    def __init__(self, folder, user=None):
        """`user`: whose it is, and who does everything in it."""
        self.folder = pathlib.Path(folder)
        self.who = {}
        self.port = free_row()
        files = run("git", "ls-files", "-z", cwd=ROOT).rstrip("\0").split("\0")
        run("cp", "-p", "--parents", *files, folder,
             cwd=ROOT)  # fmt: skip
        built = self.folder / "build" / MODE
        built.parent.mkdir()
        run("cp", "-a", ROOT / BUILD / MODE, built)
        run("git", "init", "-q", cwd=folder)
        run("git", "add", "-A", cwd=folder)
        if user is not None:
            run("chown", "-R", f"{user.pw_uid}:{user.pw_gid}", folder)
            self.who = {
                "user": user.pw_uid,
                "group": user.pw_gid,
                "extra_groups": [],
            }

    def command(self, *words, port=None, target="run"):
        return [
            "make", "-s", target, f"MODE={MODE}",
            f"PORT_BASE={port or self.port}", *words,
        ]  # fmt: skip

    @contextlib.contextmanager
    def at_terminal(self, port=None):
        """`make run` at a terminal: (the terminal, what its banner says)."""
        with Terminal(
            self.command(port=port), cwd=self.folder, **self.who
        ) as t:
            yield t, banner.read(t, START)

    def running_in(self, name):
        """Waits until the file, which gets what `make run` says, says that
        Koshin is running; its path."""
        log = self.folder / name
        give_up = time.monotonic() + START
        while not (log.exists() and "is running:" in log.read_text()):
            assert time.monotonic() < give_up, (
                log.read_text() if log.exists() else f"no {name}"
            )
            time.sleep(0.1)
        assert answers(self.port)
        return log

    def make(self, target="run", port=None, **options):
        """To its end, without a terminal."""
        return subprocess.run(
            self.command(target=target, port=port),
            cwd=self.folder, stdin=subprocess.DEVNULL, timeout=START,
            capture_output=True, text=True, **self.who, **options,
        )  # fmt: skip

    def certificate(self, told):
        """What the three printed commands, pasted, show in the end."""
        with shell(self.folder, **self.who) as t:
            for command in told.commands:
                said = t.do(command)
            return said

    def processes(self):
        """Their command lines: all that name this folder, or run in it."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes()
                if os.fsencode(self.folder) in line + os.fsencode(
                    os.readlink(entry / "cwd")
                ):
                    found[int(entry.name)] = line.replace(b"\0", b" ").decode()
        return found

    def sockets(self):
        return [
            path
            for path in self.folder.rglob("*")
            if stat.S_ISSOCK(path.lstat().st_mode)
        ]

    def nothing_left(self, within=STOP):
        """No process and no socket; what a killed one started gets time."""
        give_up = time.monotonic() + within
        while self.processes() and time.monotonic() < give_up:
            time.sleep(0.05)
        assert self.processes() == {}
        assert not any(answers(self.port + n) for n in range(4))

    def kill_all(self):
        """What a failed test has left must not fail the others."""
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def runner(self):
        """The pid of deploy/local/run: who holds the lock says so."""
        text = (self.folder / "var" / "run.lock").read_text()
        return int(re.search(r"pid ([0-9]+)", text).group(1))


def run(*argv, **options):
    return subprocess.run(
        argv, check=True, stdout=subprocess.PIPE, text=True, timeout=START,
        **options,
    ).stdout  # fmt: skip


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def made_clone(user=None):
    folder = tempfile.mkdtemp(prefix="koshin-run-", dir="/tmp")
    # PostgreSQL's user passes through.
    os.chmod(folder, 0o755)
    made = Clone(folder, user)
    try:
        yield made
    finally:
        made.kill_all()
        shutil.rmtree(folder)
