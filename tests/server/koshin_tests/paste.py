"""paste - a person at a terminal: bash on a pty, with blocks of commands
pasted into it and its questions answered."""

import os
import re
import select
import signal
import termios
import time

from koshin_tests.patience import PATIENCE_S
from koshin_tests.terminal import heed_signals

# Typed before the first block. A failed part of a pipe counts as well; what
# failed is written down with its line.
BEGIN = """PS1=
set -o pipefail
trap 'echo "line $LINENO, status $?: $BASH_COMMAND" >>"{faults}"' ERR
cd "{folder}"
"""


class Terminal:
    """`answers`: pairs of a pattern and what is typed when it is shown, a
    text or a function of the match. `shell` ends in the words of a bash."""

    def __init__(self, folder, notes, answers=(), shell=("bash",), **variables):
        self.answers = [(re.compile(p, re.M), a) for p, a in answers]
        self.notes = notes
        self.screen = ""
        self.commands = 0
        self._open = ""  # what no answer was given to yet
        environment = {
            "HOME": str(notes), "PATH": os.environ["PATH"], "PS1": "",
            "PS2": "", "TERM": "dumb", "LC_ALL": "C.UTF-8",
            "HISTFILE": "/dev/null", **variables,
        }  # fmt: skip
        argv = [*shell, "--norc", "--noprofile", "--noediting", "-i"]
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            heed_signals()
            try:
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        mode = termios.tcgetattr(self.fd)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, mode)
        said, faults = self.run(
            BEGIN.format(faults=notes / "faults", folder=folder)
        )
        assert not faults and "bash:" not in said.replace(
            "bash: no job control", ""
        ), said

    def run(self, text):
        """(what it showed, what failed), once the whole block has ended."""
        self.commands += 1
        block = self.notes / f"block{self.commands}"
        block.write_text(text)
        faults = self.notes / "faults"
        faults.write_text("")
        self.type(f". {block}; printf '\\n%s %s\\n' block-{self.commands} $?\n")
        said = self._until(f"block-{self.commands} ")
        return said, [
            line for line in faults.read_text().splitlines()
            if f": . {block}" not in line
        ]  # fmt: skip

    def type(self, text):
        os.write(self.fd, text.encode())

    def _until(self, mark):
        begin = len(self.screen)
        give_up = time.monotonic() + PATIENCE_S
        while not re.search(rf"^{mark}\d+$", self.screen[begin:], re.M):
            left = give_up - time.monotonic()
            if left < 0 or not self._read(left):
                raise AssertionError(
                    f"it does not end:\n{self.screen[begin:]}"
                )
            self._answer()
        return self.screen[begin:]

    def _read(self, patience):
        if not select.select([self.fd], [], [], patience)[0]:
            return False
        try:
            new = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # the shell has ended
            return False
        new = new.replace("\r", "")
        self.screen += new
        self._open += new
        return True

    def _answer(self):
        for pattern, answer in self.answers:
            found = pattern.search(self._open)
            if found:
                self._open = ""
                self.type(answer(found) if callable(answer) else answer)
                return

    def close(self):
        """As when the window is closed: all that runs in it ends."""
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        give_up = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > give_up:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.02)
