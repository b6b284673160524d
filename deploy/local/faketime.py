"""faketime - programs that believe in another time than we do (libfaketime).

    process.ENVIRONMENT.update(faketime.shifted("+340d"))

Each such program keeps a semaphore and a piece of memory under the name of its
pid. One that was killed leaves them behind, and whoever gets that pid next
finds them: the command `faketime` does not begin then, and the library takes
what is there, in whatever state it was left. So they are removed before the
next program begins, as far as they are ours.
"""

import contextlib
import glob
import os
import pwd
import re

import process
import users

SHARED = "/dev/shm"
NAME = re.compile(r"(?:sem\.faketime_sem|faketime_shm)_([0-9]+)")


def shifted(by, say=lambda line: None):
    """The environment for it: `+31m`, `-6d`. `say` hears of what others have
    left, which only they, or root, may remove."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise process.ServiceError(
            "there is no libfaketime: run `make deps`, or "
            "apt-get install faketime"
        )
    for path in clear():
        say(
            f"{path} is left over from a program that has ended: remove it, "
            "or one that gets its pid cannot begin"
        )
    return {"LD_PRELOAD": found[0], "FAKETIME": by}


def clear(folder=SHARED):
    """Removes what our programs that are gone have left; what others left is
    returned."""
    foreign = []
    ours = _our_users()
    for name in sorted(os.listdir(folder)):
        pid = NAME.fullmatch(name)
        if pid is None or os.path.exists(f"/proc/{pid[1]}"):
            continue
        path = os.path.join(folder, name)
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_uid in ours:
                os.unlink(path)
            else:
                foreign.append(path)
    return foreign


def _our_users():
    """Who our programs run as."""
    found = {os.geteuid()}
    if users.apart():
        names = [f"{users.PREFIX}-{one}" for one in users.PROCESSES]
        for name in [*names, "postgres", "redis"]:
            with contextlib.suppress(KeyError):
                found.add(pwd.getpwnam(name).pw_uid)
    return found
