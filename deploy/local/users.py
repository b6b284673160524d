"""users - the users that Koshin's processes are where root starts it:
koshin-front, koshin-auth, ... (service.users).

Root makes those that are missing; they stay, as those of PostgreSQL and Redis
do. Started as anybody else, Koshin has no users but ours.
"""

import fcntl
import os
import pwd
import subprocess

from process import ServiceError, as_user

PREFIX = "koshin"
PROCESSES = ("front", "auth", "issuer", "courier", "sealer")


def apart():
    """Is each process a user of its own?"""
    return os.geteuid() == 0


def of(process):
    """The user that this process is."""
    return pwd.getpwnam(f"{PREFIX}-{process}")


def as_process(process):
    """Arguments for subprocess that run a command as the user it is."""
    return as_user(of(process)) if apart() else {}


def make():
    """Those that are missing. Two starts wait for each other."""
    if not apart():
        return
    with open("/etc/passwd") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for process in PROCESSES:
            _make(f"{PREFIX}-{process}")


def _make(name):
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        pass
    done = subprocess.run(
        ["useradd", "--system", "--user-group", "--no-create-home",
         "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
         "--comment", "Koshin", name],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise ServiceError(
            f"the user {name} cannot be made: {done.stderr.strip()}"
        )


def enter(folder):
    """Do all of them get there?"""
    return all(
        subprocess.run(
            ["/usr/bin/test", "-x", folder], cwd="/", **as_user(of(process))
        ).returncode == 0
        for process in PROCESSES
    )  # fmt: skip


def open_way(folder):
    """Let them pass through `folder`, which is ours, and those above it that
    only we may enter."""
    while folder != "/":
        seen = os.stat(folder)
        if seen.st_uid == os.geteuid() and not seen.st_mode & 0o001:
            os.chmod(folder, (seen.st_mode & 0o7777) | 0o011)
        folder = os.path.dirname(folder)
