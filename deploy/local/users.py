"""users - the users that Koshin's processes are where root starts it:
koshin-front, koshin-auth, ... (service.users).

Root makes those that are missing; they stay, as those of PostgreSQL and Redis
do. Started as anybody else, Koshin has no users but ours.
"""

import fcntl
import grp
import os
import pwd
import subprocess

from process import ServiceError, as_user

PREFIX = "koshin"
PROCESSES = ("front", "auth", "issuer", "courier", "sealer", "keymaker")
REDIS_GROUP = "koshin-redis"  # of those who talk to Redis
TALK_TO_REDIS = ("front", "auth")


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
        _make_group()


def redis_gid():
    """Of the group that Redis' socket belongs to."""
    return grp.getgrnam(REDIS_GROUP).gr_gid


def _make_group():
    members = {f"{PREFIX}-{process}" for process in TALK_TO_REDIS}
    try:
        if members <= set(grp.getgrnam(REDIS_GROUP).gr_mem):
            return
    except KeyError:
        _run(REDIS_GROUP, "groupadd", "--system", REDIS_GROUP)
    for name in sorted(members):
        _run(REDIS_GROUP, "usermod", "--append", "--groups", REDIS_GROUP, name)


def _make(name):
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        pass
    _run(name, "useradd", "--system", "--user-group", "--no-create-home",
         "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
         "--comment", "Koshin", name)  # fmt: skip


def _run(made, *command):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise ServiceError(f"{made} cannot be made: {done.stderr.strip()}")


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
