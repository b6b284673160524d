"""T9: a password hash is worth nothing to who has the database alone, and the
pepper that makes it so can be exchanged."""

import ctypes
import ctypes.util
import os
import re

import pytest

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))


def guesses(hash_text, password):
    """Whether a reader of the database finds the password so."""
    plain = re.sub(r",keyid=[^$]*", "", hash_text).encode()
    word = password.encode()
    return SODIUM.crypto_pwhash_str_verify(
        plain, word, ctypes.c_ulonglong(len(word))
    ) == 0  # fmt: skip


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


@pytest.fixture
def other_pepper(server, tmp_path):
    path = tmp_path / "other.key"
    path.write_text(os.urandom(32).hex() + "\n")
    path.chmod(0o600)
    return str(path)


def right(server, account):
    """The password is found to be right: a code is mailed, or has been."""
    answer = server.try_secret(account, account.password)
    assert answer.status == 401
    return "ne-time code" in answer.text


def test_T9_the_database_alone_does_not_let_anybody_guess(server):
    account = server.account()
    assert right(server, account)
    text = account.row("password_hash")
    assert not guesses(text, account.password)
    assert re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=1,keyid=", text)


def test_T9_another_pepper_knows_a_password_only_beside_the_old(
    server, other_pepper
):
    account = server.account()

    def other(settings):
        settings["auth"]["pepper"] = other_pepper

    def exchange(settings):
        settings["auth"].update(
            pepper=other_pepper, pepper_before=settings["auth"]["pepper"]
        )

    with server.twin(other) as alone:
        assert not right(alone, account)
        server.forgive()
    old = account.row("password_hash")
    with server.twin(exchange) as both:
        assert both.try_secret(account, "Wrong-1234").status == 401
        assert account.row("password_hash") == old
        assert right(both, account)
        server.until(lambda: account.row("password_hash") != old)
    acts = "SELECT count(*) FROM koshin.audit WHERE action = %s AND account = %s"
    assert server.one(acts, "account.rehash", account.row("id")) == 1
    with server.twin(other) as afterwards:
        assert right(afterwards, account)
    assert server.one(acts, "account.rehash", account.row("id")) == 1


def test_T9_a_service_does_not_start_without_its_pepper(server):
    def lost(settings):
        settings["auth"]["pepper"] += ".lost"

    for command in ("check-config", "serve"):
        done = server.copied(lost).run(command, check=False)
        assert done.returncode == 1
        assert re.search(r"auth\.pepper: .*lost cannot be opened", done.stderr)


def test_an_installation_without_a_pepper_is_told_what_to_do(server):
    other = server.copied(lambda s: s["auth"].pop("pepper"))
    for command in ("check-config", "serve"):
        done = other.run(command, check=False)
        assert done.returncode == 1
        assert "auth.pepper: is missing; add" in done.stderr
        assert "koshin init" in done.stderr
