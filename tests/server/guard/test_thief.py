"""Thieves of a password, of a mailbox, and of both (T3 to T5)."""

from koshin_tests.clients import requests
from koshin_tests.clients.raw import PKCS10, ask, post
from koshin_tests.taken import Wish

FAILED = "Authentication failed.\n"


def test_T4_a_mailbox_without_the_password_is_nothing(server):
    """The code that has come there is good beside its password, and beside no
    other; for no other account, and once."""
    account, other = server.account(), server.account(password="Another-Pw1")
    code = server.step1(account)
    for who, secret in (
        (account, "Wrong-1234"), (account, ""), (account, code),
        (other, other.password),
    ):  # fmt: skip
        answer = server.try_secret(who, secret + code)
        assert (answer.status, answer.text) == (401, FAILED), secret
    csr = requests.request()
    good = server.try_secret(account, account.password + code, csr)
    assert good.status == 200
    again = server.try_secret(account, account.password + code)
    assert again.status in (401, 403)


def test_T5_who_has_both_is_told_listed_and_stopped_in_one_step(server):
    """He gets a certificate. Its owner has a mail at once, the desk has it in
    its list, and revokes it with one command: from then on it is nobody's."""
    account, wish = server.account("device"), Wish()
    since = account.mark()
    code = server.step1(account, wish.csr, "device/simpleenroll")
    answer = server.try_secret(
        account, account.password + code, wish.csr, "device/simpleenroll"
    )
    assert answer.status == 200
    made = requests.certificate(answer.body)
    serial = f"{made.serial_number:040x}"
    account.mail(since, "certificate")
    listed = server.instance.run("cert", "list", "--user", account.user)
    assert serial in listed.stdout
    thief = requests.Identity(server.folder, made, wish.key)
    csr = requests.same_names(requests.new_key(), made)
    data = post("device/simplereenroll", csr, PKCS10)
    server.instance.run(
        "cert", "revoke", serial, "--reason", "keyCompromise"
    )
    account.mail(since, "revoked")
    assert ask(server, data, identity=thief).status == 403
