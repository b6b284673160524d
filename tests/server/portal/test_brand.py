"""Whose pages these are: name, help desk, logo and colour come from
koshin.yaml."""

import pathlib
import re

import pytest

from koshin_tests import axe
from koshin_tests import browser as browsers
from koshin_tests.browser import DARK, LIGHT
from koshin_tests.place import ROOT
from koshin_tests.portal import Browser, opened

ACCENT, ACCENT_DARK = "#9d1c5b", "#f3a6cb"
CONTACT = "サービス窓口 03-1234-5678 <平日9時–17時>"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 30">'
    '<rect width="120" height="30" fill="#9d1c5b"/></svg>'
)


def ours(settings):
    opened(settings)
    settings["service"].update(name='Bank "of" Examples', contact=CONTACT)
    settings["portal"].update(
        logo="logo.svg", accent=ACCENT, accent_dark=ACCENT_DARK
    )


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=ours)
    (pathlib.Path(made.folder) / "logo.svg").write_text(LOGO)
    return made.start()


@pytest.fixture(scope="module")
def window(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    with browsers.Browser(folder, trusts=[server.root]) as made:
        yield made


def colour(text):
    """#9d1c5b, as a browser says it."""
    return "rgb({}, {}, {})".format(*bytes.fromhex(text[1:]))


@pytest.mark.parametrize("page", ["/", "/issue", "/404"])
@pytest.mark.parametrize("colours, accent", [
    (LIGHT, ACCENT), (DARK, ACCENT_DARK),
])  # fmt: skip
def test_R_WEB_each_page_shows_whose_it_is(
    server, window, page, colours, accent
):
    window.looks(360, colours=colours)
    window.open(f"https://localhost:{server.portal_port}{page}")
    window.wait("main")
    assert 'Bank "of" Examples' in window.find("header").text
    assert 'Bank "of" Examples' in window.driver.title
    assert CONTACT in window.find("footer").text
    width = window.run("const logo = document.querySelector('header img');"
                       "await logo.decode();"
                       "return logo.naturalWidth / logo.naturalHeight")  # fmt: skip
    assert width == 4
    top = window.run("return getComputedStyle(document.documentElement)"
                     ".borderTopColor")  # fmt: skip
    assert top == colour(accent)
    assert axe.faults(window) == []
    assert window.complaints() == []


def test_a_logo_that_is_opened_by_itself_runs_nothing(server):
    browser = Browser(server)
    logo = browser.get("/brand.svg")
    assert logo.body.decode() == LOGO
    assert logo.headers["Content-Type"] == "image/svg+xml"
    policy = logo.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    etag = logo.headers["ETag"]
    assert browser.get("/brand.svg", if_none_match=etag).status == 304
    assert browser.get("/brand.js").headers["Cache-Control"] == "no-cache"


def test_J_12_check_config_refuses_a_logo_that_runs(server):
    path = pathlib.Path(server.folder) / "logo.svg"
    path.write_text(LOGO.replace("<rect", "<script>alert(1)</script><rect"))
    try:
        done = server.instance.run("check-config", check=False)
    finally:
        path.write_text(LOGO)
    assert done.returncode != 0
    assert f"{path}: has the element `script`" in done.stderr + done.stdout


def test_what_check_config_takes_for_paper_is_that_of_the_pages():
    style = (ROOT / "portal" / "pages" / "style.css").read_text()
    check = (ROOT / "config" / "config_check.c").read_text()
    brand = (ROOT / "portal" / "brand.c").read_text()
    for scheme, rules in zip(("light", "dark"), style.split("@media", 1)):
        on = [
            tuple(bytes.fromhex(re.search(rf"--{name}: #(\w+);", rules)[1]
                                .replace("fff", "ffffff")))
            for name in ("paper", "soft")
        ]  # fmt: skip
        table = re.search(
            rf"struct colour {scheme}\[\] = (.*?);", check, re.S
        )[1]
        parts = [int(p, 16) for p in re.findall(r"0x(\w\w)", table)]
        assert [tuple(parts[:3]), tuple(parts[3:])] == on
    assert f'DARK_INK "{re.findall(r"--paper: (#[0-9a-f]{6});", style)[0]}"' in brand
