"""The master's desk in a real browser, through the real door: each list and each
act, by the keyboard alone, and nothing of another contract (R-WEB-5)."""

import csv
import datetime
import io

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks, rows
from koshin_tests.browser import Browser as Chromium, picking
from koshin_tests.keyboard import Keyboard
from koshin_tests.master import Desk, at_desk
from koshin_tests.patience import until
from koshin_tests.portal import Browser, opened_to_members

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
MARKUP = ["<img src=x onerror=1", "'\"><b>&amp;x", "{user}$&"]
REASON = "電話で本人と確認しました"


def opened(settings):
    opened_to_members(settings)
    for profile in settings["profiles"]:
        if profile["name"] == "person":
            profile["master_revokes"] = True


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture(scope="module")
def shared(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    with at_desk(server, folder) as made:
        yield made


@pytest.fixture
def desk(shared):
    shared.window.looks(1280)
    shared.window.speaks("ja")
    yield shared
    assert shared.complaints() == []


# ----------------------------------------------------------------- the lists


def test_R_WEB_5_each_figure_leads_to_its_list(desk):
    without, expired = desk.add(), desk.add()
    desk.holds(expired, NOW - DAY)
    locked = desk.add(locked_until=NOW + DAY)
    blocked = desk.add(state="blocked")
    bounced = desk.add()
    desk.bounces(bounced)
    fresh = desk.add()
    desk.holds(fresh, NOW + 200 * DAY)
    closed = desk.add()
    for user in (locked, blocked, bounced, closed):
        desk.holds(user, NOW + 200 * DAY, installed=True)
    desk.db.do("UPDATE koshin.account SET state = 'closed'"
               " WHERE user_id = %s", closed)  # fmt: skip
    wanted = {
        "all": {without, expired, locked, blocked, bounced, fresh},
        "without": {without, expired},
        "uninstalled": {fresh},
        "locked": {locked, blocked},
        "bounced": {bounced},
        "closed": {closed},
    }
    desk.open()
    until(lambda: desk.window.find("#figures b").text.isdigit())
    for name, users in wanted.items():
        desk.press(f"#figures [data-list={name}]")
        figure = desk.window.find(f"#figures [data-list={name}] b").text
        until(lambda: (
            desk.window.find(f"#figures [data-list={name}]")
            .get_attribute("aria-current") == "page"
            and len(desk.listed) == int(figure)
            and users <= set(desk.listed)
        ), lambda: f"{name}: {figure}, {desk.listed}")  # fmt: skip
        others = set().union(*wanted.values()) - users
        assert name == "all" or not others & set(desk.listed), name


def test_R_WEB_5_who_expires_this_month_is_told(server, desk):
    """By the day of the service, as the ledger has it."""
    user = desk.add()
    ends = server.one(
        "SELECT (date_trunc('month', now() AT TIME ZONE 'Asia/Tokyo')"
        " + interval '1 month' - interval '1 second') AT TIME ZONE 'Asia/Tokyo'"
    )
    desk.holds(user, ends)
    desk.open("list=expiring")
    assert desk.listed == [user]
    row = desk.window.find("#rows tr").text
    assert f"{ends.astimezone(TOKYO):%Y}年" in row


def test_R_WEB_5_search_finds_a_part_of_name_or_address(desk):
    user = desk.add(name="検索 花子", email="Such.Address@example.jp")
    desk.open()
    for typed in ("検索 花", "such.addr", user.upper()):
        desk.fill("#search", typed)
        until(lambda: desk.listed == [user], lambda: str(desk.listed))
        assert "1名" in desk.window.find("#found").text
    desk.fill("#search", "そのような人はいない")
    until(lambda: desk.listed == [])
    assert "該当するユーザーはいません" in desk.window.text
    # What is searched for stands in no address that is sent.
    desk.window.driver.refresh()
    desk.window.wait("#found")
    assert desk.listed == []


# ------------------------------------------------------------------ the acts


def test_R_LOCK_6_a_block_is_lifted_with_a_reason(desk):
    user = desk.add(state="blocked", name="停止 太郎")
    desk.open(f"user={user}")
    assert "停止中" in desk.window.text and "停止 太郎" in desk.window.text
    assert "あと3回" in desk.window.find("#acts").text
    desk.act("lift", user)
    assert "理由を入力" in desk.window.wait("#reason-wrong").text
    assert desk.window.driver.title.startswith("エラー：")
    # What the door alone finds wrong is told at its field, and stays there.
    desk.fill("#reason", "backwards \u202etxet")
    desk.press("#act-go")
    assert "制御文字" in desk.window.wait("#reason-wrong").text
    typed = desk.window.find("#reason").get_attribute("value")
    assert typed == "backwards \u202etxet"
    desk.fill("#reason", REASON)
    desk.press("#act-go")
    assert "解除しました" in desk.window.wait("#did").text
    assert desk.column(user, "state") == "active"
    (audited,) = desk.audited(user, "account.unlock")
    assert audited["reason"] == REASON
    assert desk.window.seen("a[href^='#lift=']") == []


def test_what_was_done_is_said_though_nothing_more_can_be_read(desk):
    user = desk.add(state="blocked")
    desk.act("lift", user)
    desk.window.wait("#reason-wrong")
    desk.window.run("""
        const ask = window.fetch;
        window.fetch = (to, ...how) => to.endsWith("/desk/user")
            ? Promise.reject(new TypeError("cut")) : ask(to, ...how);
    """)
    desk.fill("#reason", REASON)
    desk.press("#act-go")
    assert desk.window.wait("#user-page [data-problem]").text
    assert "解除しました" in desk.window.wait("#did").text
    assert desk.column(user, "state") == "active"
    # Nor does anything stand there that is true no more.
    assert desk.window.find("#user-facts").text == ""
    assert desk.window.seen("#acts *") == []


def test_T6_how_often_a_lift_may_be_is_told_before_and_holds(desk):
    user = desk.add(state="blocked")
    for left in ("あと3回", "あと2回", "あと1回"):
        desk.open(f"user={user}")
        assert left in desk.window.find("#acts").text
        desk.act("lift", user, reason=REASON)
        desk.window.wait("#did")
        desk.db.do("UPDATE koshin.account SET state = 'blocked'"
                   " WHERE user_id = %s", user)  # fmt: skip
    desk.open(f"user={user}")
    assert "サービス窓口へ" in desk.window.find("#acts").text
    assert desk.window.seen("a[href^='#lift=']") == []


def test_R_ACC_7_a_temporary_password_is_shown_once(server, desk):
    account = server.account()
    desk.act("password", account.user)
    secret = desk.window.wait(".slip .passphrase").text
    assert account.user in desk.window.find(".slip").text
    assert secret not in desk.window.driver.current_url
    looks.at(desk.window, "member/desk#slips")
    # Who leaves without it is asked once more.
    desk.press("#slips-done")
    assert "まだ印刷も保存もしていません" in desk.window.wait("#slips-leave").text
    looks.at(desk.window, "member/desk#slips not printed yet")
    assert desk.window.find(".slip .passphrase").text == secret
    desk.press("#slips-done")
    desk.window.wait("#user-page")
    desk.window.driver.back()
    desk.window.wait("main h1")
    desk.window.driver.refresh()
    desk.window.wait("main h1")
    assert secret not in desk.window.driver.page_source
    assert desk.window.run(
        "return JSON.stringify([localStorage, sessionStorage])"
    ).count(secret) == 0
    answer = Browser(server).show_temporary(account.user, secret)
    assert answer.status == 200


def test_R_ACC_7_a_slip_is_printed_without_the_rest(desk):
    desk.act("password", desk.add(name="印刷 花子"))
    desk.window.wait(".slip")
    desk.window.run("window.print = () => { window.printed = true; };")
    desk.press("#slips-print")
    assert desk.window.run("return window.printed")
    desk.window.tell("Emulation.setEmulatedMedia", media="print")
    shown = [line for line in desk.window.text.splitlines() if line]
    desk.window.tell("Emulation.setEmulatedMedia", media="")
    assert shown[0] == "印刷 花子 様"
    # Who gets it has nothing else of us yet.
    assert any("ブラウザーで https://" in line for line in shown), shown
    assert not any("English" in line or "印刷する" in line for line in shown)
    # It is kept: nobody is asked again.
    desk.press("#slips-done")
    desk.window.wait("#user-page")


def test_T7_closing_says_what_it_means_and_is_undone(desk):
    user = desk.add(state="blocked")
    serial = desk.holds(user, NOW + 100 * DAY)
    desk.open(f"close={user}")
    assert "30日以内" in desk.window.text and "あと" in desk.window.text
    assert desk.column(user, "state") == "blocked"
    desk.fill("#reason", REASON)
    desk.press("#act-go")
    assert "登録を解除しました" in desk.window.wait("#did").text
    assert desk.column(user, "state") == "closed"
    assert desk.db.one("SELECT reason FROM koshin.revocation"
                       " WHERE serial = %s", serial) == "cessationOfOperation"  # fmt: skip
    desk.open("list=closed")
    assert user in desk.listed
    desk.act("reopen", user, reason=REASON)
    assert "再開しました" in desk.window.wait("#did").text
    assert desk.column(user, "state") == "blocked"


def test_R_WEB_5_a_reminder_goes_out_once_a_day(server, desk):
    account = server.account()
    since = account.mark()
    desk.act("remind", account.user)
    assert "お願いのメールを送ります" in desk.window.wait("#did").text
    assert account.mail(since, "request or renew")
    desk.act("remind", account.user)
    assert "お送りしませんでした" in desk.window.wait("#did").text


def test_R_CERT_6_a_certificate_is_revoked_where_the_profile_allows(desk):
    user = desk.add()
    serial = desk.holds(user, NOW + 100 * DAY)
    desk.open(f"revoke={user}")
    assert "取り消せません" in desk.window.text
    looks.at(desk.window, "member/desk#act with a choice")
    desk.window.wait("[name=why][value=keyCompromise]").send_keys(Keys.SPACE)
    desk.press("#act-go")
    assert "失効しました" in desk.window.wait("#did").text
    assert desk.db.one("SELECT reason FROM koshin.revocation"
                       " WHERE serial = %s", serial) == "keyCompromise"  # fmt: skip
    assert desk.window.seen("a[href^='#revoke=']") == []


def test_R_WEB_5_nothing_is_offered_for_the_master_himself(desk):
    desk.open(f"user={desk.account.user}")
    assert "マスターユーザー" in desk.window.text
    assert desk.window.seen("#acts a") == []
    desk.open(f"close={desk.account.user}")
    desk.window.wait("#user-page")


# --------------------------------------------------------------- registering


def fill_new(desk, **changes):
    user = f"neu{next(desk.server.numbers):06}"
    fields = {"user": user, "name": "新人 花子",
              "email": f"{user}@example.jp",
              "email-again": f"{user}@example.jp", **changes}  # fmt: skip
    for name, typed in fields.items():
        desk.fill(f"#add-{name}", typed)
    desk.press("#add-go")
    return fields["user"]


def test_R_ACC_7_a_user_is_registered_with_a_temporary_password(server, desk):
    desk.open("add")
    user = fill_new(desk)
    secret = desk.window.wait(".slip .passphrase").text
    assert desk.column(user, "name") == "新人 花子"
    assert desk.column(user, "locale") == "ja"
    assert desk.column(user, "temporary_password")
    assert Browser(server).show_temporary(user, secret).status == 200


def test_J_05_J_06_J_07_each_field_of_a_new_user_says_what_it_wants(desk):
    desk.open("add")
    taken = desk.add()
    fill_new(desk, **{"user": "<b>x</b>", "name": "あ" * 21, "email": "a@b"})
    desk.window.wait("#add-page [data-problem]")
    wrong = {field.get_attribute("id") for field in
             desk.window.seen("#add-page [aria-invalid=true]")}  # fmt: skip
    assert wrong == {"add-user", "add-name", "add-email"}
    assert desk.window.find("#add-user").get_attribute("value") == "<b>x</b>"
    looks.at(desk.window, "member/desk#add!")
    fill_new(desk, user=taken)
    assert "すでに使われています" in desk.window.wait("#add-user-wrong").text
    assert desk.window.find("#add-name").get_attribute("value") == "新人 花子"


# ----------------------------------------------------------- many, by a file


def choose(desk, tmp_path, content, name="users.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    desk.open("import")
    desk.window.wait("#file").send_keys(str(path))
    desk.press("#file-go")


def table(desk, many, name="新人 花子"):
    """Of so many who are new, with their user IDs."""
    users = [f"csv{next(desk.server.numbers):06}" for _ in range(many)]
    lines = ["user_id,name,email"]
    lines += [f"{u},{name},{u}@example.jp" for u in users]
    return users, "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "shift_jis"])
def test_R_WEB_5_many_are_registered_from_a_file(
    server, desk, tmp_path, letters
):
    users, content = table(desk, 3, "髙﨑 花子" if letters != "shift_jis"
                           else "表示 能子")  # fmt: skip
    choose(desk, tmp_path, content.encode(letters))
    assert "3名を登録できます" in desk.window.wait("#look-page").text
    assert ("Shift_JIS" in desk.window.text) == (letters == "shift_jis")
    assert users[2] in desk.window.find("#good-rows").text
    assert server.rows("SELECT FROM koshin.account WHERE user_id = %s",
                       users[0]) == []  # fmt: skip
    desk.window.clear_downloads()
    desk.press("#look-go")
    desk.window.wait("#slips-page")
    assert len(desk.window.seen(".slip")) == 3
    desk.press("#slips-save")
    ((_, saved),) = until(lambda: desk.window.saved(".csv")).items()
    desk.window.clear_downloads()
    of = {line["user_id"]: line["password"]
          for line in csv.DictReader(io.StringIO(saved.decode()))}  # fmt: skip
    assert list(of) == users
    assert Browser(server).show_temporary(users[1], of[users[1]]).status == 200
    desk.press("#slips-done")
    desk.window.wait("#list-page")
    assert desk.column(users[0], "name") in content


def test_R_WEB_5_each_fault_of_a_file_stands_at_its_line_and_field(
    server, desk, tmp_path
):
    taken = desk.add()
    (good,), content = table(desk, 1)
    content += (f"{taken},名前,a@example.jp\r\n"
                f"{good},名前,a@example.jp\r\n"
                "kurz,名前,a@example.jp\r\n"
                "lang000001,名前,nirgends\r\n"
                "=cmd()x1,名前,a@example.jp\r\n"
                "nur000001\r\n")  # fmt: skip
    choose(desk, tmp_path, content.encode())
    desk.window.wait("#look-page")
    seen = [row.text for row in desk.window.seen("#look-rows tr")]
    assert len(seen) == 6, seen
    for row, (line, field, why) in zip(seen, [
        (3, "user_id", "すでに登録"), (4, "user_id", "2行目と重複"),
        (5, "user_id", "6〜12文字"), (6, "email", "50文字以内"),
        (7, "user_id", ""), (8, "", ""),
    ]):  # fmt: skip
        assert row.startswith(str(line)) and field in row and why in row, seen
    assert desk.window.seen("#look-go") == []
    looks.at(desk.window, "member/desk#look with faults")
    assert server.rows("SELECT FROM koshin.account WHERE user_id = %s",
                       good) == []  # fmt: skip
    desk.press("#look-back")
    desk.window.wait("#file-page")


@pytest.mark.parametrize("content, said", [
    (b"x" * (3 << 20), "大きすぎます"),
    (b"user_id,name,email\r\n" + b"a,b,c\r\n" * 100_000, "行が多すぎます"),
    (bytes(range(256)) * 10, "読めませんでした"),
    (b"PK\x03\x04\0\0\0\0", "読めませんでした"),
], ids=["3 MB", "100,000 rows", "binary", "a workbook"])  # fmt: skip
def test_J_15_a_file_that_is_none_is_answered_at_once(
    desk, tmp_path, content, said
):
    choose(desk, tmp_path, content, name="名簿 2026.csv")
    assert said in desk.window.wait("#file-wrong").text


def test_J_15_a_page_without_a_file_says_so(desk):
    desk.open("import")
    desk.press("#file-go")
    assert "選んでください" in desk.window.wait("#file-wrong").text


def test_R_WEB_5_parts_of_a_file_keep_their_lines(desk, tmp_path):
    """The door takes 500 rows at once; line ends in a cell count."""
    users, content = table(desk, 700)
    content += f'"{users[0]}","名\r\n前",{users[0]}@example.jp\r\n'
    content += f"{users[600]},名前,a@example.jp\r\n"
    choose(desk, tmp_path, content.encode())
    desk.window.wait("#look-page")
    seen = desk.window.find("#look-rows").text
    assert "702" in seen
    assert "704" in seen and "602行目と重複" in seen


def test_F_10_a_lost_answer_loses_no_password(server, desk, tmp_path):
    """Who was registered by a question whose answer was lost gets another
    temporary password; nobody is registered twice."""
    users, content = table(desk, 3)
    choose(desk, tmp_path, content.encode())
    desk.window.wait("#look-go")
    desk.window.run(
        "const real = window.fetch; let lost = 0;"
        "window.fetch = async (path, options) => {"
        " const answer = await real(path, options);"
        " if (path.endsWith('/register') && lost++ === 1)"
        "  throw new TypeError('lost');"
        " return answer; };"
    )
    desk.press("#look-go")
    desk.window.wait("#slips-page")
    secrets = [one.text for one in desk.window.seen(".slip .passphrase")]
    assert len(set(secrets)) == 3
    for user, secret in zip(users, secrets):
        assert Browser(server).show_temporary(user, secret).status == 200


# ------------------------------------------------------------- what protects


@pytest.mark.parametrize("markup", MARKUP)
def test_J_12_markup_in_a_field_is_shown_as_text(desk, tmp_path, markup):
    user = desk.add(name=markup)
    desk.open(f"list=all&search={user}")
    assert markup in desk.window.find("#rows tr").text
    desk.press("#rows a")
    assert desk.window.wait("#user-name").text == markup
    assert desk.window.seen("#user-name *") == []
    desk.act("password", user)
    assert markup in desk.window.wait(".slip h2").text
    desk.press("#slips-done")
    desk.press("#slips-done")
    # And what a file has, in name and content.
    quoted = markup.replace('"', '""')
    choose(desk, tmp_path,
           f'user_id,name,email\r\n"{quoted}","{quoted}",x\r\n'.encode(),
           name="<b>{file}.csv")  # fmt: skip
    assert "<b>{file}.csv" in desk.window.wait("#look-lead").text
    assert desk.window.seen("#look-page img, #look-page b") == []


def test_I_14_a_master_sees_nothing_of_another_contract(server, desk):
    number = "87654321"
    server.instance.add_contract(number)
    rows.account(desk.db, number, "general", user_id="other00001",
                 name="ヨソ 太郎", email="yoso@example.jp")  # fmt: skip
    desk.open("list=all&search=ヨソ")
    assert desk.listed == []
    for act in ("user", "close", "password", "lift"):
        desk.open(f"{act}=other00001")
        assert desk.window.wait("#list-page [data-problem]")
        assert "ヨソ" not in desk.window.driver.page_source
    assert desk.column("other00001", "state") == "active"


def test_J_02_who_has_no_session_any_more_is_told(desk):
    user = desk.add()
    desk.open(f"user={user}")
    desk.window.driver.delete_all_cookies()
    desk.press(f"a[href='#remind={user}']")
    desk.window.wait("#ended-page")
    looks.at(desk.window, "member/desk#ended")
    assert user not in desk.window.text
    desk.log_in()


# ------------------------------------------------------------------ the keys


def test_R_WEB_8_keys_alone_lead_through_the_desk(desk):
    user = desk.add(state="blocked", name="鍵盤 太郎")
    keys = Keyboard(desk.window)
    desk.open()
    keys.tab_to_id("search")
    keys.press(user)
    until(lambda: desk.listed == [user])
    keys.tab_to_text("状態")
    keys.press(Keys.ENTER)
    until(lambda: desk.window.find("[data-sort=state]")
          .get_attribute("aria-sort") == "ascending")  # fmt: skip
    assert desk.window.focused.text == "状態"
    keys.press(Keys.SPACE)
    until(lambda: desk.window.find("[data-sort=state]")
          .get_attribute("aria-sort") == "descending")  # fmt: skip
    until(lambda: desk.listed == [user])
    keys.tab_to_text(user)
    keys.press(Keys.ENTER)
    head = desk.window.wait("#user-page h1")
    until(lambda: desk.window.focused == head)
    keys.tab_to_text("解除に進む")
    keys.press(Keys.ENTER)
    head = desk.window.wait("#act-page h1")
    until(lambda: desk.window.focused == head)
    keys.tab()
    keys.press(REASON, Keys.ENTER)
    assert "解除しました" in desk.window.wait("#did").text
    keys.back()
    assert desk.window.focused.text == "一覧に戻る"
    keys.press(Keys.ENTER)
    desk.window.wait("#list-page")
    # Back at the row of that user.
    until(lambda: desk.window.focused.text == user)


def test_R_WEB_8_keys_alone_register_a_user_and_hand_out_the_slip(desk):
    user = f"neu{next(desk.server.numbers):06}"
    keys = Keyboard(desk.window)
    desk.open()
    keys.tab_to_text("ユーザーを登録")
    keys.press(Keys.ENTER)
    head = desk.window.wait("#add-page h1")
    until(lambda: desk.window.focused == head)
    keys.tab_to_id("add-user")
    for typed in (user, "鍵盤 花子", *[f"{user}@example.jp"] * 2):
        keys.press(typed)
        keys.tab()
    keys.press(Keys.ARROW_DOWN)  # mails in English
    keys.press(Keys.ENTER)
    head = desk.window.wait("#slips-page h1")
    until(lambda: desk.window.focused == head)
    desk.window.run("window.print = () => { window.printed = true; };")
    keys.tab_to_text("印刷する")
    keys.press(Keys.SPACE)
    assert desk.window.run("return window.printed")
    keys.tab_to_id("slips-done")
    keys.press(Keys.ENTER)
    desk.window.wait("#user-page")
    assert desk.column(user, "locale") == "en"


# ------------------------------------------------------------------ the look


def test_R_WEB_8_the_lists_look_right(desk):
    desk.add(name="長い名前の人の名前は折り返す 太郎", state="blocked",
             email="a.very.long.name.of.somebody.who@long.example.jp")  # fmt: skip
    desk.open()
    until(lambda: desk.listed, lambda: desk.window.text)
    until(lambda: desk.window.find("#figures b").text.isdigit())
    looks.at(desk.window, "member/desk#list")
    desk.open("list=all&search=nobody-has-that-name")
    looks.at(desk.window, "member/desk#list without anybody")
    desk.open("user=nobody0001")
    desk.window.wait("#list-page [data-problem]")
    looks.at(desk.window, "member/desk#list!")


def test_R_WEB_8_a_user_and_an_act_look_right(desk):
    user = desk.add(state="blocked", temporary_password=True)
    desk.holds(user, NOW + 5 * DAY)
    desk.bounces(user)
    desk.open(f"user={user}")
    looks.at(desk.window, "member/desk#user")
    with desk.window.without_door():
        desk.press(f"a[href='#close={user}']")
        desk.window.wait("#user-page [data-problem]")
        looks.at(desk.window, "member/desk#user!")
    desk.open(f"close={user}")
    looks.at(desk.window, "member/desk#act")
    desk.press("#act-go")
    desk.window.wait("#reason-wrong")
    looks.at(desk.window, "member/desk#act!")


def test_R_WEB_8_registering_looks_right(desk, tmp_path):
    desk.open("add")
    looks.at(desk.window, "member/desk#add")
    desk.open("import")
    looks.at(desk.window, "member/desk#file")
    desk.press("#file-go")
    desk.window.wait("#file-wrong")
    looks.at(desk.window, "member/desk#file!")
    (user,), content = table(desk, 1)
    choose(desk, tmp_path, content.encode())
    desk.window.wait("#look-page")
    looks.at(desk.window, "member/desk#look")
    # Another window was faster.
    desk.add(user_id=user)
    desk.press("#look-go")
    desk.window.wait("#look-page [data-problem]")
    looks.at(desk.window, "member/desk#look!")


def test_R_WEB_8_slips_look_right_where_some_were_not_made(desk, tmp_path):
    (user, taken), content = table(desk, 2)
    choose(desk, tmp_path, content.encode())
    desk.window.wait("#look-page")
    desk.add(user_id=taken)
    desk.press("#look-go")
    desk.window.wait("#slips-left")
    looks.at(desk.window, "member/desk#slips with who is left")
    desk.press("#slips-done")
    with desk.window.without_door():
        desk.press("#slips-done")
        desk.window.wait("#slips-page [data-problem]")
        looks.at(desk.window, "member/desk#slips!")


def test_R_WEB_5_who_is_no_master_is_told(server, desk):
    account, identity = server.identity("general", "person")
    with picking(), Chromium(
        desk.window.folder + "-general", trusts=[server.root]
    ) as other:
        other.takes(identity)
        general = Desk(server, other, account)
        general.log_in()
        general.open()
        other.wait("#ended-page [data-problem]")
        looks.at(other, "member/desk#ended!")
