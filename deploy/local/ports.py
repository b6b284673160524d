"""ports - ports of loopback that stay with who asked for them.

A port of the kernel's choice is nobody's as soon as it is closed: another
program that is started at the same moment gets it, or a connection takes it as
its own end, and a server cannot come back to it. So ports are taken from below
those that the kernel gives away, and each of them has a byte in a file that is
locked as long as the process lives that asked.
"""

import fcntl
import os
import random
import socket

ADDRESS = "127.0.0.1"
FIRST = 10000
GIVEN_AWAY = "/proc/sys/net/ipv4/ip_local_port_range"

_claims = None  # the file
_mine = set()  # a process could lock again what it has locked


def free_port():
    """A port that nobody listens on, and that no other call returns before
    this process has ended."""
    with open(GIVEN_AWAY, encoding="ascii") as file:
        many = max(int(file.read().split()[0]) - FIRST, 1000)
    start = random.randrange(many)
    for n in range(many):
        port = FIRST + (start + n) % many
        if _claim(port) and _nobody_listens(port):
            return port
    raise OSError(f"all ports from {FIRST} on are taken")


def free_row():
    """Such a port that is followed by three others, as `make run` wants them."""
    while True:
        port = free_port()
        behind = range(port + 1, port + 4)
        if all(_claim(p) and _nobody_listens(p) for p in behind):
            return port


def _claim(port):
    global _claims
    if _claims is None:
        path = f"/tmp/koshin-ports.{os.geteuid()}"
        _claims = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if port in _mine:
        return False
    try:
        fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _mine.add(port)
    return True


def _nobody_listens(port):
    with socket.socket() as s:
        try:
            s.bind((ADDRESS, port))
        except OSError:
            return False
    return True
