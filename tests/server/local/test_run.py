"""`make run` as people use it: at a terminal, into a pipe, in the background,
as root and as a user; and what is left when it has ended, however that came.
"""

import contextlib
import os
import pwd
import re
import signal
import socket
import subprocess
import time
import types
import urllib.request

import pytest
from ports import free_row

from koshin_tests import portal
from koshin_tests.clone import START, STOP, answers, made_clone, run
from koshin_tests.patience import until
from koshin_tests.terminal import CTRL_C, Terminal, heed_signals, shell


@pytest.fixture(scope="module")
def shared():
    with made_clone() as made:
        yield made


@pytest.fixture
def clone(shared):
    """One that nothing runs in; it may have data."""
    assert shared.processes() == {}
    yield shared
    try:
        shared.nothing_left()
        assert shared.sockets() == []
    finally:
        shared.kill_all()


@pytest.fixture
def fresh(clone):
    """One without data."""
    done = clone.make("clean-run")
    assert done.returncode == 0, done.stderr
    assert not (clone.folder / "var").exists()
    return clone


def past_the_password(clone, told):
    """The browser of who follows the first lines of the banner so far."""
    port = int(re.search("[0-9]+", told.portal).group())
    root = clone.folder / told.root
    browser = portal.Browser(types.SimpleNamespace(root=root), port)
    assert browser.get("/").status == 200
    assert browser.show_password("sample001", told.password).status == 200
    return browser


def certificate_by_portal(clone, told):
    browser = past_the_password(clone, told)
    with shell(clone.folder, **clone.who) as t:
        code = t.do(told.code).split()[-1]
    issued = browser.show_code(code, portal.request())
    assert issued.status == 200, issued.body


def member_area_opens(clone, told):
    """As far as one comes without a certificate."""
    port = int(re.search("[0-9]+", told.member).group())
    there = types.SimpleNamespace(
        root=clone.folder / told.root, member_port=port
    )
    member = portal.Member(there)
    assert member.get("/").status == 200
    got = member.api("GET", "/session")
    assert got.code == "certificate_missing"


def master_by_portal(clone, told):
    """Somebody new registers with what is printed, and his code comes."""
    port = int(re.search("[0-9]+", told.portal).group())
    root = clone.folder / told.root
    browser = portal.Browser(types.SimpleNamespace(root=root), port)
    assert browser.show_contract(*told.contract).status == 200
    done = browser.register(
        user="master001", password="Zakura-55", password_again="Zakura-55",
        name="見本 花子", email="master001@example.jp",
        email_again="master001@example.jp", locale="ja",
    )  # fmt: skip
    assert done.status == 200, done.body
    assert browser.api("POST", "/issue/code", {}).json["code"]["sent"]


def page_of(url):
    with urllib.request.urlopen(url, timeout=STOP) as got:
        return got.read().decode()


# ------------------------------------------------------------- it starts


def test_its_first_lines_lead_a_person_to_a_certificate(fresh):
    with fresh.at_terminal() as (t, told):
        first = told.text.index(told.url)
        assert told.portal == f"https://localhost:{fresh.port + 1}/"
        assert told.member == f"https://{portal.MEMBER}:{fresh.port + 2}/"
        for said in (told.portal, *told.contract, told.password, told.mails,
                     told.root, told.code, told.member):  # fmt: skip
            assert told.text.index(said) < first
        certificate_by_portal(fresh, told)
        master_by_portal(fresh, told)
        member_area_opens(fresh, told)
        assert told.mails == f"http://localhost:{fresh.port + 3}/"
        until(lambda: all(
            f"<p class=\"who\">{user}@example.jp" in page_of(told.mails)
            for user in ("sample001", "master001")
        ))  # fmt: skip
        t.type(CTRL_C)
        t.wait(STOP)


def test_data_of_before_the_portal_gets_one(fresh):
    with fresh.at_terminal() as (t, told):
        t.type(CTRL_C)
        t.wait(STOP)
    folder = fresh.folder / "var" / "koshin"
    path = folder / "koshin.yaml"
    now = path.read_text()
    before = re.sub(r"(?m)^(?:portal|member):\n(?:[ #].*\n)+", "", now)
    before = re.sub(r"(?m)^  front_\w+:.*\n", "", before)
    assert "localhost" not in before.replace(told.portal, "")
    assert before.count("\n") < now.count("\n") - 4
    path.write_text(before.replace(told.portal, "https://portal.example.jp/"))
    (folder / "secrets" / "redis-front.password").unlink()
    with fresh.at_terminal() as (t, second):
        assert second.portal == told.portal
        assert second.member is None
        certificate_by_portal(fresh, second)
        assert f'  url: "{told.portal}"\n' in path.read_text()
        t.type(CTRL_C)
        t.wait(STOP)


def test_at_a_terminal_the_printed_commands_give_a_certificate(fresh):
    with fresh.at_terminal() as (t, told):
        said = fresh.certificate(told)
        assert "BEGIN CERTIFICATE" in said
        assert "sample001" in said
        t.wait_for("outcome=ok", STOP)  # its log follows
        left = run("git", "ls-files", "--others", "--exclude-standard",
                    cwd=fresh.folder)  # fmt: skip
        assert left == "", "not ignored by git"
        t.type(CTRL_C)
        t.wait(STOP)
        assert "stopped; the data is kept in var" in t.text


def test_it_says_running_when_it_is(fresh):
    """At the very moment: a client that waits for the word connects."""
    with Terminal(fresh.command(), cwd=fresh.folder) as t:
        t.wait_for("^Koshin is running", START)
        assert all(answers(fresh.port + n) for n in range(4))


def test_in_a_pipe(clone):
    piped = subprocess.Popen(
        ["bash", "-c", '"$@" | tee seen.log', "bash", *clone.command()],
        cwd=clone.folder, stdin=subprocess.DEVNULL, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=heed_signals,
    )  # fmt: skip
    try:
        log = clone.running_in("seen.log")
        os.killpg(piped.pid, signal.SIGINT)  # Ctrl-C: for tee, too
        piped.communicate(timeout=STOP)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(piped.pid, signal.SIGKILL)
        raise
    clone.nothing_left()
    log.unlink()


def test_in_the_background_of_a_shell(clone):
    with shell(clone.folder) as t:
        t.do(" ".join(clone.command()) + " > seen.log 2>&1 &")
        log = clone.running_in("seen.log")
        t.do("kill %1; wait", status=None)
    clone.nothing_left()
    log.unlink()


@pytest.mark.parametrize("port", ["0", "65533", "-1", "abc", "8４43", ""])
def test_what_is_no_port_is_said_before_anything_is_made(clone, port):
    before = sorted(clone.folder.rglob("*"))
    done = subprocess.run(
        ["deploy/local/run", f"--port={port}"],
        cwd=clone.folder, stdin=subprocess.DEVNULL, timeout=START,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"`{port}` is no port; 1 to 65532" in done.stderr
    assert [p for p in sorted(clone.folder.rglob("*"))
            if "__pycache__" not in p.parts] == [
        p for p in before if "__pycache__" not in p.parts]


def test_many_signals_end_it_as_one_does(clone):
    """`kill %1` in a shell tells the whole group, and make passes it on: what
    comes while it is being ended must not end it half-way."""
    with clone.at_terminal() as (t, _):
        pid = clone.runner()
        with contextlib.suppress(ProcessLookupError):
            for _ in range(50):
                os.kill(pid, signal.SIGTERM)
                os.kill(pid, signal.SIGHUP)
                time.sleep(0.0002)
        assert t.wait(STOP) == 0
        assert "run: stopped" in t.text
    clone.nothing_left()


def test_a_second_start_goes_on_with_the_same_data(fresh):
    with fresh.at_terminal() as (t, first):
        assert "BEGIN CERTIFICATE" in fresh.certificate(first)
        t.type(CTRL_C)
        t.wait(STOP)
    with fresh.at_terminal() as (t, second):
        assert second.password == first.password
        with shell(fresh.folder) as other:
            command = re.search(r"commands +(.*)", second.text).group(1)
            assert "sample001" in other.do(command)
        t.type(CTRL_C)
        t.wait(STOP)


def test_another_port_counts_at_every_start(clone):
    with clone.at_terminal() as (t, told):
        t.type(CTRL_C)
        t.wait(STOP)
    other = free_row()
    with clone.at_terminal(port=other) as (t, told):
        assert told.url == f"https://127.0.0.1:{other}"
        assert told.portal == f"https://localhost:{other + 1}/"
        assert all(str(other) in command for command in told.commands[1:])
        assert all(answers(other + n) for n in range(4))
        assert not any(answers(clone.port + n) for n in range(4))
        t.type(CTRL_C)
        t.wait(STOP)


def test_the_configuration_keeps_its_comments_and_changes(clone):
    with clone.at_terminal() as (t, _):
        t.type(CTRL_C)
        t.wait(STOP)
    path = clone.folder / "var" / "koshin" / "koshin.yaml"
    mine = "# mine\nlog_level: debug\n"
    before = path.read_text() + mine
    path.write_text(before)
    other = free_row()
    with clone.at_terminal(port=other) as (t, _):
        t.type(CTRL_C)
        t.wait(STOP)
    expected = before
    for was, now in (
        (f"\n  port: {clone.port}\n", f"\n  port: {other}\n"),
        (f"\n  port: {clone.port + 1}\n", f"\n  port: {other + 1}\n"),
        (f"\n  port: {clone.port + 2}\n", f"\n  port: {other + 2}\n"),
        (f"localhost:{clone.port + 1}/", f"localhost:{other + 1}/"),
    ):
        assert expected.count(was) == 1
        expected = expected.replace(was, now)
    assert path.read_text() == expected
    path.write_text(before.removesuffix(mine))


def test_the_mail_port_may_be_lost_to_somebody_else(clone):
    """Mail is kept, though a stranger took the port since the last start."""
    with clone.at_terminal() as (t, _):
        t.type(CTRL_C)
        t.wait(STOP)
    port = int((clone.folder / "var" / "smtp.port").read_text())
    with socket.create_server(("127.0.0.1", port)):
        with clone.at_terminal() as (t, told):
            text = (clone.folder / "var/koshin/koshin.yaml").read_text()
            now = int((clone.folder / "var" / "smtp.port").read_text())
            assert now != port
            assert f"smtp://127.0.0.1:{now}" in text
            t.type(CTRL_C)
            t.wait(STOP)


# ----------------------------------------------------------- it does not


@pytest.mark.parametrize("which", range(4), ids=["EST", "portal", "member", "mails"])
def test_a_taken_port_is_said_before_anything_is_made(fresh, which):
    port = fresh.port + which
    with socket.create_server(("127.0.0.1", port)):
        done = fresh.make()
    assert done.returncode != 0
    assert f"port {port} is taken by" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert re.search(r"make run PORT_BASE=[1-9][0-9]+", done.stderr)
    assert not (fresh.folder / "var").exists()


def test_a_second_copy_touches_nothing_of_the_first(clone):
    with clone.at_terminal() as (t, told):
        before = clone.processes()
        for port in (clone.port, free_row()):
            done = clone.make(port=port)
            assert done.returncode != 0
            assert "runs already in var" in done.stderr
            assert told.portal.rstrip("/") in done.stderr
            assert f"pid {clone.runner()}" in done.stderr
        forget = clone.make("clean-run")
        assert forget.returncode != 0
        assert "runs already in var" in forget.stderr
        kept = clone.processes()
        assert set(before) <= set(kept)
        assert answers(clone.port)
        t.type(CTRL_C)
        t.wait(STOP)


def test_data_of_another_PostgreSQL_is_refused_in_words(clone):
    with clone.at_terminal() as (t, _):
        t.type(CTRL_C)
        t.wait(STOP)
    version = clone.folder / "var" / "pg" / "data" / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    done = clone.make()
    version.write_text(right)
    assert done.returncode != 0
    assert "made by PostgreSQL 9" in done.stderr
    assert "make clean-run" in done.stderr


def test_data_of_another_schema_is_refused_in_words(fresh):
    with fresh.at_terminal() as (t, _):
        pg = fresh.folder / "var" / "pg"
        run("psql", "-h", pg, "-U", "postgres", "koshin", "-c",
             "UPDATE koshin.migration SET digest = 'old'")  # fmt: skip
        t.type(CTRL_C)
        t.wait(STOP)
    done = fresh.make()
    assert done.returncode != 0
    assert "run: koshin init: PostgreSQL: the database was" in done.stderr
    assert done.stderr.count("make clean-run") == 1
    fresh.make("clean-run")


def test_data_of_another_user_is_refused_in_words(clone):
    with clone.at_terminal() as (t, _):
        t.type(CTRL_C)
        t.wait(STOP)
    var = clone.folder / "var"
    ours = var.stat()
    os.chown(var, pwd.getpwnam("nobody").pw_uid, -1)
    refused = [clone.make(), clone.make("clean-run")]
    os.chown(var, ours.st_uid, ours.st_gid)
    for done in refused:
        assert done.returncode != 0
        assert "made by the user nobody" in done.stderr
        assert "sudo -u nobody make clean-run" in done.stderr


# ------------------------------------------------------------- it ends


def ctrl_c(t, clone):
    t.type(CTRL_C)
    t.wait(STOP)


def ctrl_c_twice(t, clone):
    t.type(CTRL_C + CTRL_C)
    t.wait(STOP)


def close_the_terminal(t, clone):
    t.hang_up()
    t.wait(STOP)


def sigterm_to_make(t, clone):
    t.process.terminate()
    t.wait(STOP)


def sighup_to_run(t, clone):
    os.kill(clone.runner(), signal.SIGHUP)
    t.wait(STOP)


def all_signals_at_once(t, clone):
    """As `kill %1` does: the shell tells the group, and make its child."""
    pid = clone.runner()
    os.kill(pid, signal.SIGSTOP)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                   signal.SIGTERM):  # fmt: skip
        os.kill(pid, number)
    os.kill(pid, signal.SIGCONT)
    t.wait(STOP)


def kill_9(t, clone):
    os.kill(clone.runner(), signal.SIGKILL)
    t.wait(STOP)


WAYS = [ctrl_c, ctrl_c_twice, close_the_terminal, sigterm_to_make,
        sighup_to_run, all_signals_at_once]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_is_left_after(clone, way):
    with clone.at_terminal() as (t, _):
        assert len(clone.processes()) > 5
        assert len(clone.sockets()) >= 3
        way(t, clone)
        assert "ignored" not in t.text  # Python's word for a lost signal
        clone.nothing_left()
        assert clone.sockets() == []


def test_kill_9_leaves_no_process_and_the_next_start_goes_on(clone):
    with clone.at_terminal() as (t, first):
        kill_9(t, clone)
    with clone.at_terminal() as (t, second):  # at once
        assert second.password == first.password
        kill_9(t, clone)
    clone.nothing_left()
    with clone.at_terminal() as (t, third):
        ctrl_c(t, clone)


def test_a_held_terminal_holds_nobody_else(clone):
    """Nobody reads what it prints; Koshin goes on to answer."""
    with clone.at_terminal() as (t, told):
        root = clone.folder / "var" / "koshin" / "ca" / "root.pem"
        url = f"{told.url}/.well-known/est/cacerts"
        for _ in range(100):  # 200 bytes of log each, far above 4 KiB
            run("curl", "-sS", "--cacert", root, url)
        ctrl_c(t, clone)


def test_a_start_that_was_cut_off_is_taken_up(fresh):
    """Killed at some moment of the first start, wherever that is."""
    for moment in (1.0, 1.5, 2.0, 2.5, 3.0):
        with Terminal(fresh.command(), cwd=fresh.folder) as t:
            lock = fresh.folder / "var" / "run.lock"
            with contextlib.suppress(subprocess.TimeoutExpired):
                t.process.wait(moment)
            if lock.exists() and lock.read_text():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(fresh.runner(), signal.SIGKILL)
    with fresh.at_terminal() as (t, told):
        assert "BEGIN CERTIFICATE" in fresh.certificate(told)
        ctrl_c(t, fresh)


# ---------------------------------------------------------- as a user


@pytest.fixture(scope="module")
def users_clone():
    if os.geteuid() != 0:
        pytest.fail("only root can become somebody else")
    with made_clone(pwd.getpwnam("nobody")) as made:
        yield made


def test_as_an_ordinary_user(users_clone):
    with users_clone.at_terminal() as (t, told):
        past_the_password(users_clone, told)
        # The code that this has mailed is as good here.
        assert "BEGIN CERTIFICATE" in users_clone.certificate(told)
        assert users_clone.make().returncode != 0
        ctrl_c(t, users_clone)
    users_clone.nothing_left()
    assert users_clone.sockets() == []
    as_root = subprocess.run(
        users_clone.command(), cwd=users_clone.folder, capture_output=True,
        text=True, timeout=START,
    )  # fmt: skip
    assert "made by the user nobody" in as_root.stderr
    assert users_clone.make("clean-run").returncode == 0
    assert not (users_clone.folder / "var").exists()
