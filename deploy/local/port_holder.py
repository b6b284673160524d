"""port_holder - are TCP ports of loopback free, and if not, who has them?"""

import errno
import glob
import os
import socket

ADDRESS = "127.0.0.1"
OTHERS = (18443, 28443, 38443, 48443)
LISTENING = "0A"  # the state in /proc/net/tcp


def objection(*numbers):
    """Why nobody can listen at all of them now, in words for the user, or
    None."""
    return next(filter(None, map(_objection, numbers)), None)


def _objection(number):
    wrong = _try(number)
    if wrong is None:
        return None
    if wrong == errno.EADDRINUSE:
        return f"port {number} is taken by {_who(number)}"
    if wrong == errno.EACCES:
        return f"port {number} is for root only"
    return f"port {number}: {os.strerror(wrong)}"


def another(number):
    """One that is free, as are the next three, to be proposed in place of
    `number`."""
    for other in OTHERS:
        if other != number and objection(*range(other, other + 4)) is None:
            return other
    return 0


def _try(number):
    """The errno of listening there, or None."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((ADDRESS, number))
            s.listen(1)
        except OSError as wrong:
            return wrong.errno
    return None


def _who(number):
    """Name and pid, where /proc shows them: processes of our own, or, to
    root, of all."""
    sockets = {f"socket:[{inode}]" for inode in _listeners(number)}
    for path in glob.iglob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(path) in sockets:
                pid = path.split("/")[2]
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    return f"{file.read().strip()} (pid {pid})"
        except OSError:
            continue  # somebody else's, or it ended meanwhile
    return "a program of another user"


def _listeners(number):
    """Inodes of the sockets that listen on this port."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except FileNotFoundError:
            continue
        for row in rows:
            if row[3] == LISTENING and int(row[1][-4:], 16) == number:
                yield row[9]
