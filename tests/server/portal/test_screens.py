"""A picture of each page that people see, in var/screens/; those of the guides
are made from them (koshin_tests/album.py)."""

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.album import GUIDES, Album, shown
from koshin_tests.browser import Browser, picking
from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.command_line import INITIAL
from koshin_tests.page_server import sections
from koshin_tests.person import Person
from koshin_tests.place import ROOT
from koshin_tests.portal import MEMBER, opened_to_members
from koshin_tests.server import CONTRACT, PASSWORD, Account

WIDTH = 600
NEW = "Zakura-55"
PEOPLE = {"ja": ("見本 太郎", "佐藤 花子", "鈴木 一郎", "髙橋 桜"),
          "en": ("Alex Smith", "Hanako Sato", "Robin Hill", "Kim Lee")}  # fmt: skip
# What the guide for users shows, in its order: name of the picture -> page.
PAGES = {
    "register": "register#contract", "fields": "register#fields",
    "look": "register#look", "done": "register#done",
    "first": "first#login", "new": "first#new",
    "start": "index", "password": "issue#password", "code": "issue#code",
    "result": "issue#result", "installed": "issue#result",
    "certificate": "member/index#certificate", "login": "member/index#login",
    "notice": "member/index#notice", "menu": "member/index#menu",
    "list": "member/index#list", "change": "member/index#change",
    "revoke": "member/revoke#ask",
    "own": "member/own#details", "address": "member/own#details",
    "refused": "issue#password!", "door": "issue#code",
    "ended": "issue#ended",
}  # fmt: skip
# What needs none there, and why.
NOT_SHOWN = {
    "404": "says itself what to do", "old": "says itself what to do",
    "first#done": "as register#done", "issue#new": "as first#new",
    "issue#wait": "is over in a moment",
    "register#ended": "as issue#ended",
    "member/index#proof": "asks for the password, as member/index#login",
    "member/index#out": "says itself what to do",
    "keep#ask": "the link in a mail leads there; one button",
    "keep#done": "says itself what to do",
    "keep#over": "says itself what to do",
    "member/revoke#none": "says itself what to do",
    "member/revoke#done": "says itself what to do",
    "member/own#name": "one field", "member/own#email": "two fields",
    "member/own#password": "as first#new",
}  # fmt: skip


def named(settings):
    opened_to_members(settings)
    settings["service"].update(
        name="Example Bank", contact="03-0000-0000 (9:00-17:00)"
    )
    person = {"name": "person", "holder_revokes": True}
    settings["profiles"] = [person, *settings["profiles"][1:]]


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=named).start()


@pytest.fixture
def window(server, tmp_path):
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as made:
        yield made


@pytest.fixture(params=PEOPLE)
def language(request):
    return request.param


def person(server, language, which, **options):
    """An account with a name that a person might have."""
    name = PEOPLE[language][which]
    user = f"{'sample' if which == 0 else 'user'}{language}{which + 1:02}"
    server.instance.add_user(user, CONTRACT, f"{user}@example.jp", PASSWORD,
                             name=name, locale=language, **options)  # fmt: skip
    made = Account(server, user, PASSWORD, f"{user}@example.jp")
    made.locale = language
    return made


class Pages(Album):
    """Each under its name, and of the page that it is said to be."""

    def picture(self, name):
        assert looks.shown(self.window) == PAGES[name]
        super().picture(name)


def fill(window, **fields):
    for name, typed in fields.items():
        found = window.wait(f"#{name.replace('_', '-')}")
        found.clear()
        found.send_keys(typed)
    return found


def test_R_WEB_8_a_picture_of_each_page_of_the_registration(
    server, window, language
):
    pages = Pages(window, language, WIDTH)
    contract = "7" + str(1000001 + list(PEOPLE).index(language))
    server.instance.add_contract(contract, INITIAL)
    url = f"https://localhost:{server.portal_port}"
    window.open(f"{url}/register")
    fill(window, contract=contract, initial=INITIAL)
    pages.picture("register")
    window.find("#initial").send_keys(Keys.ENTER)
    user, mail = f"master{language}01", f"master{language}01@example.jp"
    last = fill(window, user=user, new=NEW, new_again=NEW,
                name=PEOPLE[language][3], email=mail, email_again=mail)  # fmt: skip
    pages.picture("fields")
    last.send_keys(Keys.ENTER)
    window.wait("#look-page")
    pages.picture("look")
    window.find("#look-go").send_keys(Keys.ENTER)
    window.wait("#done-page")
    pages.picture("done")
    account = person(server, language, 2, temporary=True)
    window.open(f"{url}/first")
    fill(window, user=account.user, temporary=PASSWORD)
    pages.picture("first")
    window.find("#temporary").send_keys(Keys.ENTER)
    fill(window, new=NEW, new_again=NEW)
    pages.picture("new")


def test_R_WEB_8_a_picture_of_each_page_of_the_issue(server, window, language):
    pages = Pages(window, language, WIDTH)
    who = Person(server, window, person(server, language, 0))
    window.open(who.url)
    window.wait("h1")
    pages.picture("start")
    who.log_in("Wrong-zakura5")
    window.wait("#password-page [data-problem]")
    pages.picture("refused")
    window.open(f"{who.url}/issue")
    fill(window, user=who.account.user, password=PASSWORD)
    pages.picture("password")
    since = who.account.before_code()
    window.find("#password").send_keys(Keys.ENTER)
    window.wait("#code")
    code = who.account.code(since)
    pages.picture("code")
    window.find("#code").send_keys(code, Keys.ENTER)
    window.wait("#file-note.good")
    file = who.saved()
    pages.picture("result")
    window.imports(file, PASSWORD)
    window.find("#check").send_keys(Keys.ENTER)
    window.wait("#installed")
    pages.picture("installed")
    other = Person(server, window, person(server, language, 1))
    other.at_code()
    other.press("#code-wish")
    window.wait("#code-server")
    pages.picture("door")
    window.driver.delete_all_cookies()
    other.enter("#code", "123456")
    window.wait("#ended-page")
    pages.picture("ended")


def test_R_WEB_8_a_picture_of_each_page_of_the_member_area(
    server, window, language
):
    pages = Pages(window, language, WIDTH)
    account = person(server, language, 3)
    key = requests.new_key("p256")
    made = EstClient(server, "person").enroll(account, key=key)
    url = f"https://{MEMBER}:{server.member_port}/"
    window.open(url)
    window.wait("#certificate-page")
    pages.picture("certificate")
    window.takes(requests.Identity(server.folder, made, key))
    server.age_certificate(made, 340)
    window.find("#choose").send_keys(Keys.ENTER)
    last = fill(window, user=account.user, password=PASSWORD)
    pages.picture("login")
    last.send_keys(Keys.ENTER)
    window.wait("#notice-page")
    pages.picture("notice")
    window.find("#notice-later").send_keys(Keys.ENTER)
    window.wait("#menu-page")
    pages.picture("menu")
    window.find("#list").send_keys(Keys.ENTER)
    window.wait("#list-page")
    pages.picture("list")
    window.find("#list-back").send_keys(Keys.ENTER)
    window.wait("#change").send_keys(Keys.ENTER)
    window.wait("#change-page")
    pages.picture("change")
    window.find("#change-revoke").send_keys(Keys.ENTER)
    window.wait("#ask-page")
    pages.picture("revoke")
    window.find("a[href='/#menu']").send_keys(Keys.ENTER)
    window.wait("#menu-page a[href='/own']").send_keys(Keys.ENTER)
    window.wait("#details-page")
    pages.picture("own")
    window.find("#to-email").send_keys(Keys.ENTER)
    fill(window, email="new@example.jp",
         email_again="new@example.jp").send_keys(Keys.ENTER)  # fmt: skip
    window.wait("#waiting")
    pages.picture("address")


@pytest.mark.parametrize("guide", ["users-guide.md", "ja/users-guide.md"])
def test_the_users_guides_show_each_page(guide):
    language = "ja" if guide.startswith("ja/") else "en"
    assert shown(guide) == [(language, name) for name in PAGES]


def test_R_WEB_8_no_page_for_users_is_without_a_picture():
    pages = {page for page in sections() if not page.endswith("!")
             and not page.startswith(("member/desk", "operator/"))}  # fmt: skip
    assert pages - set(PAGES.values()) == set(NOT_SHOWN)


def test_the_pictures_of_the_guides_are_all_there_and_small():
    """Each guide shows the same in both languages, and no picture is left."""
    images = ROOT / "docs" / "images"
    named = set()
    for guide in GUIDES:
        english, japanese = shown(guide), shown(f"ja/{guide}")
        assert [name for _, name in english] == [name for _, name in japanese]
        named.update(f"{language}-{name}.png"
                     for language, name in english + japanese)  # fmt: skip
    sizes = {path.name: path.stat().st_size for path in images.glob("*.png")}
    assert set(sizes) == named
    assert max(sizes.values()) < 60_000
    assert sum(sizes.values()) < 2_200_000
