"""The end and the renewal of a running server: nobody's request is cut
(F-22), and what may be changed while it runs changes (F-82)."""

import os
import re
import signal
import ssl
import threading
import time

import pytest

from koshin_tests import promises
from koshin_tests.burst import roomy
from koshin_tests.clients.raw import Connection, context, get
from koshin_tests.gate import self_signed
from koshin_tests.halfway import Halfway
from koshin_tests.kill import ended, errands, finish_all, wait_children
from koshin_tests.patience import PATIENCE_S, join, run, until



def never_hurried(settings):
    """Who waits for the end of est.drain_time fails: it does not come."""
    roomy(settings)
    settings["est"]["drain_time"] = "600s"


@pytest.fixture
def server(new_server):
    made = new_server(change=never_hurried)
    made.start()
    return made


class Load:
    """People who enroll, each in a thread, some after the other."""

    def __init__(self, servers, people, each_s=0.01):
        self.servers = servers
        self.people = people
        self.refused = 0  # connections that were not taken
        self.cut = []  # those that ended without an answer
        self.answers = []
        self._each_s = each_s
        self._threads = []

    def start(self):
        for i, errand in enumerate(self.people):
            thread = threading.Thread(target=self._one, args=(i, errand))
            self._threads.append(thread)
            thread.start()
        return self

    def _one(self, i, errand):
        time.sleep(i * self._each_s)
        for server in self.servers[i % 2 :] + self.servers:
            try:
                connection = Connection(server, ctx=context(server))
            except OSError:  # as a balancer: the next one
                self.refused += 1
                continue
            with connection:
                try:
                    answer = connection.ask(errand.request)
                except (OSError, AssertionError):
                    self.cut.append(errand)
                    return
            self.answers.append(answer.status)
            errand.take(answer)
            return

    def join(self):
        join(*self._threads)


def test_F_22_running_requests_end_when_it_stops(server):
    people = errands(server, 60)
    load = Load([server], people).start()
    time.sleep(0.3)
    assert server.instance.stop() == 0
    load.join()
    assert load.cut == []
    assert set(load.answers) <= {200, 202, 503}
    assert 200 in load.answers
    assert load.refused > 0  # else it was over before
    server.start()
    finish_all(server, people)
    got = [der for errand in people for der in errand.got]
    assert promises.wrongs(server, got) == []


def test_F_22_idle_connections_do_not_hold_it_up(server):
    """Those between two requests. Who has not sent one yet is waited for."""
    open_ones = [Connection(server) for _ in range(20)]
    for connection in open_ones:
        assert connection.ask(get("cacerts")).status == 200
    assert server.instance.stop() == 0
    for connection in open_ones:
        connection.close()


def test_F_12_F_22_auth_ends_when_redis_knows_of_its_mails(server):
    """That the mail of a code was queued is told to Redis a little after the
    answer; a code without that mark holds back no other one for long."""
    for account in [server.account() for _ in range(3)]:

        def mailed():
            answer = server.try_secret(account, account.password)
            assert answer.status in (401, 503)
            return answer.status == 401

        pid = wait_children(server)["auth"]
        until(mailed)
        os.kill(pid, signal.SIGTERM)
        until(lambda: ended(pid))
        code = f"koshin:{{{account.user}}}:code"
        assert server.redis("HGET", code, "mailed") == "1"


def test_F_22_a_rolling_restart_of_two_cuts_nobody(server):
    people = errands(server, 120)
    with server.twin() as second:
        load = Load([server, second], people, each_s=0.02).start()
        for one in (server, second):
            time.sleep(0.4)
            assert one.instance.stop() == 0
            one.start()
        load.join()
        assert load.cut == []
        assert len(load.answers) == len(people)  # each was taken by one
        assert set(load.answers) <= {200, 202, 503}
        finish_all(second, people)
        got = [der for errand in people for der in errand.got]
        assert promises.wrongs(server, got, [second]) == []


def test_F_22_a_stop_in_the_middle_of_the_start_is_no_trouble(new_server):
    """The sealer is on its way into PostgreSQL when it is told to stop; that
    its questions stay without an answer then is nobody's fault."""
    made = new_server()
    with Halfway(made.services) as halfway:

        def change(settings):
            settings["database"]["sealer"] = halfway.conninfo("koshin_sealer")

        made.instance.configure(change)
        made.instance.start(wait=False)
        assert halfway.waiting.wait(PATIENCE_S)
        assert made.instance.stop() == 0
    assert not re.search(r" (warn|error) ", made.instance.log_text())


# ------------------------------------------------------------------- reload


def served(server):
    """The certificate that is shown."""
    with Connection(server, ctx=untrusting()) as c:
        return c.sock.getpeercert(binary_form=True)


def untrusting():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def wait_log(server, text):
    until(
        lambda: text in server.instance.log_text(), server.instance.log_text
    )


def test_F_82_a_new_tls_certificate_is_taken_without_a_restart(server):
    (errand,) = errands(server, 1)
    before = served(server)
    pids = server.instance.pids()
    with Connection(server) as old:
        assert old.ask(get("cacerts")).status == 200
        tls = os.path.join(server.folder, "tls", "server.")
        self_signed(tls + "pem", tls + "key")
        server.instance.reload()
        wait_log(server, " reload ")
        until(lambda: served(server) != before)
        # Who was there stays there.
        assert old.ask(get("cacerts")).status == 200
        errand.take(old.ask(errand.request))
    assert len(errand.got) == 1
    assert server.instance.pids() == pids


def test_F_64_a_broken_tls_certificate_is_not_taken(server):
    """The key is cut after ten bytes, and SIGHUP: half a key must not replace
    a whole one, or all clients are turned away until somebody looks."""
    before = served(server)
    os.truncate(os.path.join(server.folder, "tls", "server.key"), 10)
    server.instance.reload()
    wait_log(server, " reload-refused ")
    assert served(server) == before


def test_F_76_reloads_under_load_drop_nobody(server):
    people = errands(server, 60)
    load = Load([server], people).start()
    for _ in range(10):
        time.sleep(0.05)
        server.instance.reload()
    load.join()
    assert (load.cut, load.refused) == ([], 0)
    assert set(load.answers) == {200}


# ------------------------------------------------------------------- others


def test_F_23_a_second_one_in_the_same_folder_is_refused(server):
    done = run(server.instance.koshin, "serve", "--config",
               server.instance.config, text=True)  # fmt: skip
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "another koshin runs here" in line
    # And the first one has not noticed: its socket is still there.
    (errand,) = errands(server, 1)
    errand.finish(server)


def test_F_21_a_new_start_right_after_kill_9_is_not_refused(server):
    """SIGKILL to the parent, and a new start at once: its children may need a
    moment to die, and hold lock and port as long."""
    for _ in range(8):
        server.instance.kill9()
        server.start()


def test_F_22_sigint_ends_it_like_sigterm(server):
    server.instance.process.send_signal(signal.SIGINT)
    assert server.instance.process.wait(PATIENCE_S) == 0
    server.instance.process = None
    assert " stopped " in server.instance.log_text()
