"""A picture of each page, in var/screens/. Those of the guides (docs/images/)
are some of them, with fewer colours."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests.browser import Browser, picking
from koshin_tests.place import ROOT
from koshin_tests.portal import MEMBER, opened_to_members

SCREENS = ROOT / "var" / "screens"
WIDTH, HEIGHT = 640, 400


def named(settings):
    opened_to_members(settings)
    settings["service"].update(
        name="Example Bank", contact="03-0000-0000 (9:00-17:00)"
    )


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=named).start()


@pytest.fixture(scope="module")
def window(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    with Browser(folder, trusts=[server.root]) as made:
        yield made


def album(window, language):
    """What takes a picture, by name, of what the window shows."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    window.looks(WIDTH, HEIGHT, calm=True)
    window.speaks(language)

    def picture(name):
        """The whole page, with nothing that blinks."""
        window.run("document.activeElement.blur(); scrollTo(0, 0);")
        path = SCREENS / f"{language}-{name}.png"
        window.picture(path)
        assert path.read_bytes()[1:4] == b"PNG"

    return picture


@pytest.mark.parametrize("language", ["ja", "en"])
def test_R_WEB_8_a_picture_of_each_page(server, window, language):
    picture = album(window, language)
    account = server.account()
    url = f"https://localhost:{server.portal_port}"

    window.open(f"{url}/nothing")
    window.wait("h1")
    picture("missing")
    window.open(url)
    window.wait("h1")
    picture("start")
    window.open(f"{url}/issue")
    window.wait("#user").send_keys(account.user)
    window.find("#password").send_keys(account.password)
    picture("password")
    since = account.before_code()
    window.find("#password").send_keys(Keys.ENTER)
    window.wait("#code")
    picture("code")
    window.find("#code").send_keys(account.code(since), Keys.ENTER)
    window.wait("#file-note.good")
    picture("result")
    window.find("#end").send_keys(Keys.ENTER)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_R_WEB_8_a_picture_of_each_page_of_the_member_area(
    server, tmp_path, language
):
    account, identity = server.identity("general", "person")
    account.reads(language)
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as window:
        picture = album(window, language)
        window.takes(identity)

        def open_it(days):
            server.age_certificate(identity.certificate, days)
            window.open(f"https://{MEMBER}:{server.member_port}/")

        open_it(400)
        window.wait("#certificate-page")
        picture("certificate")
        open_it(340 - 400)
        window.wait("#user").send_keys(account.user)
        window.find("#password").send_keys(account.password)
        picture("login")
        window.find("#password").send_keys(Keys.ENTER)
        window.wait("#notice-page")
        picture("notice")
        window.find("#notice-later").send_keys(Keys.ENTER)
        window.wait("#menu-page")
        picture("menu")
        window.find("#list").send_keys(Keys.ENTER)
        window.wait("#list-page")
        picture("list")
        window.find("#list-back").send_keys(Keys.ENTER)
        window.wait("#log-out").send_keys(Keys.ENTER)
        window.wait("#out-page")
        picture("out")


def test_the_guides_show_pages_that_there_are():
    for guide in ("users-guide.md", "ja/users-guide.md"):
        text = (ROOT / "docs" / guide).read_text()
        language = "ja" if guide.startswith("ja/") else "en"
        shown = re.findall(r"images/(\w+)-(\w+)\.png", text)
        assert shown == [
            (language, page)
            for page in (
                "start", "password", "code", "result", "notice", "menu",
            )
        ]
        for _, page in shown:
            path = ROOT / "docs" / "images" / f"{language}-{page}.png"
            assert path.stat().st_size < 60_000
