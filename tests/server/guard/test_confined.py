"""T8, T9, T14: what a process of the running service cannot do once somebody
has it: a tracer makes the real process do it (koshin_tests/injected.py).

Two locks keep it from most of that: its sandbox and its user. Each test is
also made with neither (`loose`), where what it tries succeeds: so it can fail.
"""

import os
import pathlib
import platform
import socket
import struct

import pytest
import users

from koshin_tests.injected import AT_FDCWD, Ended, Injected, word
from koshin_tests.place import MODE
from koshin_tests.portal import opened

pytestmark = pytest.mark.only_if(
    os.geteuid() == 0 and platform.machine() == "x86_64"
)

PROCESSES = users.PROCESSES
TRACES_ITSELF = MODE == "asan"  # LeakSanitizer, which may trace nobody else
SEIZE = 0x4206
READ, WRITE, EXEC = 1, 2, 4
PRIVATE, ANONYMOUS = 2, 0x20


def strict(settings):
    opened(settings)  # with the keymaker
    settings["service"].pop("sandbox", None)  # the default


def without(settings):
    opened(settings)
    settings["service"]["sandbox"] = "off"
    settings["service"].pop("users")


@pytest.fixture(scope="module")
def confined(module_server):
    return module_server(change=strict).start()


@pytest.fixture(scope="module")
def loose(module_server):
    return module_server(change=without).start()


# ------------------------------------------------------------ what it tries


def a_file(path):
    """To open it."""
    return lambda it: it.call("openat", AT_FDCWD, os.fsencode(path),
                              os.O_RDONLY)  # fmt: skip


def unix(path):
    """To connect to it."""
    kind = socket.SOCK_SEQPACKET if "/run/" in path else socket.SOCK_STREAM
    name = struct.pack("H108s", socket.AF_UNIX, path.encode())

    def tries(it):
        fd = it.call("socket", socket.AF_UNIX, kind | socket.SOCK_NONBLOCK, 0)
        return it.call("connect", fd, name, len(name))

    return tries


def tcp(port):
    family = struct.pack("H", socket.AF_INET)
    name = family + struct.pack(">H4s8x", port, b"\x7f\0\0\1")

    def tries(it):
        fd = it.call("socket", socket.AF_INET,
                     socket.SOCK_STREAM, 0)  # fmt: skip
        return it.call("connect", fd, name, len(name))

    return tries


def trace(pid):
    return lambda it: it.call("ptrace", SEIZE, pid, 0, 0)


def signal_to(pid):
    return lambda it: it.call("kill", pid, 0)


def code_of_its_own(it):
    return it.call("mmap", 0, 4096, READ | WRITE | EXEC, PRIVATE | ANONYMOUS,
                   -1, 0)  # fmt: skip


def another_program(it):
    return it.call("execve", b"/bin/true", 0, 0)


def attempt(server, process, tries):
    """The error's name, "" for what was done, the call that has ended it."""
    pid = server.instance.pids()[process]
    try:
        with Injected(pid) as it:
            return word(tries(it))
    except Ended as ended:
        _comes_back(server, process, pid, str(ended))
        return f"ended by {ended}"


def _comes_back(server, process, pid, call):
    """The log names the call; another one has taken its place."""
    server.until(
        lambda: any(
            f"process={process} pid={pid} signal=31 call={call}" in line
            for line in server.instance.log_text().splitlines()
            if " process-died " in line
        )
    )
    server.until(
        lambda: server.instance.pids().get(process, pid) != pid
        and _waits(server.instance.pids()[process])
    )


def _waits(pid):
    """Its sandbox is closed and it serves: its main thread sleeps."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return "\nSeccomp:\t2\n" in status and "\nState:\tS" in status


# ------------------------------------------------------------- all secrets


def secrets(server):
    """And what a process could look for them in."""
    folder = pathlib.Path(server.folder)
    found = [*folder.rglob("*.key"), *folder.glob("secrets/*")]
    names = {path.name for path in found}
    assert names >= {"issuing.key", "server.key", "code.key", "audit.key",
                     "pepper.key", "ticket.key"}  # fmt: skip
    assert any("redis" in name for name in names)
    for pid in server.instance.pids().values():
        found += [f"/proc/{pid}/mem", f"/proc/{pid}/environ"]
    return [*found, "/proc/self/mem", "/etc/shadow"]


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_A1_A11_it_opens_no_secret(confined, process):
    """Not even its own, which came as a descriptor."""
    own = ("/proc/self/", f"/proc/{confined.instance.pids()[process]}/")
    for path in secrets(confined):
        if TRACES_ITSELF and str(path).startswith(own):
            continue
        said = attempt(confined, process, a_file(path))
        assert said in ("EACCES", "EPERM"), (process, path)


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_no_configuration_of_its_own(confined, process):
    said = attempt(confined, process, a_file(confined.instance.config))
    assert said == "EACCES"


def test_T8_without_the_locks_it_opens_them(loose):
    for process in PROCESSES:
        for path in secrets(loose):
            assert attempt(loose, process, a_file(path)) == "", path


# -------------------------------------------------------------- elsewhere


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_it_connects_to_nobody_else_by_tcp(confined, process):
    """The courier reaches its relay, no other port; the others have no such
    socket at all, with both stores on Unix sockets."""
    said = attempt(confined, process, tcp(confined.port))
    if process == "courier":
        assert said == "EACCES"
        relay = tcp(confined.services.smtp_port)
        assert attempt(confined, process, relay) == ""
    else:
        assert said == "ended by socket"


def test_T8_without_the_locks_it_connects_anywhere(loose):
    for process in PROCESSES:
        assert attempt(loose, process, tcp(loose.port)) == ""


def sockets(server):
    """Whose they are to ask."""
    run = os.path.join(server.folder, "run")
    return {
        os.path.join(run, "issuer.sock"): ("front",),
        os.path.join(run, "auth.sock"): ("front",),
        server.services.redis_socket: users.TALK_TO_REDIS,
    }


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_it_asks_whom_it_has_to_and_nobody_else(confined, process):
    for path, askers in sockets(confined).items():
        expected = "" if process in askers else "EACCES"
        assert attempt(confined, process, unix(path)) == expected, path


def test_T8_without_the_locks_it_asks_anybody(loose):
    for process in PROCESSES:
        for path in sockets(loose):
            assert attempt(loose, process, unix(path)) == "", path


# --------------------------------------------------- programs, processes


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_it_runs_no_program_and_no_code_of_its_own(confined, process):
    assert attempt(confined, process, another_program) == "ended by execve"
    assert attempt(confined, process, code_of_its_own) == "ended by mmap"


@pytest.mark.parametrize("process", PROCESSES)
def test_T8_it_touches_no_sibling(confined, process):
    def of_sibling(tries):
        pids = confined.instance.pids()
        other = next(name for name in PROCESSES if name != process)
        return attempt(confined, process, tries(pids[other]))

    refused = (lambda _: "EPERM") if TRACES_ITSELF else "ended by {}".format
    assert of_sibling(trace) == refused("ptrace")
    assert of_sibling(signal_to) == refused("kill")


def test_T8_without_the_locks_it_does_all_that(loose):
    for process in PROCESSES:
        pids = loose.instance.pids()
        other = next(name for name in PROCESSES if name != process)
        assert attempt(loose, process, code_of_its_own) == ""
        assert attempt(loose, process, signal_to(pids[other])) == ""
    # It has it for as long as it lives.
    assert attempt(loose, "sealer", trace(pids["issuer"])) == ""
    assert attempt(loose, "sealer", another_program) == ""


def test_T8_after_all_that_it_serves(confined):
    confined.until(
        lambda: confined.instance.pids().keys() == set(PROCESSES)
    )
    confined.identity()
