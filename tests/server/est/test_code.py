"""R_AUTH_1..5, O_01..O_10, EST_193, EST_194: the two steps and the code."""

import re

import pytest

from koshin_tests.burst import Burst
from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, post

FAILED = "Authentication failed.\n"
MAILED = (
    "One-time code mailed. Repeat the request with the code appended to the "
    "password.\n"
)

MINUTE = r"20\d\d-\d\d-\d\d \d\d:\d\d JST"
OUT = re.compile(
    f"The one-time code mailed at {MINUTE} is good until {MINUTE}; another "
    f"can be had from {MINUTE} on. Repeat the request with the code appended "
    "to the password.\n"
)
MOMENT = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def other(code):
    return f"{(int(code) + 1) % 1000000:06}"


def test_R_AUTH_1_a_right_password_mails_a_code(koshin_server):
    account = koshin_server.account()
    since = account.mark()
    answer = koshin_server.try_secret(account, account.password)
    assert (answer.status, answer.text) == (401, MAILED)
    mail = account.mail(since, "one-time code")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert len(account.code(since)) == 6


def test_R_AUTH_1_a_wrong_one_mails_nothing(koshin_server):
    account = koshin_server.account()
    since = account.mark()
    koshin_server.try_secret(account, "Wrong-1234")
    koshin_server.step1(koshin_server.account())  # so long it takes
    assert not account.mails(since, "one-time code")


def test_R_AUTH_2_the_code_is_good_once(koshin_server):
    """For one request; O_02: for another one it is as wrong as any."""
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    assert koshin_server.try_secret(account, secret, csr).status == 200
    answer = koshin_server.try_secret(account, secret)
    assert (answer.status, answer.text) == (401, FAILED)
    assert koshin_server.certificates_of(account) == 1


def test_R_AUTH_2_O_01_a_new_code_kills_the_old_one(koshin_server):
    account = koshin_server.account()
    old = koshin_server.step1(account)
    koshin_server.age_code(account)
    new = koshin_server.step1(account)
    answer = koshin_server.try_secret(account, account.password + old)
    assert (answer.status, answer.text) == (401, FAILED)
    answer = koshin_server.try_secret(account, account.password + new)
    assert answer.status == 200


def test_R_AUTH_3_O_01_wrong_late_and_foreign_codes_are_refused_alike(
    koshin_server,
):
    first, second = koshin_server.account(), koshin_server.account()
    code, foreign = (koshin_server.step1(a) for a in (first, second))
    wrong = other(code) if foreign == code else foreign
    for secret in (other(code), wrong):
        answer = koshin_server.try_secret(first, first.password + secret)
        assert (answer.status, answer.text) == (401, FAILED)
    assert koshin_server.try_secret(
        first, first.password + code
    ).status == 200  # fmt: skip


def test_R_AUTH_2_O_01_after_30_minutes_it_is_late(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    koshin_server.age_code(account, 30 * 60)
    answer = koshin_server.try_secret(account, account.password + code)
    assert (answer.status, answer.text) == (401, FAILED)


def test_R_AUTH_2_until_then_it_is_good(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    koshin_server.age_code(account, 30 * 60 - 10)
    answer = koshin_server.try_secret(account, account.password + code)
    assert answer.status == 200


def typed(form, code):
    """A code as somebody types it."""
    wide = code.translate({48 + i: 0xFF10 + i for i in range(10)})
    arabic = code.translate({48 + i: 0x660 + i for i in range(10)})
    return form.format(code, code[:3], code[3:], code[:5], wide, arabic)


@pytest.mark.parametrize("form", [
    "{0} ", " {0}", "{1} {2}", "{4}", "\u3000{4}\u3000", "{1}\u00a0{2}",
])  # fmt: skip
def test_C_26_O_03_blanks_and_full_width_digits_are_folded(
    koshin_server, form
):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    text = typed(form, code)
    answer = koshin_server.try_secret(account, account.password + text)
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("form", [
    "+{0}", "-{0}", "{0}0", "{3}", "1e5", "{5}", "{0}\u0000", "{0}\r\n",
])  # fmt: skip
def test_O_03_nothing_else_but_six_digits_behind_the_password(
    koshin_server, form
):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    text = typed(form, code)
    answer = koshin_server.try_secret(account, account.password + text)
    assert (answer.status, answer.text) == (401, FAILED)
    assert koshin_server.certificates_of(account) == 0
    answer = koshin_server.try_secret(account, account.password + code)
    assert answer.status == 200


def test_R_AUTH_5_asked_again_at_once_no_second_mail_goes(koshin_server):
    """... and the code that went out stays good (4.2 step 8)."""
    account = koshin_server.account()
    since = account.mark()
    code = koshin_server.step1(account)
    for _ in range(5):
        answer = koshin_server.try_secret(account, account.password)
        assert answer.status == 401
        assert OUT.fullmatch(answer.text), answer.text
    koshin_server.step1(koshin_server.account())
    assert len(account.mails(since, "one-time code")) == 1
    answer = koshin_server.try_secret(account, account.password + code)
    assert answer.status == 200


def test_C_24_a_code_that_was_spent_is_not_said_to_be_good(koshin_server):
    """Another one is held back for a minute."""

    def change(settings):
        settings["policy"]["code_spacing"] = "60s"

    account = koshin_server.account()
    csr = requests.request()
    with koshin_server.twin(change) as twin:
        secret = account.password + twin.step1(account, csr)
        answer = twin.try_secret(account, secret, csr)
        assert answer.status == 200, answer.text
        made = requests.certificate(answer.body)
        koshin_server.revoke(made, "superseded")
        answer = twin.try_secret(account, account.password)
    assert re.fullmatch(
        f"No one-time code is mailed now; one can be had from {MINUTE} on.\n",
        answer.text,
    )
    assert re.fullmatch(
        f"code-none; again={MOMENT}", answer.field("Koshin-Status")
    )


def test_C_24_a_code_that_came_back_is_said_to_have(koshin_server):
    """... and holds back no other one."""
    account = koshin_server.account()
    koshin_server.step1(account)
    koshin_server.rows(
        "UPDATE koshin.mail SET state = 'failed', last_answer = '550'"
        " WHERE kind = 'code' AND account ="
        " (SELECT id FROM koshin.account WHERE user_id = %s)", account.user,
    )  # fmt: skip
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 401
    assert re.fullmatch(
        f"The one-time code mailed at {MINUTE} could not be delivered; "
        f"another can be had from {MINUTE} on.\n", answer.text,
    )  # fmt: skip
    assert koshin_server.step1(account)


def test_C_23_programs_hear_that_a_code_was_sent_and_until_when(
    koshin_server,
):
    account = koshin_server.account()
    said = f"code-sent; expires={MOMENT}; again={MOMENT}"
    for _ in range(2):
        answer = koshin_server.try_secret(account, account.password)
        assert re.fullmatch(said, answer.field("Koshin-Status"))
        assert len(answer.head) + 4 < 900
    for secret in ("Wrong-1234", account.password + "000000"):
        answer = koshin_server.try_secret(account, secret)
        assert (answer.status, answer.text) == (401, FAILED)
        assert answer.field("Koshin-Status") is None


def test_C_23_R_AUTH_4_uniform_answers_have_no_such_field(koshin_server):
    def change(settings):
        settings["est"]["uniform_401"] = True

    account = koshin_server.account()
    with koshin_server.twin(change) as twin:
        shapes = {
            (answer.line, answer.body, answer.closes,
             tuple(n for n, _ in answer.fields))
            for answer in (
                twin.try_secret(account, "Wrong-1234"),
                twin.try_secret(account, account.password),
                twin.try_secret(account, account.password),
            )
        }  # fmt: skip
    assert len(shapes) == 1, shapes


def test_O_09_no_code_was_asked_for(koshin_server):
    account = koshin_server.account()
    answer = koshin_server.try_secret(account, account.password + "123456")
    assert (answer.status, answer.text) == (401, FAILED)


def test_O_09_a_new_password_kills_the_code(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    koshin_server.instance.run(
        "user", "set-password", account.user, "--password-file", "-",
        stdin="Momo6-hanabi\n",
    )  # fmt: skip
    answer = koshin_server.try_secret(account, account.password + code)
    assert (answer.status, answer.text) == (401, FAILED)
    answer = koshin_server.try_secret(account, "Momo6-hanabi" + code)
    assert (answer.status, answer.text) == (401, FAILED)


def test_O_09_a_new_address_kills_the_code(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    koshin_server.instance.run(
        "user", "set-email", account.user, "--email", "new@example.jp"
    )
    answer = koshin_server.try_secret(account, account.password + code)
    assert (answer.status, answer.text) == (401, FAILED)


def test_O_10_leading_zeros_are_digits(koshin_server):
    """Found by asking until there is one: a tenth has one."""
    for _ in range(200):
        account = koshin_server.account()
        code = koshin_server.step1(account)
        if code[0] == "0":
            break
    assert code[0] == "0"
    short = koshin_server.try_secret(
        account, account.password + code.lstrip("0")
    )
    assert short.status == 401
    answer = koshin_server.try_secret(account, account.password + code)
    assert answer.status == 200


def test_EST_239_the_code_may_stand_in_the_request(koshin_server):
    """otpChallenge (RFC 7894), beside the password alone."""
    account = koshin_server.account()
    code = koshin_server.step1(account)
    wrong = requests.request(attributes=[(requests.OTP, other(code))])
    answer = koshin_server.try_secret(account, account.password, wrong)
    assert (answer.status, answer.text) == (401, FAILED)
    csr = requests.request(attributes=[(requests.OTP, code)])
    answer = koshin_server.try_secret(account, account.password, csr)
    assert answer.status == 200


# ------------------------------------------------------- the same once more


def test_EST_194_O_02_the_same_request_is_the_same_certificate(
    koshin_server,
):
    """Byte for byte, and nothing new is signed (I-6)."""
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    answers = [
        koshin_server.try_secret(account, secret, csr) for _ in range(4)
    ]
    assert {a.status for a in answers} == {200}
    assert len({a.body for a in answers}) == 1
    assert koshin_server.certificates_of(account) == 1


def test_EST_194_R_CERT_8_F_05_a_lost_answer_can_be_had_again(koshin_server):
    """The client is gone when the certificate is there."""
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    with raw.Connection(koshin_server) as c:
        c.send(post("simpleenroll", csr, PKCS10, basic(account.user, secret)))
    answer = koshin_server.until_200(account, secret, csr)
    assert requests.certificate(answer.body)
    assert koshin_server.certificates_of(account) == 1


def test_EST_194_F_08_F_75_at_another_instance_too(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    first = koshin_server.try_secret(account, secret, csr)
    with koshin_server.twin() as twin:
        second = twin.try_secret(account, secret, csr)
    assert first.status == second.status == 200
    assert first.body == second.body


def test_EST_194_a_device_gets_its_renewal_again(koshin_server):
    account, old = koshin_server.identity()
    csr = requests.same_names(requests.new_key(), old.certificate)
    data = post("device/simplereenroll", csr, PKCS10)
    answers = [
        raw.ask(koshin_server, data, identity=old) for _ in range(3)
    ]
    assert {a.status for a in answers} == {200}
    assert len({a.body for a in answers}) == 1
    assert koshin_server.certificates_of(account) == 2


def together(server, data):
    """The answers, all sent at the same moment."""
    replies = Burst(server).fire(data)
    assert None not in replies, "a connection was closed without an answer"
    return replies


def test_EST_193_100_identical_requests_are_one_certificate(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    data = post("simpleenroll", csr, PKCS10, basic(account.user, secret))
    answers = together(koshin_server, [data] * 100)
    # 429, 503 and 202 say "once more"; 401 would be a lie.
    assert {a.status for a in answers} <= {200, 202, 429, 503}
    bodies = {a.body for a in answers if a.status == 200}
    assert len(bodies) == 1
    assert koshin_server.certificates_of(account) == 1
    again = koshin_server.until_200(account, secret, csr)
    assert {again.body} == bodies


def test_EST_193_two_requests_with_one_code_one_wins(koshin_server):
    account = koshin_server.account()
    requested = [requests.request() for _ in range(4)]
    secret = account.password + koshin_server.step1(account)
    answers = together(
        koshin_server,
        [post("simpleenroll", csr, PKCS10, basic(account.user, secret))
         for csr in requested],
    )  # fmt: skip
    assert [a.status for a in answers].count(200) == 1
    assert {a.status for a in answers} <= {200, 202, 401, 429}
    assert koshin_server.certificates_of(account) == 1


def test_C_27_R_AUTH_5_an_office_behind_one_address_is_served(koshin_server):
    """Those who know what they do use up nothing; a guess counts, also one of
    a code behind a right password."""

    def change(settings):
        settings["policy"]["address_attempts"] = 5
        settings["policy"]["address_window"] = "1h"

    people = [koshin_server.account() for _ in range(4)]
    koshin_server.forgive()
    with koshin_server.twin(change) as twin:
        for account in people:
            code = twin.step1(account)
            secret = account.password + code
            answer = twin.try_secret(account, secret)
            assert answer.status == 200, answer.text
        account = koshin_server.account()
        code = twin.step1(account)
        answers = [
            twin.try_secret(account, account.password + other(code))
            for _ in range(5)
        ]
        assert [a.status for a in answers] == [401] * 5
        answer = twin.try_secret(account, account.password + code)
        assert answer.status == 429
    koshin_server.forgive()


def test_R_AUTH_5_attempts_of_one_address_are_limited(koshin_server):
    """The window is longer than eight requests take on any machine; its end
    comes when Redis is told that it is over."""

    def change(settings):
        settings["policy"]["address_attempts"] = 5
        settings["policy"]["address_window"] = "1h"

    koshin_server.forgive()
    with koshin_server.twin(change) as twin:
        answers = [twin.try_secret("nobody01", "Wrong-1234")
                   for _ in range(8)]  # fmt: skip
        assert [a.status for a in answers] == [401] * 5 + [429] * 3
        throttled = answers[-1]
        assert 0 < int(throttled.field("Retry-After")) <= 3600
        assert "address" in throttled.text
        assert raw.ask(twin, raw.get("cacerts")).status == 200
        assert twin.redis("PEXPIRE", "koshin:ip:127.0.0.1", "1") == "1"
        twin.until(lambda: twin.redis("EXISTS", "koshin:ip:127.0.0.1") == "0")
        assert twin.try_secret("nobody02", "Wrong-1234").status == 401
    koshin_server.forgive()


def test_I_6_F_25_a_spent_code_outlives_redis(koshin_server):
    """The fault: Redis loses all that it has between the certificate and its
    way to the client; the same request must get the same certificate."""
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    first = koshin_server.try_secret(account, secret, csr)
    assert first.status == 200
    koshin_server.redis("FLUSHALL")
    again = koshin_server.try_secret(account, secret, csr)
    assert (again.status, again.text) == (200, first.text)
    assert koshin_server.certificates_of(account) == 1
    # Another CSR does not get it, nor does another code.
    other = requests.request()
    assert koshin_server.try_secret(account, secret, other).status == 401


def test_F_67_the_same_request_later_is_refused_before_a_mail(koshin_server):
    """There is a certificate already: its request alone asks for another one,
    with its code it is a repeat."""
    account, csr = koshin_server.account(), requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    first = koshin_server.try_secret(account, secret, csr)
    since = account.before_code()
    alone = koshin_server.try_secret(account, account.password, csr)
    assert alone.status == 403
    assert not account.mails(since, "one-time code")
    again = koshin_server.try_secret(account, secret, csr)
    assert (again.status, again.body) == (200, first.body)
