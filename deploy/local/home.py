"""home - the folder in which the servers keep their data and sockets.

That is the state folder itself, unless

- a user that a server must run as cannot get there (a checkout below /root),
- a socket's path would be longer than the kernel takes, or
- the path has characters that PostgreSQL's and libpq's lists of folders
  read as something else (a comma, a quote, a space).

Then it is a folder /var/tmp/koshin-UID-... of our own, and the state folder
has a link `elsewhere` to it. The file `owner` in there names the state folder
back, so that a copy of a checkout does not work on the data of the original.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile

from process import ServiceError, as_user

LINK = "elsewhere"
OWNER = "owner"
OUTSIDE = "/var/tmp"

# sun_path holds 108 bytes with the NUL.
SOCKET_PATH_MAX = 107
LONGEST_SOCKET = "pg/.s.PGSQL.5432"


def current(folder):
    """The home that `folder` has now, or None."""
    link = os.path.join(folder, LINK)
    if os.path.islink(link):
        home = os.readlink(link)
        return home if _is_ours(home) and _owner(home) == folder else None
    return folder if os.path.isdir(os.path.join(folder, "pg")) else None


def settle(folder, users, say):
    """The home of `folder`, made if it has none. `users` must get there."""
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, LINK)
    if os.path.islink(link):
        return _follow(folder, link, users, say)
    why = _objection(folder, users)
    if why is None:
        return folder
    if os.path.isdir(os.path.join(folder, "pg")):
        raise ServiceError(
            f"the data in {folder} cannot be used any more: {why}. "
            "Undo that, or forget the data (`make clean-run`)."
        )
    return _move_out(folder, link, why, say)


def room(path, user, mode=0o700, group=None):
    """A folder in a home; unless `mode` says otherwise only `user` (and root)
    can enter it."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    if os.geteuid() != user.pw_uid:
        os.chown(path, user.pw_uid, user.pw_gid if group is None else group)
    os.chmod(path, mode)


def replace(path, text, user=None):
    """A file of `user` (without one, of who starts this) in a room, which
    nobody else reads. It is replaced and never written through a link that
    might lie there."""
    fresh = path + ".new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(fresh, flags, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(text)
        if user is not None and os.geteuid() != user.pw_uid:
            os.fchown(file, user.pw_uid, user.pw_gid)
    os.replace(fresh, path)


def forget(folder):
    """Remove the home outside, if there is one. Nothing may run in it."""
    home = current(folder)
    link = os.path.join(folder, LINK)
    if os.path.islink(link):
        if home is not None:
            shutil.rmtree(home)
        os.unlink(link)


def _follow(folder, link, users, say):
    home = os.readlink(link)
    if not _is_ours(home):
        os.unlink(link)
        say(f"The data in {home} is gone; starting with none.")
        return settle(folder, users, say)
    owner = _owner(home)
    if owner == folder:
        return home
    owner_link = os.path.join(owner, LINK)
    if os.path.islink(owner_link) and os.readlink(owner_link) == home:
        os.unlink(link)
        say(f"{folder} is a copy of {owner}; it starts with data of its own.")
        return settle(folder, users, say)
    _write_owner(home, folder)  # the checkout was moved
    return home


def _move_out(folder, link, why, say):
    home = tempfile.mkdtemp(prefix=f"koshin-{os.geteuid()}-", dir=OUTSIDE)
    # The servers' users pass through; each has its own closed folder inside.
    os.chmod(home, 0o711)
    _write_owner(home, folder)
    os.symlink(home, link)
    say(f"The databases live in {home}: {why}.")
    return home


def _objection(folder, users):
    """Why `folder` cannot be the home, or None."""
    longest = os.path.join(folder, LONGEST_SOCKET)
    if len(os.fsencode(longest)) > SOCKET_PATH_MAX:
        return f"the path {folder} is too long for a socket"
    if not re.fullmatch(r"[A-Za-z0-9/._+-]+", folder):
        return f"the path {folder} has characters a socket's may not have"
    for user in users:
        reach = subprocess.run(
            ["/usr/bin/test", "-x", folder], cwd="/", **as_user(user)
        )
        if reach.returncode != 0:
            return f"the user {user.pw_name} cannot enter {folder}"
    return None


def _is_ours(home):
    """True for a real folder that belongs to us: /var/tmp is everybody's."""
    try:
        seen = os.lstat(home)
    except OSError:
        return False
    return (seen.st_mode & 0o170000) == 0o040000 and (
        seen.st_uid == os.geteuid()
    )


def _owner(home):
    try:
        with open(os.path.join(home, OWNER), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def _write_owner(home, folder):
    path = os.path.join(home, OWNER)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(folder + "\n")
    os.replace(path + ".new", path)
