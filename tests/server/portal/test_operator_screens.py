"""A picture of each page of the operator's desk, in var/screens/; those of the
guide for operators are made from them (koshin_tests/album.py)."""

import datetime

import pytest

from koshin_tests import rows
from koshin_tests.album import Album, shown
from koshin_tests.database import Database
from koshin_tests.operator_desk import window
from koshin_tests.operators import Operator, opened_to_two
from koshin_tests.patience import until

WIDTH = 960
SHOWN = ["-home", "-contracts", "-contract", "-begin", "-slip", "-users",
         "-user", "-person", "-act", "-proposals", "-confirm", "-mails",
         "-audit"]  # fmt: skip
NOW = datetime.datetime.now(datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
DAY = 24 * HOUR
CUSTOMERS = {
    "ja": ("見本株式会社", "例題商事株式会社", "みほん会計事務所"),
    "en": ("Sample Company Ltd", "Example Trading Co", "Model Accountants"),
}
MASTERS = {"ja": ("見本 太郎", "佐藤 花子", "鈴木 一郎"),
           "en": ("Alex Smith", "Hanako Sato", "Robin Hill")}  # fmt: skip
WHY = {"ja": "電話で本人と確認しました", "en": "Caller verified by phone"}
# How many, of each of the last hours.
DAYS_WORK = [0, 1, 0, 0, 2, 5, 8, 12, 9, 4, 7, 11, 10, 6, 3, 2, 1, 0, 0, 1]


def named(settings):
    opened_to_two(settings)
    settings["service"].update(
        name="Example Bank", contact="03-0000-0000 (9:00-17:00)"
    )


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=named).start()


@pytest.fixture(scope="module")
def db(server):
    made = Database(server.services, "koshin", new=False)
    number = rows.contract(made)
    user = rows.account(made, number, "general")
    for hour, count in enumerate(DAYS_WORK):
        when = NOW - hour * HOUR
        for _ in range(count):
            holder = rows.account(made, number, "general")
            rows.ending(made, holder, when + 365 * DAY, begins=when)
        made.do(
            "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
            " locale, message_id, state, done_at) SELECT 'x' || %s || ':' || n,"
            " 'issued', %s, 'crowd@example.jp', 'ja', 'x',"
            " CASE WHEN n %% 9 = 8 THEN 'failed' ELSE 'sent' END, %s"
            " FROM generate_series(1, %s) n", hour, user, when, count,
        )  # fmt: skip
    return made


@pytest.fixture(params=CUSTOMERS)
def language(request):
    return request.param


def contracts(db, language):
    """(number, its master) of each customer; the second master is locked."""
    made = []
    for n, (title, name) in enumerate(
        zip(CUSTOMERS[language], MASTERS[language])
    ):
        number = f"{31000000 + list(CUSTOMERS).index(language) * 1000 + n + 1}"
        user = f"master{language}{n + 1}"
        db.do("INSERT INTO koshin.contract (number, name) VALUES (%s, %s)",
              number, title)  # fmt: skip
        master = rows.account(
            db, number, "master", user_id=user, name=name,
            email=f"{user}@example.jp",
            locked_until=NOW + HOUR if n == 1 else None,
        )  # fmt: skip
        rows.ending(db, master, NOW + (20 + 90 * n) * DAY)
        made.append((number, user))
    return made


def test_R_WEB_8_a_picture_of_each_page_of_the_operators_desk(
    server, db, language, tmp_path
):
    all_of_them = contracts(db, language)
    number, master = all_of_them[0]
    first = Operator(server)
    second = Operator(server, first.number)
    first.act("contract", "close", all_of_them[2][0], reason=WHY[language])
    first.act("user", "suspend", all_of_them[1][1], reason=WHY[language])
    with window(second, tmp_path / "home", language) as desk:
        album = Album(desk.browser, language, WIDTH, kind="operator")

        def at(where, name, shows="main h1"):
            desk.go(where)
            desk.browser.wait(shows)
            album.picture(name)

        desk.go("")
        until(lambda: len(desk.browser.seen(".plot svg")) == 6)
        album.picture("-home")
        at("list=contracts&search=3100", "-contracts", "#list-rows a")
        at(f"contract={number}", "-contract", "#thing-acts a")
        at("list=users&search=master", "-users", "#list-rows a")
        at(f"user={master}", "-user", "#thing-acts a")
        desk.press(f"#thing-acts a[href='#act=suspend&what={master}']")
        desk.fill("#reason", WHY[language])
        album.picture("-act")
        desk.go(f"act=addUser&what={number}")
        desk.fill("#new-user", f"user{language}01")
        desk.fill("#new-name", MASTERS[language][1])
        for field in ("#new-email", "#new-email-again"):
            desk.fill(field, f"user{language}01@example.jp")
        album.picture("-person")
        at("list=proposals", "-proposals", "#list-rows a")
        desk.press("#list-rows a[href*='act=confirm']")
        desk.browser.wait("#act-page")
        album.picture("-confirm")
        at("list=mails&failed=1", "-mails", "#list-rows td")
        at(f"list=audit&contract={first.number}", "-audit", "#list-rows td")
        desk.go("act=add")
        desk.fill("#number", f"5000000{list(CUSTOMERS).index(language) + 1}")
        desk.fill("#title", CUSTOMERS[language][0])
        album.picture("-begin")
        desk.does()
        desk.browser.wait(".slip")
        album.picture("-slip")
        desk.press("#slips-done")
        desk.press("#slips-done")
        desk.browser.wait("#thing-page")


@pytest.mark.parametrize(
    "guide", ["operators-guide.md", "ja/operators-guide.md"]
)
def test_the_operators_guides_show_each_page(guide):
    language = "ja" if guide.startswith("ja/") else "en"
    assert shown(guide) == [(language, f"operator{name}") for name in SHOWN]
