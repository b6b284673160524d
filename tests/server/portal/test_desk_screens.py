"""A picture of each page of the master's desk, in var/screens/. Those of the
masters' guide (docs/images/) are some of them, with fewer colours."""

import datetime
import re

import pytest

from koshin_tests.master import at_desk
from koshin_tests.patience import until
from koshin_tests.place import ROOT
from koshin_tests.portal import opened_to_members

SCREENS = ROOT / "var" / "screens"
WIDTH, HEIGHT = 1000, 400
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
FAULTS = (
    "user_id,name,email\r\nsato,{0},sato@example.jp\r\n"
    "hill003,{2},nowhere\r\nlee0004,{3},lee@example.jp\r\n"
)


def named(settings):
    opened_to_members(settings)
    settings["service"].update(
        name="Example Bank", contact="03-0000-0000 (9:00-17:00)"
    )


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=named).start()


@pytest.fixture(scope="module")
def desk(server, tmp_path_factory):
    with at_desk(server, tmp_path_factory.mktemp("browser") / "home") as made:
        yield made


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


@pytest.mark.parametrize("language", PEOPLE)
def test_R_WEB_8_a_picture_of_each_page_of_the_desk(desk, tmp_path, language):
    SCREENS.mkdir(parents=True, exist_ok=True)
    desk.db.do("UPDATE koshin.account SET state = 'closed'"
               " WHERE role = 'general'")  # fmt: skip
    window = desk.window
    window.looks(WIDTH, HEIGHT, calm=True)
    window.speaks(language)
    user = people(desk, language)

    def picture(name):
        window.run("document.activeElement.blur(); scrollTo(0, 0);")
        path = SCREENS / f"{language}-desk{name}.png"
        window.picture(path)
        assert path.read_bytes()[1:4] == b"PNG"

    desk.open()
    until(lambda: window.find("#figures b").text.isdigit())
    picture("")
    desk.open(f"user={user}")
    picture("-user")
    desk.open(f"close={user}")
    picture("-close")
    desk.act("password", user)
    window.wait(".slip")
    picture("-slip")
    desk.open("add")
    picture("-add")
    path = tmp_path / "users.csv"
    path.write_text(FAULTS.format(*PEOPLE[language].values()))
    desk.open("import")
    picture("-file")
    window.find("#file").send_keys(str(path))
    desk.press("#file-go")
    window.wait("#look-page")
    picture("-look")


def test_the_masters_guides_show_pages_that_there_are():
    for guide in ("masters-guide.md", "ja/masters-guide.md"):
        text = (ROOT / "docs" / guide).read_text()
        language = "ja" if guide.startswith("ja/") else "en"
        shown = re.findall(r"images/(\w+)-([\w-]+)\.png", text)
        assert shown == [
            (language, page)
            for page in ("desk", "desk-user", "desk-slip", "desk-look")
        ]
        for _, page in shown:
            path = ROOT / "docs" / "images" / f"{language}-{page}.png"
            assert path.stat().st_size < 60_000
