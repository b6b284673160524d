"""checkout - a copy of this project as a newcomer has it: built, and with
`make run` in another terminal."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import faketime
import maildir
import process
import services as local
from instance import Instance

from koshin_tests.pages import ROOT
from koshin_tests.patience import PATIENCE_S
from koshin_tests.terminal import heed_signals

NOT_COPIED = shutil.ignore_patterns("build*", "var", ".git", "__pycache__")


def _has_code(mail):
    try:
        return maildir.code_of(mail)
    except ValueError:
        return False


class Checkout:
    """`program`: what was built, and stands at build/release/koshin here."""

    def __init__(self, program, port):
        self.folder = tempfile.mkdtemp(prefix="koshin-pages-", dir="/tmp")
        os.chmod(self.folder, 0o711)
        self.port = port
        shutil.copytree(
            ROOT, self.folder, ignore=NOT_COPIED, dirs_exist_ok=True
        )
        os.makedirs(self.path("build"))
        os.makedirs(self.path(".git", "hooks"))
        os.symlink(program.parent, self.path("build", "release"))
        self.maildir = self.path("var", "mail")
        self._run = self._ahead = None

    def path(self, *words):
        return os.path.join(self.folder, *words)

    def has(self, name):
        return os.path.exists(self.path(name))

    # ---------------------------------------------------------------- Koshin

    def make_run(self):
        """As `make run` does it, once all is built. Returns the passwords
        that it prints."""
        log = self.path("run.log")
        with open(log, "wb") as out:
            self._run = subprocess.Popen(
                ["deploy/local/run", "--koshin", "build/release/koshin",
                 "--port", str(self.port)],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"},
                preexec_fn=heed_signals,
            )  # fmt: skip
        give_up = time.monotonic() + PATIENCE_S
        while True:
            with open(log, encoding="utf-8", errors="replace") as file:
                said = file.read()
            if re.search(r"^\S+[+-]\d\d:\d\d \w+ \w+ ready", said, re.M):
                return dict(re.findall(r"(\w+\d) +password +(\S+)", said))
            assert self._run.poll() is None and time.monotonic() < give_up, (
                said
            )
            time.sleep(0.05)

    def end_run(self):
        self._run.send_signal(signal.SIGINT)
        assert self._run.wait(PATIENCE_S) == 0
        self._run = None

    def start_ahead(self, days):
        """The same Koshin over the same data, some days later."""
        later = faketime.shifted(f"+{days}d")
        s = local.Services(self.path("var")).start()
        s.stop_postgres()
        process.ENVIRONMENT.update(later)
        try:
            s.start_postgres()
        finally:
            for name in later:
                del process.ENVIRONMENT[name]
        self._ahead = Instance(
            self.path("build", "release", "koshin"), s,
            self.path("var", "koshin"), self.port,
        )  # fmt: skip
        self._ahead.start(environment=later)

    # ------------------------------------------------------------------ mail

    def mail(self, user):
        """The first to this user: that they are registered."""
        return maildir.wait_for_mail(
            self.maildir, PATIENCE_S, to=f"{user}@example.jp"
        )

    def code(self, after, **wanted):
        """The one in the first mail since `after` that has one."""
        return maildir.code_of(
            maildir.wait_for_mail(
                self.maildir, PATIENCE_S, after=after, where=_has_code,
                **wanted,
            )
        )

    def mark(self):
        return maildir.mark(self.maildir)

    def forget(self):
        try:
            if self._run:
                self.end_run()
            if self._ahead:
                self._ahead.stop()
        finally:
            local.Services(self.path("var")).forget()
            shutil.rmtree(self.folder)
