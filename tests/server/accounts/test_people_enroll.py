"""What the changes of people do to enrollments at a running server."""

import pytest

from koshin_tests.clients import requests
from koshin_tests.people import NEW
from koshin_tests.server import CONTRACT


def koshin(server, *args, stdin=""):
    done = server.instance.run(*args, stdin=stdin, check=False)
    assert done.returncode == 0, done.stderr
    return done


def replace(server, account):
    koshin(server, "user", "register", account.user,
           "--old-password-file", "-", "--password-file", "-",
           stdin=f"{account.password}\n{NEW}\n")  # fmt: skip
    account.password = NEW


def test_R_ACC_7_no_code_before_the_temporary_password_is_replaced(
    koshin_server,
):
    account = koshin_server.account(temporary=True)
    since = account.mark()
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 403 and "temporary password" in answer.text
    replace(koshin_server, account)
    assert account.mails(since, "one-time code") == []
    # Now the old one is wrong, and the new one brings a code.
    answer = koshin_server.try_secret(account, "Ume5-zakura")
    assert answer.status == 401 and "mailed" not in answer.text
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 200, answer.text


def test_R_ACC_2_a_master_enrolls_after_the_registration(koshin_server):
    number = "70000001"
    made = koshin(koshin_server, "contract", "add", number,
                  "--generate-password").stdout.strip()  # fmt: skip
    account = koshin_server.account()
    user = account.user.replace("gen", "mas")
    email = f"{user}@example.jp"
    koshin(koshin_server, "user", "register", user, "--contract", number,
           "--name", "Hanako", "--email", email, "--email-again", email,
           "--locale", "en", "--old-password-file", "-",
           "--password-file", "-", stdin=f"{made}\n{NEW}\n")  # fmt: skip
    account.user, account.email, account.password = user, email, NEW
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    answer = koshin_server.try_secret(account, NEW + code, csr)
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("change", ["set-email", "temporary-password",
                                    "set-password"])  # fmt: skip
def test_O_09_R_ACC_8_a_code_does_not_outlive_the_change(
    koshin_server, change
):
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    if change == "set-email":
        old, account.email = account.email, "moved" + account.email
        since = account.mark()
        koshin(koshin_server, "user", change, account.user,
               "--email", account.email)  # fmt: skip
        # R-ACC-8: both are told.
        account.mail(since, "email address has been changed")
        account.email = old
        account.mail(since, "email address has been changed")
    else:
        koshin(koshin_server, "user", change, account.user,
               "--password-file", "-", stdin=NEW + "\n")  # fmt: skip
        account.password = NEW
    if change == "temporary-password":
        account.password, first = NEW, account
        koshin(koshin_server, "user", "register", first.user,
               "--old-password-file", "-", "--password-file", "-",
               stdin=f"{NEW}\nQz-8wVb$4k\n")  # fmt: skip
        account.password = "Qz-8wVb$4k"
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 401 and not answer.text.startswith("One-time")
    assert koshin_server.certificates_of(account) == 0


def test_a_closed_user_enrolls_no_more(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    koshin(koshin_server, "user", "close", account.user)
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 401
    assert koshin_server.certificates_of(account) == 0


def test_R_LOCK_6_a_lifted_user_enrolls_again(koshin_server):
    account = koshin_server.account()
    master = koshin_server.rows(
        "SELECT 1 FROM koshin.account WHERE contract = %s AND role ="
        " 'master' AND state <> 'closed'", CONTRACT)  # fmt: skip
    chief = None if master else koshin_server.account("master")
    for _ in range(6):
        assert koshin_server.try_secret(account, "Wr-0ng!!pw").status == 401
    # PostgreSQL hears of a lock after the answer.
    koshin_server.until(lambda: account.row("locks") == 1)
    since = account.mark()
    if chief is not None:
        koshin(koshin_server, "user", "unlock", account.user, "--reason",
               "asked", "--as", chief.user, "--as-password-file", "-",
               stdin=chief.password + "\n")  # fmt: skip
    else:
        koshin(koshin_server, "user", "unlock", account.user,
               "--reason", "asked")  # fmt: skip
    account.mail(since, "has been unlocked")
    assert koshin_server.step1(account)
