"""The way of a person to a certificate, in a real browser, through the real
door: R-WEB-2 and what belongs to it. Nothing is lost on it, and nothing is done
twice."""

import datetime
import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser
from koshin_tests.keyboard import Keyboard
from koshin_tests.patience import run, until
from koshin_tests.person import Person
from koshin_tests.portal import opened

NEW_FORM = "PBES2, PBKDF2, AES-256-CBC, Iteration 10000"
OLD_FORM = "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048"
TARGETS = {
    "Windows 10・11": NEW_FORM, "Firefox": NEW_FORM, "Linux": NEW_FORM,
    "Mac": OLD_FORM, "iPhone・iPad": OLD_FORM, "Android": OLD_FORM,
    "その他・わからない": OLD_FORM,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=opened).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.fixture(scope="module")
def window(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    with Browser(folder, trusts=[server.root]) as made:
        yield made


@pytest.fixture
def person(server, window):
    made = Person(server, window)
    window.looks(1280)
    window.speaks("ja")
    yield made
    window.driver.get("about:blank")
    window.tell("Network.emulateNetworkConditions", offline=False, latency=0,
                downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip
    window.tell("Storage.clearDataForOrigin", origin=made.url,
                storageTypes="all")  # fmt: skip
    window.clear_downloads()
    window.complaints()


def form_of(file, passphrase, tmp_path):
    path = tmp_path / "file.p12"
    path.write_bytes(file)
    done = run("openssl", "pkcs12", "-in", path, "-info", "-noout",
               "-passin", "stdin", input=passphrase.encode())  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr.decode()


def test_R_WEB_2_a_certificate_by_the_keyboard_alone(person, window, tmp_path):
    """R-CERT-8, R-CERT-9: the file comes by itself, and the page tells what it
    is."""
    keys = Keyboard(window)
    window.open(person.url + "/")
    window.wait("h1")
    # Past the link to the content, the name and the language.
    for _ in range(4):
        keys.tab()
    assert window.focused.text == "発行・更新をはじめる"
    keys.press(Keys.ENTER)
    window.wait("#user")
    keys.tab_to_id("user")
    since = person.account.before_code()
    keys.press(person.account.user)
    keys.tab()
    keys.press(person.account.password, Keys.ENTER)
    head = window.wait("#code-page h1")
    until(lambda: window.focused == head)
    assert "（2/4）" in window.driver.title
    assert f"（{person.account.email[0]}***@example.jp）" in window.text
    assert person.account.email not in window.text
    keys.tab()
    code = person.account.code(since)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    keys.press(f"{wide[:3]}　{wide[3:]}", Keys.ENTER)
    head = window.wait("#result-page h1")
    until(lambda: window.focused == head)

    file = person.saved()
    certificate = person.opens(file)
    assert NEW_FORM in form_of(file, person.account.password, tmp_path)
    assert window.find("#serial").text.replace(" ", "") == (
        f"{certificate.serial_number:040x}"
    )
    assert person.account.user in window.find("#holder").text
    first, last = (
        moment + datetime.timedelta(hours=9)  # as the service counts days
        for moment in (
            certificate.not_valid_before, certificate.not_valid_after
        )
    )  # fmt: skip
    assert window.find("#validity").text == (
        f"{first:%Y}年{first.month}月{first.day}日から"
        f"{last:%Y}年{last.month}月{last.day}日まで"
    )
    assert "から手続きできます" in window.find("#renewal").text
    assert person.certificates == 1
    der = person.server.one(
        "SELECT der FROM koshin.certificate c JOIN koshin.account a"
        " ON a.id = c.account WHERE a.user_id = %s",
        person.account.user,
    )
    assert bytes(der) == certificate.public_bytes(Encoding.DER)
    # And on, to the file for another place and to the end.
    keys.tab_to(lambda one: one.get_attribute("type") == "radio")
    before = window.find("#how").text
    keys.press(Keys.ARROW_DOWN)
    until(lambda: window.find("#how").text != before)
    keys.tab_to_id("save")
    window.clear_downloads()
    keys.press(Keys.ENTER)
    assert person.opens(person.saved()) == certificate
    keys.tab_to_id("end")
    keys.press(Keys.ENTER)
    until(lambda: window.driver.current_url == person.url + "/")
    assert window.complaints() == []


def test_R_WEB_2d_each_target_has_its_form_and_three_steps(person, window,
                                                           tmp_path):
    person.issued()
    for target, form in TARGETS.items():
        (choice,) = [c for c in window.seen(".choice") if c.text == target]
        choice.find_element("tag name", "input").send_keys(Keys.SPACE)
        assert len(window.seen("#how li")) == 3
        window.clear_downloads()
        window.find("#save").send_keys(Keys.ENTER)
        file = person.saved()
        assert form in form_of(file, person.account.password, tmp_path)
        person.opens(file)
    assert person.certificates == 1


def test_R_CERT_8_a_fresh_passphrase_is_shown_once(person, window):
    person.issued()
    window.clear_downloads()
    window.find("#fresh-make").send_keys(Keys.ENTER)
    passphrase = window.wait("#fresh-passphrase").text
    assert len(passphrase) == 12
    person.opens(person.saved(), passphrase)
    window.driver.refresh()
    window.wait("#result-page")
    assert passphrase not in window.text
    assert window.seen("#fresh-passphrase") == []


def test_R_WEB_2c_a_reload_loses_nothing_and_issues_nothing(person, window):
    code = person.at_code()
    window.driver.refresh()
    window.wait("#code").send_keys(code, Keys.ENTER)
    # The key is there, the password is not.
    window.wait("#unlock")
    assert window.seen("#file-note.warn")
    person.enter("#unlock", "Wrong-zakura5")
    window.wait("#unlock-form [data-problem]")
    person.enter("#unlock", person.account.password)
    window.wait("#file-note.good")
    certificate = person.opens(person.saved())
    window.driver.refresh()
    window.wait("#file-note.good")
    window.clear_downloads()
    window.find("#save").send_keys(Keys.ENTER)
    assert person.opens(person.saved()) == certificate
    assert person.certificates == 1


def test_F_09_a_second_window_has_the_same_result(person, window):
    code = person.at_code()
    first = window.driver.current_window_handle
    window.tab()
    window.open(person.url + "/issue")
    window.wait("#code").send_keys(code, Keys.ENTER)
    window.wait("#unlock")
    person.enter("#unlock", person.account.password)
    window.wait("#file-note.good")
    certificate = person.opens(person.saved())
    window.driver.close()
    window.driver.switch_to.window(first)
    window.clear_downloads()
    person.enter("#code", code)
    window.wait("#file-note.good")
    assert person.opens(person.saved()) == certificate
    assert person.certificates == 1


@pytest.mark.parametrize("twice", [
    "const button = document.querySelector('#code-go');"
    "button.click(); button.click();",
    "document.querySelector('#code-form').requestSubmit();"
    "document.querySelector('#code-form').requestSubmit();",
])  # fmt: skip
def test_F_09_a_double_click_on_issue_is_one_certificate(
    person, window, twice
):
    code = person.at_code()
    window.find("#code").send_keys(code)
    window.run(twice)
    window.wait("#file-note.good")
    person.opens(person.saved())
    assert person.certificates == 1
    assert window.complaints() == []


def test_F_09_a_browser_that_is_killed_has_lost_nothing(server, tmp_path):
    """At the code: who logs in again goes on with the same key. At the result:
    it is there, and its file can be saved once more."""
    home = tmp_path / "home"

    def anew():
        return Browser(home, trusts=[server.root])

    window = anew()
    person = Person(server, window)
    person.at_code()
    key = person.request()
    window.kill()
    window = person.browser = anew()
    code = person.at_code()
    assert person.request() == key
    person.enter("#code", code)
    window.wait("#file-note.good")
    certificate = person.opens(person.saved())
    window.kill()
    window = person.browser = anew()
    window.open(person.url + "/issue")
    window.wait("#file-note.good")
    window.clear_downloads()
    window.find("#save").send_keys(Keys.ENTER)
    assert person.opens(person.saved()) == certificate
    assert person.certificates == 1
    window.quit()


def test_R_WEB_2c_back_and_forward_are_safe(person, window):
    code = person.at_code()
    window.driver.back()
    window.wait("#password-page")
    window.driver.forward()
    window.wait("#code-page")
    person.enter("#code", code)
    window.wait("#file-note.good")
    window.driver.back()
    window.driver.forward()
    assert window.seen("#result-page")
    assert person.certificates == 1


def test_a_dropped_line_is_taken_up_again(person, window):
    code = person.at_code()

    def cut(offline):
        window.tell("Network.enable")
        window.tell("Network.emulateNetworkConditions", offline=offline,
                    latency=0, downloadThroughput=-1, uploadThroughput=-1)

    cut(True)
    person.enter("#code", code)
    until(lambda: "通信が途切れた" in window.text)
    cut(False)
    window.wait("#result-page")
    person.opens(person.saved())
    assert person.certificates == 1


def test_R_WEB_2a_cancel_leads_back_and_leaves_nothing(person, window):
    person.at_code()
    assert person.remembered()
    window.find("#code-cancel").send_keys(Keys.ENTER)
    window.wait("#password-page")
    assert person.session() == "nothing"
    assert not person.remembered()
    assert window.find("#user").get_attribute("value") == ""
    window.find("#password-cancel").send_keys(Keys.ENTER)
    until(lambda: window.driver.current_url == person.url + "/")
    window.open(person.url + "/issue")
    window.wait("#password-page")
    assert person.certificates == 0


def test_the_end_leaves_nothing(person, window):
    person.issued()
    window.find("#end").send_keys(Keys.ENTER)
    until(lambda: window.driver.current_url == person.url + "/")
    window.open(person.url + "/issue")
    window.wait("#password-page")
    assert not person.remembered()
    assert person.session() == "nothing"


def test_R_WEB_6_who_leaves_before_the_file_was_saved_is_warned(person, window):
    """After a Reload the key waits for the password."""
    leaves = """
        const leaving = new Event("beforeunload", { cancelable: true });
        dispatchEvent(leaving);
        return leaving.defaultPrevented;
    """
    code = person.at_code()
    assert not window.run(leaves)
    window.driver.refresh()
    window.wait("#code").send_keys(code, Keys.ENTER)
    window.wait("#unlock")
    assert window.run(leaves)
    window.find("#end").send_keys(Keys.ENTER)
    assert window.focused == window.wait("#end-warning")
    assert window.run(leaves)
    person.enter("#unlock", person.account.password)
    window.wait("#file-note.good")
    assert not window.run(leaves)


def test_a_wrong_password_is_told_and_takes_the_focus(person, window):
    person.log_in("Wrong-zakura5")
    problem = window.wait("#password-page [data-problem]")
    until(lambda: window.focused == problem)
    assert "ログインできませんでした" in problem.text
    assert window.driver.title.startswith("エラー：")
    assert window.find("#user").get_attribute("value") == person.account.user


def test_a_wrong_code_says_how_many_tries_are_left(person, window):
    code = person.at_code()
    wrong = f"{(int(code) + 1) % 1000000:06}"
    person.enter("#code", wrong)
    problem = window.wait("#code-page [data-problem]")
    until(lambda: window.focused == problem)
    assert re.search(r"あと\d回間違えると", problem.text)
    assert window.driver.title.startswith("エラー：")
    person.enter("#code", code)
    window.wait("#result-page")
    assert person.certificates == 1


def test_another_code_is_sent_on_request(person, window):
    person.at_code()
    again = window.find("#again")
    until(lambda: again.get_attribute("aria-disabled") != "true")
    since = person.account.before_code()
    person.server.age_code(person.account)
    again.send_keys(Keys.ENTER)
    until(lambda: "新しいワンタイムコードをお送りしました" in window.text)
    person.enter("#code", person.account.code(since))
    window.wait("#result-page")


def test_a_session_that_is_over_is_told(person, window):
    code = person.at_code()
    window.driver.delete_all_cookies()
    person.enter("#code", code)
    window.wait("#ended-page")
    window.find("#ended-go").send_keys(Keys.ENTER)
    window.wait("#password-page")
    assert person.certificates == 0


def test_R_CERT_12_who_lost_the_key_replaces_the_certificate(person, window):
    """Another machine, or a private window: nothing is left of it here."""
    lost = person.opens(person.issued())
    window.driver.get("about:blank")
    window.tell("Storage.clearDataForOrigin", origin=person.url,
                storageTypes="all")  # fmt: skip
    person.log_in()
    window.wait("#replace")
    assert "まだ更新できません" in window.text
    looks.at(window, "issue#password! with a replacement")
    window.find("#replace-go").send_keys(Keys.ENTER)
    window.wait("#code-replaces")
    looks.at(window, "issue#code for a replacement")
    window.driver.refresh()
    assert "失効" in window.wait("#code-replaces").text
    person.enter("#code", person.account.code(person.since))
    window.wait("#unlock")
    person.enter("#unlock", person.account.password)
    window.wait("#file-note.good")
    assert person.opens(person.saved()) != lost
    assert person.certificates == 2
    ((revoked,),) = person.server.rows(
        "SELECT r.serial FROM koshin.revocation r JOIN koshin.certificate c"
        " USING (serial) JOIN koshin.account a ON a.id = c.account"
        " WHERE a.user_id = %s AND r.reason = 'superseded'",
        person.account.user,
    )
    assert int.from_bytes(revoked, "big") == lost.serial_number


def test_R_WEB_8_the_way_looks_right(person, window):
    person.log_in("Wrong-zakura5")
    window.wait("#password-page [data-problem]")
    looks.at(window, "issue#password! refused")
    person.at_code()
    window.driver.delete_all_cookies()
    person.enter("#code", "123456")
    window.wait("#ended-page")
    looks.at(window, "issue#ended")
    code = person.at_code()
    looks.at(window, "issue#code")
    person.enter("#code", "12")
    window.wait("#code-page [data-problem]")
    looks.at(window, "issue#code!")
    person.enter("#code", f"{(int(code) + 1) % 1000000:06}")
    until(lambda: window.seen("#code-page [data-problem] p"))
    looks.at(window, "issue#code! refused")
    # The wait is over too soon to be looked at.
    window.run("document.querySelector('#code-page').hidden = true;"
               "document.querySelector('#wait-page').hidden = false;")
    looks.at(window, "issue#wait")
    window.driver.refresh()
    window.wait("#code").send_keys(code, Keys.ENTER)
    window.wait("#unlock")
    looks.at(window, "issue#result without the password")
    window.find("#end").send_keys(Keys.ENTER)
    window.wait("#end-warning")
    looks.at(window, "issue#result not saved")
    person.enter("#unlock", "Wrong-zakura5")
    window.wait("#unlock-form [data-problem]")
    looks.at(window, "issue#result! wrong password")
    person.enter("#unlock", person.account.password)
    window.wait("#file-note.good")
    looks.at(window, "issue#result")
    window.find("#fresh-make").send_keys(Keys.ENTER)
    window.wait("#fresh-passphrase")
    looks.at(window, "issue#result with a passphrase")
    # What was refused the browser tells, too.
    assert [c for c in window.complaints() if "/api/v1/" not in c] == []
