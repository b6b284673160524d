"""claim - one `make run` per folder.

Who runs in a folder holds the lock on its file `run.lock` for as long as he
lives; the file says who that is. The kernel lets go of the lock when he dies,
however he dies, so nothing here guesses from pids.
"""

import contextlib
import fcntl
import os
import pwd

FILE = "run.lock"


class Taken(Exception):
    """Somebody else runs there, or it is somebody else's folder."""


def take(folder):
    """The claim on `folder`, an open file that is not handed to children; or
    None while there is no such folder. Makes nothing but the file."""
    path = os.path.join(folder, FILE)
    while True:
        try:
            _refuse_strangers(folder)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            return None
        claim = os.fdopen(file, "r+", encoding="utf-8")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(
                f"it runs already in {folder}{_holder(claim)}: use that one, "
                "or end it with Ctrl-C in its terminal"
            ) from None
        # Somebody may have removed the folder between open and lock.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), os.stat(path)):
                return claim
        claim.close()


def sign(claim, text):
    """Say who it is, for the one who finds it taken."""
    claim.seek(0)
    claim.truncate()
    claim.write(text + "\n")
    claim.flush()


def _holder(claim):
    """Empty for a moment after the lock was taken."""
    text = claim.read().strip()
    return f" ({text})" if text else ""


def _refuse_strangers(folder):
    """PostgreSQL takes no data of another user, and a root that wrote among
    the files of a user would lock him out."""
    owner = os.stat(folder).st_uid
    if owner == os.geteuid():
        return
    as_him = "sudo " if owner == 0 else f"sudo -u {_name(owner)} "
    raise Taken(
        f"{folder} was made by the user {_name(owner)}, and you are "
        f"{_name(os.geteuid())}. Go on as {_name(owner)}, or forget that "
        f"data: {as_him}make clean-run"
    )


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
