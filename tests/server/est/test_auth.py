"""EST_100..113 and A_01..A_13: the Authorization field. Whoever has not proved
a password gets one and the same answer."""

import base64
import itertools
import statistics
import time

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, get, post

FAILED = "Authentication failed.\n"
CSR = requests.request()
WRONG = "Wrong-1234"


def ask(server, *fields, csr=CSR):
    return raw.ask(server, post("simpleenroll", csr, PKCS10, *fields))


def field(value):
    """As bytes on the wire, whatever is in it."""
    return f"Authorization: {value}\r\n"


def token(data):
    return "Basic " + base64.b64encode(data).decode()


def test_EST_101_EST_104_A_01_without_one_it_is_asked_for(koshin_server):
    answer = ask(koshin_server)
    assert (answer.status, answer.body) == (401, b"")
    assert answer.field("WWW-Authenticate").startswith("Basic ")


MALFORMED = {
    "scheme alone": "Basic",
    "scheme and space": "Basic ",
    "no base64": "Basic !!!",
    "bad padding": token(b"user01:abc").rstrip("="),
    "spare bits": "Basic dXNlcjAxOmE6",
    "two tokens": token(b"a:b") + " " + "YTpi",
    "no colon": token(b"nobody01"),
    "empty user": token(b":Wrong-1234"),
    "empty password": token(b"nobody01:"),
    "only a colon": token(b":"),
    "NUL in the user": token(b"nobody01\0:Wrong-1234"),
    "NUL in the password": token(b"nobody01:Wrong\0-1234"),
    "newline": token(b"nobody01\n:Wrong-1234"),
    "delete": token(b"nobody01\x7f:Wrong-1234"),
    "not UTF-8": token(b"nobody\xff:Wrong-1234"),
    "4 KiB": token(b"a" * 3000 + b":" + b"b" * 1000),
    "Digest": 'Digest username="a", realm="EST", nonce="x", response="y"',
    "Bearer": "Bearer abc",
    "Negotiate": "Negotiate YII=",
    "unknown": "Mystery a=b",
    "no scheme": "bm9ib2R5MDE6V3JvbmctMTIzNA==",
    "empty": "",
    "SQL": token(b"' or 1=1--:Wrong-1234"),
    "Redis": token(b"*3\r\n$3\r\nDEL:Wrong-1234"),
    "hash tag": token(b"{a}:Wrong-1234"),
    "pattern": token(b"*:Wrong-1234"),
    "path": token(b"..:x"),
    "long password": token(b"nobody01:" + b"W" * 129),
    "huge password": token(b"nobody01:" + b"W" * 5000),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_EST_107_A_02_A_03_A_06_A_13_like_a_wrong_password(
    koshin_server, kind
):
    answer = ask(koshin_server, field(MALFORMED[kind]))
    assert (answer.status, answer.text) == (401, FAILED)


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc"])
def test_EST_107_A_01_the_scheme_has_no_case(koshin_server, scheme):
    account = koshin_server.account()
    value = token(f"{account.user}:{account.password}".encode())
    answer = ask(koshin_server, field(value.replace("Basic", scheme)))
    assert answer.text.startswith("One-time code mailed.")


@pytest.mark.parametrize("fields", [
    field(token(b"a:b")) + field(token(b"a:b")),
    field(token(b"a:b") + ", " + token(b"a:b")),
    field(token(b"a:b")) + field("Bearer x"),
])  # fmt: skip
def test_A_01_two_values_are_400(koshin_server, fields):
    assert ask(koshin_server, fields).status == 400


def test_EST_107_a_password_may_have_colons(koshin_server):
    account = koshin_server.account(password="Ume:5:zakura")
    answer = koshin_server.try_secret(account, "Ume:5:zakura")
    assert answer.text.startswith("One-time code mailed.")


@pytest.mark.parametrize("change", [
    str.upper, str.capitalize, lambda u: u + " ", lambda u: " " + u,
    lambda u: u + "\u0301", lambda u: u[:-1],
])  # fmt: skip
def test_R_ACC_3_A_03_A_04_another_user_id_is_another_account(
    koshin_server, change
):
    account = koshin_server.account()
    answer = koshin_server.try_secret(change(account.user), account.password)
    assert (answer.status, answer.text) == (401, FAILED)


def test_R_ACC_9_A_04_passwords_have_case(koshin_server):
    account = koshin_server.account()
    answer = koshin_server.try_secret(account, account.password.swapcase())
    assert (answer.status, answer.text) == (401, FAILED)


@pytest.mark.parametrize("secret", [
    "Ume5-zakura\u3000", "Ume5-zakura ", " Ume5-zakura", "Ume5-zakur",
])  # fmt: skip
def test_A_05_nothing_is_trimmed(koshin_server, secret):
    account = koshin_server.account()
    assert koshin_server.try_secret(account, secret).text == FAILED


def test_A_07_who_may_not_log_in_hears_nothing_else(koshin_server):
    """Closed and blocked: even with the right password."""
    closed, blocked = koshin_server.account(), koshin_server.account()
    koshin_server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    koshin_server.rows(
        "UPDATE koshin.account SET state = 'blocked' WHERE user_id = %s",
        blocked.user,
    )
    for account in (closed, blocked):
        since = account.mark()
        answer = koshin_server.try_secret(account, account.password)
        assert (answer.status, answer.text) == (401, FAILED)
        assert not account.mails(since, "one-time code")


def test_R_ACC_7_A_12_a_temporary_password_is_to_be_replaced_first(
    koshin_server,
):
    account = koshin_server.account(temporary=True)
    since = account.mark()
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 403
    assert answer.text == "Replace your temporary password first.\n"
    assert not account.mails(since, "one-time code")
    assert koshin_server.try_secret(account, WRONG).text == FAILED


def test_A_10_credentials_stand_in_the_field_only(koshin_server):
    account = koshin_server.account()
    text = f"{account.user}:{account.password}"
    value = base64.b64encode(text.encode()).decode()
    with raw.Connection(koshin_server) as c:
        answer = c.ask(
            post(f"simpleenroll?user={text}", CSR, PKCS10,
                 f"Cookie: Authorization=Basic {value}\r\n",
                 f"Proxy-Authorization: Basic {value}\r\n")
        )  # fmt: skip
    assert (answer.status, answer.body) == (401, b"")
    assert account.password not in koshin_server.instance.log_text()


def test_EST_108_EST_300_secrets_are_not_logged(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account, CSR)
    csr = requests.request()
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 200
    log = koshin_server.instance.log_text()
    assert account.user in log
    for secret in (
        account.password, account.password + code, answer.text[:40],
        basic(account.user, account.password).split()[-1],
        base64.b64encode(csr).decode()[:40],
    ):  # fmt: skip
        assert secret not in log
    assert f" {code}" not in log and f"={code}" not in log


def test_EST_300_a_user_is_named_after_the_password_only(koshin_server):
    account = koshin_server.account()
    koshin_server.try_secret(account, WRONG)
    assert account.user not in koshin_server.instance.log_text()


@pytest.mark.parametrize("operation", ["cacerts", "csrattrs"])
def test_EST_109_EST_110_public_things_take_no_password(
    koshin_server, operation
):
    for fields in ("", basic("nobody01", WRONG), field("Mystery")):
        assert raw.ask(koshin_server, get(operation, fields)).status == 200


@pytest.mark.parametrize("body", [b"", b"0", b"\x30\x80", b"hello" * 100])
def test_EST_112_a_request_is_not_looked_at_before(koshin_server, body):
    answer = ask(koshin_server, basic("nobody01", WRONG), csr=body)
    assert (answer.status, answer.text) == (401, FAILED)
    answer = ask(koshin_server, csr=body)
    assert (answer.status, answer.body) == (401, b"")


def test_EST_112_route_method_and_type_come_before(koshin_server):
    who = basic("nobody01", WRONG)
    for data, status in (
        (post("nothing", CSR, who), 404),
        (get("simpleenroll", who), 405),
        (post("simpleenroll", CSR, who), 415),
    ):
        assert raw.ask(koshin_server, data).status == status


# -------------------------------------------------------------- R-AUTH-4


def everybody(server):
    """(user, secret) of those who get the same answer."""
    known, closed, locked, coded = (server.account() for _ in range(4))
    server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    for _ in range(6):
        server.try_secret(locked, WRONG)
    server.step1(coded)
    return {
        "unknown": ("nobody99", WRONG),
        "wrong password": (known.user, WRONG),
        "closed": (closed.user, closed.password),
        "locked": (locked.user, locked.password),
        "wrong code": (coded.user, coded.password + "000000"),
        "code before any": (known.user, known.password + "123456"),
    }


@pytest.fixture(scope="module")
def people(koshin_server):
    return everybody(koshin_server)


def test_R_AUTH_4_the_answers_have_the_same_bytes(koshin_server, people):
    def shape(answer):
        return answer.line, [
            f for f in answer.fields if f[0] != "Date"
        ], answer.body  # fmt: skip

    shapes = {
        kind: shape(ask(koshin_server, basic(user, secret)))
        for kind, (user, secret) in people.items()
    }
    assert len({repr(s) for s in shapes.values()}) == 1, shapes


def counted(server, user):
    """What Redis holds of a name, but for when."""
    keys = server.redis("KEYS", f"koshin:{{{user}}}:*")
    names = sorted(key.split(":")[2] for key in keys.split())
    return names, server.redis("GET", f"koshin:{{{user}}}:locks")


def test_R_AUTH_4_I_15_a_closed_account_is_counted_as_nobody_is(
    koshin_server,
):
    closed = koshin_server.account()
    koshin_server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    nobody = f"nobody{closed.user[-4:]}"[:12]
    for user in (nobody, closed.user):
        for _ in range(6):
            answer = ask(koshin_server, basic(user, WRONG))
            assert answer.text == FAILED
    assert counted(koshin_server, closed.user) == counted(
        koshin_server, nobody
    )


def medians(server, who, rounds=15):
    """How long each waits for the refusal, taken in turn so that a busy
    machine is busy for all. Failures are forgiven, or a lock is measured."""
    spent = {kind: [] for kind in who}
    ctx = raw.context(server)
    for turn in range(rounds):
        if turn % 4 == 0:
            server.forgive()
        for kind, users in who.items():
            data = post("simpleenroll", CSR, PKCS10,
                        basic(next(users), WRONG))  # fmt: skip
            with raw.Connection(server, ctx=ctx) as c:
                began = time.perf_counter()
                assert c.ask(data).text == FAILED
                spent[kind].append(time.perf_counter() - began)
    return {kind: statistics.median(times) for kind, times in spent.items()}


@pytest.mark.alone
def test_R_AUTH_4_A_09_the_answers_take_the_same_time(koshin_server):
    """What a machine has to do beside may spoil one measurement; a password
    that is not evaluated would spoil all."""
    known, closed = koshin_server.account(), koshin_server.account()
    koshin_server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    who = {
        "unknown": itertools.cycle([f"nobody{n}a" for n in range(8)]),
        "wrong password": itertools.cycle([known.user]),
        "closed": itertools.cycle([closed.user]),
    }
    seen = []
    for _ in range(4):
        seen.append(medians(koshin_server, who))
        if max(seen[-1].values()) < 1.25 * min(seen[-1].values()):
            return
    raise AssertionError(seen)
