"""Redis is away, or has lost everything: the pages say so, and EST goes on."""

import pytest

from koshin_tests.portal import Browser, opened, request

NOTHING = {"at": "nothing"}


@pytest.fixture
def server(new_server):
    return new_server(change=opened).start()


def test_I_9_without_redis_it_is_503_and_files_come(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    server.services.stop_redis()
    browser.patient = False
    for ask in (
        lambda: browser.api("GET", "/session"),
        lambda: browser.show_password(account),
        lambda: browser.show_code(code, request()),
        browser.cancel,
    ):
        got = ask()
        assert (got.status, got.code) == (503, "unavailable")
        assert got.headers["Retry-After"]
    assert browser.get("/").status == 200
    server.services.start_redis()
    server.until(lambda: browser.api("GET", "/session").status == 200)


def test_F_28_who_has_lost_the_session_logs_in_again(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    server.forgive()
    assert browser.session() == NOTHING
    got = browser.show_code(code, request())
    assert (got.status, got.code) == (401, "session_over")
    csr = request()
    got = browser.show_code(browser.log_in(account), csr)
    assert got.status == 200


def test_another_instance_carries_on(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    with server.twin(opened) as other:
        there = Browser(other)
        there.cookie = browser.cookie
        assert there.session()["user"] == account.user
        csr = request()
        got = there.show_code(code, csr)
        assert got.status == 200
        assert browser.session() == got.json
        assert browser.show_code(code, csr).json == got.json
