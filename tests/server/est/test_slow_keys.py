"""T1: a device with an RSA key of 4096 bits takes 15 ms of a processor for each
request; those are taken by threads of a pool, after all else that may refuse
it, and so often in a minute. Counted is the time of the front's loops beside
that of P-256, in turns, each with a connection of its own."""

import os

import clock
from koshin_tests.kill import wait_children

from koshin_tests.clients import requests
from koshin_tests.clients.raw import Connection, post
from koshin_tests.patience import until

PKCS10 = "Content-Type: application/pkcs10\r\n"
ROUNDS = 15
KINDS = ["p256", "rsa4096"]


def cpu_ms(front):
    """Of its loops, and of its pool."""
    pool = clock.pool_ms(front)
    return clock.process_ms(front) - pool, pool


def renewal(old, label="device"):
    csr = requests.same_names(old.key, old.certificate)
    return post(f"{label}/simplereenroll", csr, PKCS10)


def costs(server, label, status):
    """{kind: (ms of the loops, ms of the pool) for each renewal}."""
    front = wait_children(server)["front"]
    devices = {k: server.identity(label=label, kind=k)[1] for k in KINDS}
    spent = {kind: [0, 0] for kind in KINDS}
    for turn in range(ROUNDS + 1):
        for kind, device in devices.items():
            ask = renewal(device, label)
            before = cpu_ms(front)
            with Connection(server, identity=device) as c:
                assert c.ask(ask).status == status
            if turn > 0:
                for i, after in enumerate(cpu_ms(front)):
                    spent[kind][i] += (after - before[i]) / ROUNDS
    print({kind: [f"{ms:.2f}" for ms in each] for kind, each in spent.items()})
    return spent


def test_T1_a_slow_key_takes_no_more_of_a_loop_than_a_fast_one(koshin_server):
    spent = costs(koshin_server, "device", 200)
    assert spent["rsa4096"][0] < 3 * spent["p256"][0]
    assert spent["rsa4096"][1] > spent["rsa4096"][0]


def test_T1_R_CERT_3_before_the_window_a_slow_key_is_not_looked_at(
    koshin_server,
):
    spent = costs(koshin_server, "late", 403)
    assert sum(spent["rsa4096"]) < 3 * sum(spent["p256"])


def test_T1_a_certificate_has_a_rate_of_its_own(koshin_server):
    """Each thread of the front counts; the connection stays with one."""
    each = 4

    def change(settings):
        settings["est"]["renewals_per_certificate"] = each * os.cpu_count()

    one, other = (koshin_server.identity()[1] for _ in range(2))
    with koshin_server.twin(change) as server:
        with Connection(server, identity=one) as c:
            ask = renewal(one)
            assert [c.ask(ask).status for _ in range(each)] == [200] * each
            for _ in range(3):
                refused = c.ask(ask)
                assert refused.status == 429
                assert 1 <= int(refused.field("Retry-After")) <= 60
        with Connection(server, identity=other) as c:
            assert c.ask(renewal(other)).status == 200
    log = server.instance.log_text()
    assert log.count("outcome=certificate-rate") == 0  # not each
    assert "turned-away certificate=3" in log


def test_T1_who_leaves_while_his_key_is_checked_harms_nobody(koshin_server):
    _, old = koshin_server.identity(kind="rsa4096")
    for _ in range(20):
        with Connection(koshin_server, identity=old) as c:
            c.send(renewal(old))
    with Connection(koshin_server, identity=old) as c:
        assert c.ask(renewal(old)).status == 200
    assert until(
        lambda: "outcome=client-gone" in koshin_server.instance.log_text()
    )
