"""A browser that may make no key or keep none, or somebody who wishes so: the
pages have one made at the door, say so, and go on as ever (R-CERT-8)."""

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests import portal as door
from koshin_tests.browser import KEYS, STORE, Browser
from koshin_tests.patience import until
from koshin_tests.person import Person
from koshin_tests.portal import opened


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=opened).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_R_CERT_8_a_browser_without_keys_gets_its_file(
    server, tmp_path, language
):
    with Browser(tmp_path / "home", trusts=[server.root],
                 language=language) as window:  # fmt: skip
        window.lacks(KEYS)
        window.speaks(language)
        person = Person(server, window)
        code = person.at_code()
        window.wait("#code-server")
        looks.at(window, "issue#code of a browser without keys")
        # A Reload finds the key where it is.
        window.driver.refresh()
        window.wait("#code-server")
        window.driver.refresh()
        window.wait("#code").send_keys(code, Keys.ENTER)
        window.wait("#file-note.good")
        passphrase = window.wait("#fresh-passphrase").text
        certificate = person.opens(person.saved(), passphrase)
        assert not person.remembered()
        # As at the first way, under the password.
        window.clear_downloads()
        window.driver.refresh()
        window.wait("#file-note.good")
        again = window.wait("#fresh-passphrase").text
        assert again != passphrase
        assert person.opens(person.saved(), again) == certificate
        assert person.certificates == 1
        assert window.complaints() == []


def test_R_CERT_8_a_browser_that_keeps_nothing_has_one_made(server, tmp_path):
    """One that it makes would be gone with the first Reload."""
    with Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.lacks(STORE)
        window.speaks("en")
        person = Person(server, window)
        code = person.at_code()
        assert "cannot make or keep" in window.wait("#code-server").text
        window.driver.refresh()
        window.wait("#code-server")
        person.enter("#code", code)
        window.wait("#file-note.good")
        passphrase = window.wait("#fresh-passphrase").text
        person.opens(person.saved(), passphrase)
        assert window.complaints() == []


def test_R_CERT_8_who_wishes_so_has_one_made(server, tmp_path):
    """By the keyboard; nothing of the browser's own is left."""
    with Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.speaks("en")
        person = Person(server, window)
        code = person.at_code()
        assert not window.seen("#code-server")
        assert person.remembered()
        person.press("#code-wish")
        note = window.wait("#code-server")
        until(lambda: window.focused == note)
        assert "We made the key" in note.text
        assert not window.seen("#code-own")
        looks.at(window, "issue#code with the wish")
        assert not person.remembered()
        person.enter("#code", code)
        window.wait("#file-note.good")
        person.opens(person.saved())
        assert not person.remembered()
        assert window.complaints() == []


def test_R_WEB_2d_a_window_left_at_the_code_shows_the_result(server, tmp_path):
    """Which another one, of the same browser, has come to."""
    with Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.speaks("en")
        person = Person(server, window)
        code = person.at_code()
        other = door.Browser(server)
        other.cookie = window.driver.get_cookie(door.COOKIE)["value"]
        assert other.make_key().status == 200
        serial = other.show_code_alone(code).json["serial"]
        person.press("#code-wish")
        window.wait("#file-note.good")
        assert window.wait("#serial").text.replace(" ", "") == serial
        certificate = person.opens(
            person.saved(), window.wait("#fresh-passphrase").text
        )
        assert f"{certificate.serial_number:040x}" == serial
        assert person.certificates == 1
        [complaint] = window.complaints()
        assert "409" in complaint


def test_where_none_are_made_here_none_is_offered(server, tmp_path):
    def without(settings):
        opened(settings)
        settings["portal"]["server_keys"] = False

    with server.twin(without) as other, Browser(
        tmp_path / "home", trusts=[server.root]
    ) as window:
        Person(other, window).at_code()
        assert window.seen("#code-page")
        assert not window.seen("#code-own")


def test_R_CERT_8_its_passphrase_is_the_password(server, tmp_path):
    with Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.lacks(KEYS)
        window.speaks("ja")
        person = Person(server, window)
        person.opens(person.issued())
        assert person.certificates == 1
        person.press("#switch")
        window.wait("html[lang=en]")
        assert window.wait("#result-page h1").text.startswith("Your")
        assert window.complaints() == []


def test_R_CERT_8_a_file_that_the_door_refuses_is_told(server, tmp_path):
    """Fifteen idle minutes are enough: the session is over, and the key that
    it had. What was saved before is still what it was."""
    with Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.lacks(KEYS)
        window.speaks("en")
        person = Person(server, window)
        file = person.issued()
        window.wait("#file-note.good")
        assert window.complaints() == []
        sessions = server.redis("KEYS", "koshin:session:*").splitlines()
        server.redis("DEL", *sessions)
        person.press("#fresh-make")
        told = window.wait("#result-page > [data-problem]")
        assert told == window.focused
        assert "ended" in told.text
        assert not window.seen("#fresh-passphrase")
        assert person.saved() == file
        # The refused request, which the browser says; no fault of the page.
        assert [one for one in window.complaints() if "401" not in one] == []
