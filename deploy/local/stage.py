"""stage - where the demo plays: steps are told, commands are seen to work."""

import os
import subprocess

import maildir
from instance import InstanceError


class Stage:
    """Tells a step, shows its command, runs it, shows what it said."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.shell = {**os.environ, "LC_ALL": "C.UTF-8"}

    def tell(self, text):
        self.count += 1
        print(f"\n--- {self.count}. {text}\n", flush=True)

    def set(self, **variables):
        self.shell.update(variables)

    def do(self, command, expect=None):
        """`expect` must be in the output; the command's status must be 0."""
        print("    $ " + command.replace("\n", "\n      "), flush=True)
        done = subprocess.run(
            ["bash", "-ec", "set -o pipefail\n" + command],
            cwd=self.folder, env=self.shell, timeout=60, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        for line in done.stdout.rstrip().splitlines():
            print("    " + line)
        print(flush=True)
        if done.returncode != 0:
            raise InstanceError(f"that ended with {done.returncode}")
        if expect is not None and expect not in done.stdout:
            raise InstanceError(f"that did not say: {expect}")
        return done.stdout

    def mail(self, s, to, seen):
        """Shows the first mail to this address since `seen`."""
        mail = maildir.wait_for_mail(s.maildir, to=to, after=seen)
        print(f"    Subject: {mail['Subject']}\n")
        for line in maildir.text_of(mail).rstrip().splitlines():
            print("    | " + line)
        print(flush=True)
        return mail
