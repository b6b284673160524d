"""The services under the server tests: private, lasting, easy to break on
purpose and quick to mend."""

import contextlib
import json
import os
import pathlib
import shutil
import smtplib
import ssl
import subprocess
import tempfile
from email.message import EmailMessage

import home
import maildir
import process
import psycopg2
import pytest
import services
import users

from koshin_tests.patience import PATIENCE_S
from koshin_tests.place import ROOT


TO = "hanako@example.jp"


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture
def plain_smtp(s):
    """The catcher, which behaves well again afterwards."""
    yield s
    s.smtp_script()


@contextlib.contextmanager
def sql(s):
    with contextlib.closing(
        psycopg2.connect(s.pg_conninfo("postgres", "postgres"))
    ) as connection:
        connection.autocommit = True
        yield connection.cursor()


def keys(s):
    return s.redis_client()


def write_down(s, word):
    with sql(s) as at:
        at.execute("CREATE TABLE IF NOT EXISTS note (word text)")
        at.execute("INSERT INTO note VALUES (%s)", (word,))
    keys(s).set(f"note:{word}", 1)


def notes(s):
    """The words that PostgreSQL has, and those that Redis has."""
    with sql(s) as at:
        at.execute("SELECT word FROM note ORDER BY word")
        rows = [row[0] for row in at.fetchall()]
    return rows, sorted(k.decode()[5:] for k in keys(s).keys("note:*"))


def send(s, subject="Code", body="Your code is\n\n012345\n", client=None):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ca@example.jp", TO, subject
    mail.set_content(body)
    if client is None:
        with smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=PATIENCE_S) as own:
            own.send_message(mail)
    else:
        client.send_message(mail)


def trusting(s):
    return ssl.create_default_context(cafile=s.smtp_certificate)


def own_processes(folder):
    """All processes that have the folder in their command line."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in entry.read_bytes():
                found.append(entry.parent.name)
    return found


# ---------------------------------------------------------------- life


def test_start_and_stop_twice_goes_on_with_the_data(s):
    write_down(s, "before")
    port = s.smtp_port
    first = s.pids()
    s.start()
    assert s.pids() == first, "a start of what runs starts nothing"
    s.stop()
    assert own_processes(s.folder) == []
    assert set(s.pids().values()) == {None}
    s.stop()
    s.start()
    assert notes(s) == (["before"], ["before"])
    assert s.smtp_port == port


def test_another_object_finds_and_stops_what_runs(s):
    again = services.Services(s.folder)
    assert again.pids() == s.pids()
    assert None not in s.pids().values()
    again.stop()
    assert own_processes(s.folder) == []
    s.start()


def command(do, s):
    program = str(ROOT / "deploy" / "local" / "services")
    return subprocess.Popen(
        [program, do, s.folder, "--json"], stdout=subprocess.PIPE
    )


def test_the_command_line_and_two_starts_at_once(s):
    s.stop()
    with command("status", s) as status:
        assert set(json.load(status.stdout)["pids"].values()) == {None}
    assert status.returncode == 3
    with command("start", s) as one, command("start", s) as two:
        assert json.load(one.stdout) == json.load(two.stdout) == s.status()
    assert (one.returncode, two.returncode) == (0, 0)
    with command("status", s) as status:
        assert json.load(status.stdout)["pids"] == s.pids()
    assert status.returncode == 0


def test_two_side_by_side_do_not_meet(s):
    with services.temporary() as other:
        assert other.smtp_port != s.smtp_port
        write_down(other, "other")
        assert notes(other) == (["other"], ["other"])
        seen = maildir.mark(s.maildir)
        send(other)
        assert len(maildir.names(other.maildir)) == 1
        assert maildir.mark(s.maildir) == seen
        mine = s.pids()
        other.stop()
        assert s.pids() == mine
        folder = other.folder
    assert not os.path.exists(folder)
    assert own_processes(folder) == []


def test_a_power_cut_loses_nothing_committed(s):
    """SIGKILL to PostgreSQL, Redis and the mail server at once: they start
    again by themselves, with what was committed."""
    write_down(s, "committed")
    s.kill9_postgres()
    s.redis.kill9()
    s.smtp.kill9()
    assert own_processes(s.folder) == []
    s.start()
    assert "committed" in notes(s)[0]


def test_lock_files_with_the_pid_of_somebody_else_are_no_obstacle(s):
    """PostgreSQL is killed, and its lock files name a process of ours, as
    after a restart of the machine: it must start all the same."""
    s.kill9_postgres()
    for path in (
        pathlib.Path(s.pg.data, "postmaster.pid"),
        pathlib.Path(s.pg.folder, ".s.PGSQL.5432.lock"),
    ):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(os.getpid())] + lines[1:]) + "\n")
    s.start()
    assert s.pids()["postgres"] not in (None, os.getpid())


def test_redis_comes_back_with_or_without_its_data(s):
    """Redis is started again, with its data and without: tests that inject
    this loss rely on which of the two it is."""
    keys(s).set("kept", 1)
    s.restart_redis()
    assert keys(s).get("kept") == b"1"
    s.restart_redis(flush=True)
    assert keys(s).keys("*") == []
    assert keys(s).config_get("maxmemory-policy") == {
        "maxmemory-policy": "noeviction"
    }


def test_postgres_keeps_what_it_promises(s):
    with sql(s) as at:
        for name, value in {
            "synchronous_commit": "on",
            "fsync": "on",
            "listen_addresses": "",
        }.items():
            at.execute(f"SHOW {name}")
            assert at.fetchone()[0] == value


def test_nobody_else_gets_in(s):
    """Where root starts Koshin, its processes are users of their own: Redis
    is auth's and the front's, and PostgreSQL knows who comes (test_users.py)."""
    modes = (0o711, 0o710) if users.apart() else (0o700, 0o700)
    for server, mode in zip((s.pg, s.redis), modes):
        seen = os.stat(server.folder)
        assert seen.st_mode & 0o777 == mode
        assert seen.st_uid == server.user.pw_uid
    if users.apart():
        assert seen.st_gid == users.redis_gid()
        done = subprocess.run(
            ["psql", "-X", s.pg_conninfo("postgres", "postgres")],
            user="nobody", capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=PATIENCE_S,
        )  # fmt: skip
        assert "Peer authentication failed" in done.stderr


# ------------------------------------------------------------- the home


@pytest.fixture
def awkward():
    """A folder that no socket can be in, which its name says."""
    with tempfile.TemporaryDirectory() as base:
        yield os.path.join(base, "a, b" + "c" * 100, "var")
        for folder in pathlib.Path(base).glob("*/var*"):
            services.Services(folder).forget()


def test_an_awkward_folder_gets_a_home_elsewhere(awkward):
    said = []
    with services.Services(awkward, say=said.append) as first:
        assert first.pg.folder.startswith("/var/tmp/koshin-")
        assert len(said) == 1 and "the databases" in said[0].lower()
        write_down(first, "far")
        base = home.current(first.folder)
        assert_a_copy_is_on_its_own(first, awkward + "-copy")

    moved = awkward + "-moved"
    os.rename(awkward, moved)
    with services.Services(moved) as again:
        assert notes(again)[0] == ["far"]
    again.forget()
    again.forget()  # of nothing
    assert not os.path.exists(base)


def assert_a_copy_is_on_its_own(first, folder):
    """The copy has a link to the home of the original, and a port file."""
    shutil.copytree(first.folder, folder, symlinks=True)
    copy = services.Services(folder)
    running = first.pids()
    copy.stop()
    assert first.pids() == running
    with copy:
        assert home.current(copy.folder) != home.current(first.folder)
        assert copy.smtp_port != first.smtp_port
    copy.forget()
    assert first.pids() == running


# ----------------------------------------------------------------- mail


def test_a_mail_is_kept_and_its_code_is_read(s):
    seen = maildir.mark(s.maildir)
    send(s, "Another")
    send(s, "認証コード")
    mail = maildir.wait_for_mail(s.maildir, to=TO, subject="認証", after=seen)
    assert maildir.code_of(mail) == "012345"
    assert mail["Return-Path"] == "<ca@example.jp>"
    with pytest.raises(TimeoutError, match="Another"):
        maildir.wait_for_mail(s.maildir, to="nobody@x", timeout=0.1)


@pytest.mark.parametrize("body", ["1234567\n", "code: 123456\n", "1\n" * 6])
def test_no_code_is_read_where_none_stands(s, body):
    seen = maildir.mark(s.maildir)
    send(s, body=body)
    mail = maildir.wait_for_mail(s.maildir, after=seen)
    with pytest.raises(ValueError):
        maildir.code_of(mail)


def test_STARTTLS_can_be_demanded_with_a_login(plain_smtp):
    s = plain_smtp
    s.smtp_script(
        tls="starttls", require_tls=True, user="koshin", password="s3cret"
    )
    with smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=PATIENCE_S) as client:
        client.ehlo()
        assert client.mail("ca@example.jp") == (
            530,
            b"Must issue a STARTTLS command first",
        )
        client.starttls(context=trusting(s))
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(s, client=client)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("koshin", "wrong")
        client.login("koshin", "s3cret")
        seen = maildir.mark(s.maildir)
        send(s, client=client)
    assert maildir.wait_for_mail(s.maildir, after=seen)


def test_SMTPS_on_the_same_port(plain_smtp):
    s = plain_smtp
    s.smtp_script(tls="implicit", user="koshin", password="s3cret")
    with smtplib.SMTP_SSL(
        s.smtp_host, s.smtp_port, timeout=PATIENCE_S, context=trusting(s)
    ) as client:
        client.login("koshin", "s3cret")
        seen = maildir.mark(s.maildir)
        send(s, client=client)
    assert maildir.wait_for_mail(s.maildir, after=seen)


def test_a_451_at_RCPT_comes_as_often_as_it_was_asked_for(plain_smtp):
    """The mail server is told to refuse a recipient twice: tests of the
    courier rely on the number, and on nothing being kept."""
    s = plain_smtp
    s.smtp_script(
        faults=[{"at": "rcpt", "do": "451 4.7.1 Later", "to": TO, "times": 2}]
    )
    seen = maildir.mark(s.maildir)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(s)
        assert refused.value.recipients[TO] == (451, b"4.7.1 Later")
    assert maildir.mark(s.maildir) == seen
    send(s)
    assert maildir.mark(s.maildir) > seen


@pytest.mark.parametrize("at", ["data", "dot"])
def test_a_554_at_the_mail_itself(plain_smtp, at):
    """The mail server is told to refuse the mail, at DATA or at its end: tests
    of the courier rely on nothing being kept."""
    s = plain_smtp
    s.smtp_script(faults=[{"at": at, "do": "554 5.6.0 No"}])
    seen = maildir.mark(s.maildir)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(s)
    assert refused.value.smtp_code == 554
    assert maildir.mark(s.maildir) == seen


@pytest.mark.parametrize("keep", [False, True])
def test_the_line_goes_dead_after_the_last_dot(plain_smtp, keep):
    """The mail server is told to close before its 250: with `keep` the mail
    was delivered, and the sender cannot know."""
    s = plain_smtp
    s.smtp_script(faults=[{"at": "dot", "do": "close", "keep": keep}])
    seen = maildir.mark(s.maildir)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(s)
    assert (maildir.mark(s.maildir) > seen) is keep


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "dot"])
def test_it_can_hang_anywhere(plain_smtp, at):
    """The mail server is told to be silent at one verb: tests of the courier's
    limits rely on it being silent there, and connected."""
    s = plain_smtp
    s.smtp_script(faults=[{"at": at, "do": "hang"}])
    wrong = (TimeoutError, smtplib.SMTPServerDisconnected)
    with pytest.raises(wrong, match="timed out"):
        with smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=0.2) as client:
            send(s, client=client)


def test_a_bare_LF_is_refused(s):
    with smtplib.SMTP(s.smtp_host, s.smtp_port, timeout=PATIENCE_S) as client:
        client.ehlo()
        client.mail("ca@example.jp")
        client.rcpt(TO)
        client.docmd("DATA")
        client.send(b"Subject: x\r\n\r\none\ntwo\r\n.\r\n")
        assert client.getreply()[0] == 550


@pytest.mark.parametrize(
    "script",
    [
        "{ no",
        '{"fault": []}',
        '{"tls": "yes"}',
        '{"faults": [{"at": "rcpt", "do": "451 Later", "time": 1}]}',
        '{"faults": [{"at": "end", "do": "451 Later"}]}',
        '{"faults": [{"at": "dot", "do": "crash"}]}',
    ],
)
def test_a_bad_script_is_said_aloud(plain_smtp, script):
    s = plain_smtp
    pathlib.Path(s.folder, "smtp.json").write_text(script)
    with pytest.raises(smtplib.SMTPConnectError, match="smtp.json"):
        send(s)


def test_a_taken_port_is_said_clearly(s):
    with tempfile.TemporaryDirectory() as folder:
        other = services.Services(folder, smtp_port=s.smtp_port)
        with pytest.raises(process.ServiceError, match="choose another"):
            other.smtp.start()
