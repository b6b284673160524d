"""The whole way of a person in a real browser, at the real door: the pages,
the key that the browser makes, the mail, the file."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from koshin_tests.browser import Browser
from koshin_tests.patience import until
from koshin_tests.portal import opened


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture
def browser(server, tmp_path):
    with Browser(tmp_path / "home", trusts=(server.root,)) as made:
        yield made
        assert made.complaints() == []


def log_in(server, browser, account):
    browser.open(f"https://localhost:{server.portal_port}/issue")
    since = account.before_code()
    browser.wait("#user").send_keys(account.user)
    browser.find("#password").send_keys(account.password)
    browser.find("#password-go").click()
    browser.wait("#code")
    return account.code(since)


def test_R_WEB_2_R_WEB_2d_from_the_start_to_a_file_that_opens(
    server, browser
):
    account = server.account()
    code = log_in(server, browser, account)
    browser.find("#code").send_keys(code)
    browser.find("#code-go").click()
    browser.wait("#serial")
    ((name, file),) = until(browser.saved).items()
    assert name == browser.find("#file-name").text
    key, made, _ = pkcs12.load_key_and_certificates(
        file, account.password.encode()
    )
    assert made.public_key().public_numbers() == (
        key.public_key().public_numbers()
    )
    assert server.certificates_of(account) == 1
    row = server.one(
        "SELECT der FROM koshin.certificate c JOIN koshin.account a"
        " ON a.id = c.account WHERE a.user_id = %s",
        account.user,
    )
    ledger = x509.load_der_x509_certificate(bytes(row))
    assert ledger == made
    shown = browser.find("#serial").text.replace(" ", "").lower()
    assert f"{made.serial_number:x}" in shown.replace(":", "")


def test_R_WEB_2c_reload_goes_on_where_it_was(server, browser):
    account = server.account()
    code = log_in(server, browser, account)
    browser.driver.refresh()
    browser.wait("#code").send_keys(code)
    browser.find("#code-go").click()
    browser.wait("#serial")
    serial = browser.find("#serial").text
    browser.driver.refresh()
    browser.wait("#serial")
    assert browser.find("#serial").text == serial
    assert server.certificates_of(account) == 1


def test_R_WEB_2a_cancel_on_the_code_page_leads_back(server, browser):
    def sessions():
        return set(server.redis("KEYS", "koshin:session:*").splitlines())

    account, before = server.account(), sessions()
    log_in(server, browser, account)
    assert len(sessions() - before) == 1
    browser.find("#code-cancel").click()
    browser.wait("#password")
    assert browser.seen("#code") == []
    until(lambda: sessions() == before)
