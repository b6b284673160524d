"""A picture of each page of the master's desk, in var/screens/; those of the
guide for masters are made from them (koshin_tests/album.py)."""

import datetime

import pytest

from koshin_tests.album import Album, shown
from koshin_tests.browser import Browser, picking
from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.master import Desk
from koshin_tests.patience import until
from koshin_tests.portal import opened_to_members
from koshin_tests.server import PASSWORD, Account

WIDTH = 960
# In the order of the guide.
SHOWN = ["", "-user", "-close", "-slip", "-add", "-file", "-look", "-good"]
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
PEOPLE = {
    "ja": {"sato001": "佐藤 花子", "suzuki002": "鈴木 一郎",
           "takahashi003": "高橋 桜", "tanaka004": "田中 健",
           "watanabe005": "渡辺 美咲"},
    "en": {"hanako101": "Hanako Sato", "alex102": "Alex Smith",
           "robin103": "Robin Hill", "kimlee104": "Kim Lee",
           "maria105": "Maria Weber"},
}  # fmt: skip
MASTERS = {"ja": "見本 太郎", "en": "Chris Moore"}
FAULTS = (
    "user_id,name,email\r\nsato,{0},sato@example.jp\r\n"
    "hill003,{2},nowhere\r\nlee0004,{3},lee@example.jp\r\n"
)
GOOD = (
    "user_id,name,email\r\nsato0009,{0},sato@example.jp\r\n"
    "hill0009,{2},hill@example.jp\r\nlee00009,{3},lee@example.jp\r\n"
)


def named(settings):
    opened_to_members(settings)
    settings["service"].update(
        name="Example Bank", contact="03-0000-0000 (9:00-17:00)"
    )


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=named).start()


@pytest.fixture(params=PEOPLE)
def language(request):
    return request.param


@pytest.fixture
def desk(server, language, tmp_path):
    """Of a contract of its own, whose master has a name."""
    number = f"2000000{list(PEOPLE).index(language) + 1}"
    user = f"master{language}01"
    server.instance.add_contract(number)
    server.instance.add_user(
        user, number, f"{user}@example.jp", PASSWORD, role="master",
        name=MASTERS[language], locale=language,
    )  # fmt: skip
    account = Account(server, user, PASSWORD, f"{user}@example.jp")
    account.locale = language
    key = requests.new_key("p256")
    made = EstClient(server, "person").enroll(account, key=key)
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as window:
        window.takes(requests.Identity(server.folder, made, key))
        desk = Desk(server, window, account, number)
        desk.log_in()
        yield desk


def people(desk, language):
    """One of each kind; the first of them is blocked."""
    first, locked, soon, bounced, good = [
        desk.add(user_id=user, name=name, email=f"{user}@example.jp",
                 state="blocked" if n == 0 else "active",
                 locked_until=NOW + DAY / 24 if n == 1 else None)
        for n, (user, name) in enumerate(PEOPLE[language].items())
    ]  # fmt: skip
    desk.holds(first, NOW + 200 * DAY)
    desk.holds(soon, NOW + 9 * DAY)
    desk.bounces(bounced)
    desk.holds(good, NOW + 300 * DAY, installed=True)
    return first


def choose(desk, path, content):
    path.write_text(content)
    desk.open("import")
    desk.window.wait("#file").send_keys(str(path))
    desk.press("#file-go")
    desk.window.wait("#look-page")


def test_R_WEB_8_a_picture_of_each_page_of_the_desk(desk, language, tmp_path):
    album = Album(desk.window, language, WIDTH, kind="desk")
    names = list(PEOPLE[language].values())
    user = people(desk, language)
    desk.open()
    until(lambda: desk.window.find("#figures b").text.isdigit())
    album.picture("")
    desk.open(f"user={user}")
    album.picture("-user")
    desk.open(f"close={user}")
    album.picture("-close")
    desk.act("password", user)
    desk.window.wait(".slip")
    album.picture("-slip")
    desk.open("add")
    album.picture("-add")
    desk.open("import")
    album.picture("-file")
    path = tmp_path / "users.csv"
    choose(desk, path, FAULTS.format(*names))
    album.picture("-look")
    choose(desk, path, GOOD.format(*names))
    album.picture("-good")


@pytest.mark.parametrize("guide", ["masters-guide.md", "ja/masters-guide.md"])
def test_the_masters_guides_show_each_page(guide):
    language = "ja" if guide.startswith("ja/") else "en"
    assert shown(guide) == [(language, f"desk{name}") for name in SHOWN]
