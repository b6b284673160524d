"""The processes of `koshin serve`: each is executed anew, with what it needs
and nothing else, and is ready when it can serve."""

import itertools
import os
import re
import shutil
import signal
import threading

import pytest
import users

from koshin_tests.burst import roomy
from koshin_tests.clients import requests
from koshin_tests.clients.raw import ask, get
from koshin_tests.halfway import Halfway
from koshin_tests.kill import wait_children
from koshin_tests.patience import join, run, until

NAMES = {"front", "auth", "issuer", "courier", "sealer"}


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


@pytest.fixture(scope="module")
def pids(server):
    return {**wait_children(server), "parent": server.instance.process.pid}


def maps(pid):
    with open(f"/proc/{pid}/maps") as file:
        return file.read()


def test_T8_no_process_knows_where_things_are_in_another(server, pids):
    """Who reads one has not found the way into the others: program, stack
    and libraries are elsewhere in each. (So is the canary of the stack.)"""
    for what in (os.path.basename(server.instance.koshin), r"\[stack\]",
                 r"libcrypto\.so"):  # fmt: skip
        places = {
            re.search(rf"(?m)^(\w+)-.*{what}", maps(pid)).group(1)
            for pid in pids.values()
        }
        assert len(places) == len(pids), what


def test_T8_the_courier_alone_has_libcurl(pids):
    """And the dozen libraries that it brings. Nor has the courier those of
    TLS servers and of Redis."""
    for name, pid in pids.items():
        has = maps(pid)
        assert ("/libcurl" in has) == (name == "courier"), name
        for library in ("evhtp", "hiredis"):
            assert (f"/lib{library}" in has) == (name != "courier"), name


def descriptors(pid):
    """Names of what it has open, and its sockets' inodes."""
    folder = f"/proc/{pid}/fd"
    return {
        int(fd): os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)
    }


def listener(path):
    """What the socket that listens there is called in /proc/PID/fd."""
    with open("/proc/net/unix") as file:
        for line in file:
            words = line.split()
            if words[-1] == path and words[3] == "00010000":
                return f"socket:[{words[6]}]"
    raise AssertionError(path)


def test_I_11_no_process_has_what_belongs_to_another(server, pids):
    """The lock is everybody's, so that none is alive when it is free; the
    sockets of issuer and auth are theirs and the parent's, and the
    configuration, once it is read, nobody's."""
    run = os.path.join(server.folder, "run")
    sockets = {name: listener(f"{run}/{name}.sock")
               for name in ("issuer", "auth")}
    for name, pid in pids.items():
        has = set(descriptors(pid).values())
        assert f"{run}/lock" in has, name
        for whose, socket in sockets.items():
            assert (socket in has) == (name in ("parent", whose)), name
        assert any("memfd:koshin.yaml" in one for one in has) == (
            name == "parent"
        ), name
        assert any("memfd:key" in one for one in has) == (
            name in ("parent", "auth", "issuer")
        ), name


def test_T8_no_process_can_gain_rights(pids):
    for name in NAMES:
        with open(f"/proc/{pids[name]}/status") as file:
            assert "NoNewPrivs:\t1\n" in file.read(), name


def test_F_23_nobody_else_starts_one(server):
    """By its name it is no command for people."""
    done = run("koshin-front", server.instance.config,
               executable=server.instance.koshin, text=True)  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "koshin-front: is started by `koshin serve`\n"


def test_F_21_an_update_on_disk_does_not_mix_two_versions(
    koshin, new_server, tmp_path
):
    """Both programs are replaced while they run; who dies then is started
    again as it was."""
    programs = [tmp_path / name for name in ("koshin", "koshin-courier")]
    for path in programs:
        shutil.copy(koshin.parent / path.name, path)
    users.open_way(tmp_path)
    made = new_server()
    made.instance.koshin = str(programs[0])
    made.start()
    before = wait_children(made)
    for path in programs:
        path.unlink()
        shutil.copy("/bin/false", path)
    for name in ("courier", "sealer"):
        os.kill(before[name], signal.SIGKILL)
        until(lambda: wait_children(made)[name] != before[name])
    assert made.instance.stop() == 0


@pytest.mark.parametrize("name", sorted(NAMES))
def test_F_21_a_new_process_runs_with_what_was_checked(server, name):
    """The file is overwritten with nonsense, which nobody has checked, and one
    process gets SIGKILL: its successor runs with what the parent has read."""
    before = wait_children(server)[name]
    with open(server.instance.config) as file:
        good = file.read()
    try:
        with open(server.instance.config, "w") as file:
            file.write("service: {nonsense: true}\n")
        os.kill(before, signal.SIGKILL)
        until(lambda: wait_children(server)[name] != before)
        account = until(lambda: serves(server) and server.account)
    finally:
        with open(server.instance.config, "w") as file:
            file.write(good)
    assert len(server.step1(account())) == 6


def serves(server):
    try:
        return ask(server, get("cacerts")).status == 200
    except OSError:
        return False


# ------------------------------------------------------------------- ready


def test_F_23_ready_says_who_cannot_serve_yet(new_server):
    """PostgreSQL let us look around, but lets the sealer wait: that keeps
    nobody from starting, and is no secret. When it answers, all is well."""
    made = new_server()
    with Halfway(made.services) as halfway:

        def change(settings):
            settings["database"]["sealer"] = halfway.conninfo("koshin_sealer")

        made.instance.configure(change)
        made.instance.start()
        log = made.instance.log_text()
        (line,) = re.findall(r"(?m)^.* not-all-there .*$", log)
        assert " processes=sealer " in line
        assert log.index(" not-all-there ") < log.index(" ready ")
        halfway.open()
        until(lambda: " sealer postgres-up " in made.instance.log_text())
        assert made.instance.stop() == 0


def test_F_23_who_is_ready_has_all_connections(new_server):
    """No request of the first moment meets a 503 for want of one."""
    made = new_server()
    made.instance.start()
    log = made.instance.log_text()
    before = log[: log.index(" ready ")]
    threads = os.cpu_count()
    assert before.count(" front postgres-up ") == threads
    for name in NAMES - {"front"}:
        # auth writes over a connection of its own (I-15), and opens sessions
        # of the desk over another.
        own = 3 if name == "auth" else 1
        assert before.count(f" {name} postgres-up ") == own, name
    assert made.instance.stop() == 0


def flooded(settings):
    roomy(settings)
    settings["policy"]["address_attempts"] = 1000000


def session(server, name):
    """(its session, how nice that one is), for the scheduler.

    Who was started outside of all sessions, as a container starts it, has
    none: the kernel says nothing of it then.
    """
    pid = server.instance.pids()[name]
    with open(f"/proc/{pid}/autogroup") as file:
        line = file.read().split()
    return (line[0], int(line[2])) if line else (None, 0)


def test_I_13_who_hashes_has_a_session_of_its_own(server):
    """The scheduler serves session by session: threads that hash shall not be
    PostgreSQL's equals, for which a renewal waits."""
    own, _ = session(server, "auth")
    assert own is not None
    for name in ("front", "issuer", "courier", "sealer"):
        assert session(server, name)[0] != own, name


def test_I_13_a_flood_of_logins_comes_behind_all_others(new_server):
    """And nobody else does: when it is over, who logs in is their equal."""
    server = new_server(change=flooded).start()
    assert session(server, "auth")[1] == 0
    csr = requests.request()
    names = itertools.count(10000)
    over = threading.Event()

    def log_in():
        while not over.is_set():
            server.try_secret(f"n{next(names)}", "Wrong-1234", csr)

    flood = [threading.Thread(target=log_in) for _ in range(12)]
    for thread in flood:
        thread.start()
    try:
        until(lambda: session(server, "auth")[1] == 10, step_s=0.02)
    finally:
        over.set()
        join(*flood)
    until(lambda: session(server, "auth")[1] == 0)
