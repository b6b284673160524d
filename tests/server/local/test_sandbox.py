"""service.sandbox: what the kernel enforces on each process, and what is said
where the kernel cannot."""

import ctypes
import pathlib
import sys

import pytest
import services as local
import users
from instance import InstanceError

from koshin_tests.portal import opened
from koshin_tests.server import Server

CREATE_RULESET = 444  # landlock_create_ruleset, on every architecture
# Runs what follows it as on a kernel that was started without Landlock.
WITHOUT_LANDLOCK = """
import ctypes, os, sys
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
ALLOW, EOPNOTSUPP = 0x7FFF0000, 0x00050000 | 95
rules = ctypes.c_void_p(seccomp.seccomp_init(ALLOW))
assert seccomp.seccomp_rule_add(rules, EOPNOTSUPP, 444, 0) == 0
assert seccomp.seccomp_load(rules) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
BLIND = (sys.executable, "-c", WITHOUT_LANDLOCK)


@pytest.fixture(scope="module")
def server(koshin, tmp_path_factory):
    with local.temporary() as services:
        yield Server(
            koshin, services, tmp_path_factory.mktemp("sandbox") / "etc",
            change=opened,  # with the keymaker
        )  # fmt: skip


def kernel_has_landlock():
    version = ctypes.CDLL(None, use_errno=True).syscall(CREATE_RULESET, 0, 0, 1)
    return version > 0


def set_to(server, word):
    server.instance.configure(lambda s: s["service"].update(sandbox=word))


def started(server, **options):
    """The log of a start and a certificate that was issued in it."""
    server.start(**options)
    try:
        for name, pid in server.instance.pids().items():
            yield name, pathlib.Path(f"/proc/{pid}/status").read_text()
        server.identity()
    finally:
        assert server.instance.stop() == 0
    assert "process-died" not in server.instance.log_text()


def filtered(status):
    return "\nSeccomp:\t2\n" in status


def test_T8_strict_is_strict(server):
    """And the default: where the kernel cannot, it is refused."""
    server.instance.configure(lambda s: s["service"].pop("sandbox", None))
    if kernel_has_landlock():
        seen = dict(started(server))
        assert sorted(seen) == sorted(users.PROCESSES)
        assert all(map(filtered, seen.values()))
        assert "sandbox-missing" not in server.instance.log_text()
    else:
        with pytest.raises(InstanceError, match="has no Landlock"):
            server.start()


def test_T8_a_kernel_without_Landlock_is_refused(server):
    set_to(server, "strict")
    with pytest.raises(InstanceError) as refused:
        server.start(prefix=BLIND)
    (line,) = [x for x in str(refused.value).splitlines() if " error " in x]
    assert "service.sandbox: this kernel has no Landlock" in line
    assert "best-effort" in line


def test_T8_unless_best_effort_is_enough(server):
    """Then the calls are forbidden all the same."""
    set_to(server, "best-effort")
    assert all(filtered(x) for _, x in started(server, prefix=BLIND))
    said = server.instance.log_text()
    (line,) = [x for x in said.splitlines() if "sandbox-missing" in x]
    assert " warn koshin " in line and "no Landlock" in line


def test_T8_off_is_said(server):
    set_to(server, "off")
    assert not any(filtered(x) for _, x in started(server))
    assert "sandbox-missing" in server.instance.log_text()
