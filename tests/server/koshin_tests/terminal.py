"""terminal - a program on a terminal, and the person before it.

    with Terminal(["make", "run"], cwd=folder) as t:
        t.wait_for("Koshin is running", 60)
        t.type("\\x03")                         Ctrl-C
        assert t.wait(30) == 0

    with shell(folder) as t:
        said = t.do("make help")                typed; what it said
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

CTRL_C = "\x03"
STEP_S = 0.05
PROMPT = r"<([0-9]+)> $"


class Terminal:
    def __init__(self, argv, environment=None, **options):
        """`options` as for subprocess.Popen."""
        self.text = ""
        self.seen = 0  # how far wait_for() has come
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=_own_terminal,
            env={**_environment(), **(environment or {})}, **options,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.master is not None:
            self.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)

    def type(self, text):
        os.write(self.master, text.encode())

    def hang_up(self):
        """The window is closed: SIGHUP to who is in it."""
        os.close(self.master)
        self.master = None

    def wait_for(self, pattern, timeout):
        """The match of `pattern` in what was said since the last one."""
        give_up = time.monotonic() + timeout
        while True:
            self._read()
            found = re.compile(pattern, re.M).search(self.text, self.seen)
            if found:
                self.seen = found.end()
                return found
            ended = self.process.poll() is not None and not self._read()
            assert not ended, f"ended without {pattern!r}:\n{self.text}"
            assert time.monotonic() < give_up, (
                f"no {pattern!r} in {timeout} s:\n{self.text}"
            )

    def wait(self, timeout):
        """The exit status."""
        give_up = time.monotonic() + timeout
        while self.process.poll() is None:
            self._read()
            assert time.monotonic() < give_up, (
                f"not ended after {timeout} s:\n{self.text}"
            )
        while self._read():
            pass
        return self.process.returncode

    def do(self, command, timeout=60, status=0):
        """In a shell(): paste the command; what it said, with its echo."""
        begin = self.seen
        self.type(command + "\n")
        found = self.wait_for(PROMPT, timeout)
        said = self.text[begin : found.start()]
        assert status is None or int(found.group(1)) == status, said
        return said

    def _read(self):
        """What has come, or comes in a moment; False if nothing."""
        if self.master is None:
            time.sleep(STEP_S)
            return False
        if not select.select([self.master], [], [], STEP_S)[0]:
            return False
        try:
            got = os.read(self.master, 65536)
        except OSError:  # nobody holds the other side any more
            time.sleep(STEP_S)
            return False
        self.text += got.decode(errors="replace").replace("\r\n", "\n")
        return True


def shell(folder, argv=(), **options):
    """bash on a terminal, in the folder; `argv` is what to start it with."""
    bash = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    t = Terminal([*argv, *bash], {"PS1": "<$?> "}, cwd=folder, **options)
    t.wait_for(PROMPT, 20)
    return t


def heed_signals():
    """As a login shell leaves them to what it starts; a test that runs in the
    background of a script has SIGINT ignored, and would hand that on."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _own_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    heed_signals()


def _environment():
    """Without what the `make` above us tells the makes below it."""
    ours = ("MAKE", "MFLAGS", "BUILD", "MODE", "JOBS", "PYTEST")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)}
