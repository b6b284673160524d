"""The operator's desk in a real browser, through the real door: in, what has
happened, a user found and acted on, and an act by two (R-OPS-1..5)."""

import os
import urllib.parse

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser, picking
from koshin_tests.command_line import INITIAL
from koshin_tests.keyboard import Keyboard
from koshin_tests.operator_desk import window
from koshin_tests.operators import OPERATOR, Customer, Operator, opened_to_two
from koshin_tests.patience import until
from koshin_tests.person import Person
from koshin_tests.portal import Browser as Api

WHY = "電話で本人と確認しました"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_two).start()


@pytest.fixture(scope="module")
def two(server):
    first = Operator(server)
    return first, Operator(server, first.number)


@pytest.fixture(scope="module")
def desk(two, tmp_path_factory):
    with window(two[0], tmp_path_factory.mktemp("one") / "home") as made:
        yield made


def test_R_OPS_5_figures_are_plots_and_each_list_opens(two, desk):
    desk.go("")
    until(lambda: len(desk.browser.run(
        "return [...document.querySelectorAll('.plot svg')]")) == 6)  # fmt: skip
    looks.at(desk.browser, "operator/index#home")
    with desk.browser.without_door():
        desk.browser.find("#by-day").send_keys(Keys.SPACE)
        desk.browser.wait("#home-page [data-problem]")
        looks.at(desk.browser, "operator/index#home!")

    def goes_to(name):
        desk.press(f"#places [data-place={name}]")
        until(lambda: desk.browser.find(f"#places [data-place={name}]")
              .get_attribute("aria-current") == "page")  # fmt: skip

    Customer(two[0].server).row("master")
    goes_to("contracts")
    looks.at(desk.browser, "operator/index#list of contracts")
    goes_to("users")
    looks.at(desk.browser, "operator/index#list of users")
    goes_to("proposals")
    looks.at(desk.browser, "operator/index#list of proposals")
    goes_to("mails")
    looks.at(desk.browser, "operator/index#list of mails")
    goes_to("audit")
    looks.at(desk.browser, "operator/index#list of the trail")
    with desk.browser.without_door():
        desk.press("#list-form button")
        desk.browser.wait("#list-page [data-problem]")
        looks.at(desk.browser, "operator/index#list!")


def test_R_WEB_8_pages_are_in_the_language_of_the_account(two, desk):
    """Until the switch says another one, which is kept there."""
    account = two[0].account
    said = "return document.documentElement.lang"
    desk.reads("en")
    until(lambda: desk.browser.run(said) == "en")
    desk.press("#switch")
    until(lambda: desk.browser.run(said) == "ja")
    until(lambda: account.row("locale") == "ja")
    account.locale = "ja"
    desk.browser.run("localStorage.clear()")


def test_J_12_what_people_typed_is_text_in_lists_and_on_their_page(two, desk):
    name = "<img src=x onerror=1>&amp;"
    user = Customer(two[0].server).row(name=name)
    desk.go(f"list=users&search={user}")
    until(lambda: name in desk.text("#list-rows"))
    desk.press("#list-rows a")
    until(lambda: desk.text("#thing-name") == name)


def test_J_12_names_reasons_and_addresses_are_text_on_every_page(two, desk):
    markup = "<img src=x onerror=1>&amp;"
    customer = Customer(two[0].server)
    number, user = customer.number, customer.row()
    two[0].server.rows("UPDATE koshin.contract SET name = %s"
                       " WHERE number = %s", markup, number)  # fmt: skip
    two[0].act("user", "suspend", user, reason=markup)
    two[0].act("contract", "close", number, reason=markup)
    for where in (f"list=contracts&search={number}", f"list=audit&user={user}",
                  "list=proposals"):  # fmt: skip
        desk.go(where)
        until(lambda: markup in desk.text("#list-rows"))
    desk.go(f"contract={number}")
    assert desk.text("#thing-name") == markup
    # Whoever sends somebody such a link.
    desk.go(f"act=suspend&what={urllib.parse.quote(markup)}")
    assert desk.text("#act-what") == markup
    desk.go(f"list=users&search={urllib.parse.quote(markup)}")
    field = desk.browser.wait("#ask-search")
    assert field.get_attribute("value") == markup
    assert desk.browser.run(
        "return document.querySelectorAll('main img').length") == 0


def test_R_OPS_3_a_user_is_found_and_suspended_with_the_password(two, desk):
    customer = Customer(two[0].server)
    user = customer.row()
    desk.go("list=users")
    desk.fill("#ask-search", user + Keys.ENTER)
    until(lambda: desk.browser.run(
        "return document.querySelectorAll('#list-rows tr').length") == 1)  # fmt: skip
    desk.press("#list-rows a")
    desk.press(f"#thing-acts a[href='#act=suspend&what={user}']")
    desk.browser.wait("#act-page")
    looks.at(desk.browser, "operator/index#act")
    desk.press("#act-go")  # nothing is said yet
    assert desk.text("#act-page [data-problem] li")
    looks.at(desk.browser, "operator/index#act!")
    desk.does(reason=WHY)
    assert desk.text("#thing-did")
    assert two[0].user(user)["state"] == "suspended"
    looks.at(desk.browser, "operator/index#thing user")
    with desk.browser.without_door():
        desk.press("#thing-facts a")
        desk.browser.wait("#thing-page [data-problem]")
        looks.at(desk.browser, "operator/index#thing!")


def test_R_WEB_8_keys_alone_lead_through_the_operators_desk(two, desk):
    user = Customer(two[0].server).row()
    keys = Keyboard(desk.browser)
    desk.go("")
    keys.tab_to_text("ユーザー")
    keys.press(Keys.ENTER)
    head = desk.browser.wait("#list-page h1")
    until(lambda: desk.browser.focused == head)
    keys.tab_to_id("ask-search")
    keys.press(user, Keys.ENTER)
    until(lambda: desk.browser.run(
        "return document.querySelectorAll('#list-rows tr').length") == 1)  # fmt: skip
    keys.tab_to_text(user)
    keys.press(Keys.ENTER)
    head = desk.browser.wait("#thing-page h1")
    until(lambda: desk.browser.focused == head)
    keys.tab_to(lambda one: (one.get_attribute("href") or "").endswith(
        f"#act=suspend&what={user}"))  # fmt: skip
    keys.press(Keys.ENTER)
    head = desk.browser.wait("#act-page h1")
    until(lambda: desk.browser.focused == head)
    keys.tab_to_id("reason")
    keys.press(WHY)
    keys.tab_to_id("proof")
    keys.press(two[0].account.password, Keys.ENTER)
    assert desk.text("#thing-did")
    assert two[0].user(user)["state"] == "suspended"


def test_R_OPS_3_no_password_outlives_its_page(two, desk):
    customer = Customer(two[0].server)
    user = customer.row()

    def secrets():
        return desk.browser.run("""return document.querySelector("#proof").value
            + (document.querySelector(".slip .passphrase")?.textContent ?? "")
            """)

    def at_act(name):
        desk.go(f"user={user}")
        desk.press(f"#thing-acts a[href='#act={name}&what={user}']")
        desk.browser.wait("#act-page")

    at_act("suspend")
    desk.fill("#proof", "left behind 1")
    desk.press("#act-cancel")
    desk.browser.wait("#thing-page")
    assert secrets() == ""
    at_act("suspend")
    desk.fill("#reason", WHY)
    desk.fill("#proof", "not the one 1")
    desk.press("#act-go")
    assert desk.text("#act-page [data-problem]")
    assert secrets() == ""
    at_act("password")
    desk.does()
    assert desk.text(".slip .passphrase") == secrets()
    # Whoever leaves without it is asked once more.
    desk.browser.driver.back()
    assert "まだ印刷も保存もしていません" in desk.text("#slips-leave")
    assert desk.text(".slip .passphrase") == secrets()
    desk.browser.driver.back()
    desk.browser.wait("#thing-page")
    assert secrets() == ""


def test_R_OPS_1_who_begins_gets_the_certificate_at_the_portal_and_comes_in(
    two, tmp_path_factory
):
    """From a password and a mailbox to the desk, in one browser."""
    first, _ = two
    server = first.server
    folder = tmp_path_factory.mktemp("new") / "home"
    url = f"https://{OPERATOR}:{server.operator_port}/"
    with picking(), Browser(folder, trusts=[server.root]) as browser:
        browser.open(url)
        browser.wait("#certificate-page")
        looks.at(browser, "operator/index#certificate")
        person = Person(server, browser, first.person(role="operator"))
        person.account.reads("ja")
        browser.imports(person.issued(), person.account.password)
        # The browser has said "none" for that name.
        browser.open(url)
        browser.wait("#choose").send_keys(Keys.ENTER)
        browser.wait("#user").send_keys(person.account.user)
        looks.at(browser, "operator/index#login")
        browser.find("#password").send_keys("Wrong-zakura5", Keys.ENTER)
        browser.wait("#login-page [data-problem]")
        looks.at(browser, "operator/index#login!")
        browser.find("#password").clear()
        browser.find("#password").send_keys(
            person.account.password, Keys.ENTER)
        browser.wait("#home-page")


def test_R_WEB_8_the_switch_holds_behind_the_log_out(two, desk):
    """What was said of who was here may have to be said again."""
    desk.go("")
    desk.press("#out")
    desk.browser.wait("#login-page")
    for language in ("en", "ja"):
        desk.press("#switch")
        desk.browser.wait(f"html[lang={language}]")
    desk.browser.run("localStorage.clear()")
    desk.log_in()


def test_R_OPS_2_a_contract_begins_with_a_slip_of_its_own(two, desk):
    number = f"{60000000 + os.getpid() % 10000000}"
    desk.go("list=contracts")
    desk.press("#list-add a")
    desk.browser.wait("#act-page")
    looks.at(desk.browser, "operator/index#act for a new contract")
    desk.does(number="1234567", title="見本株式会社")
    assert "8桁" in desk.text("#act-page [data-problem] li")
    looks.at(desk.browser, "operator/index#act! for a new contract")
    desk.does(number=number)
    secret = desk.text(".slip .passphrase")
    shown = desk.text(".slip")
    assert number in shown and "見本株式会社 御中" in shown
    assert "「マスターユーザーの登録」" in shown
    looks.at(desk.browser, "operator/index#slips")
    desk.browser.run("window.print = () => { window.printed = true; };")
    desk.press("#slips-print")
    assert desk.browser.run("return window.printed")
    with desk.browser.without_door():
        desk.press("#slips-done")
        desk.browser.wait("#slips-page [data-problem]")
        looks.at(desk.browser, "operator/index#slips!")
    desk.press("#places [data-place=home]")
    desk.browser.wait("#home-page")
    desk.go(f"contract={number}")
    until(lambda: desk.text("#thing-name") == "見本株式会社")
    looks.at(desk.browser, "operator/index#thing contract")
    assert secret not in desk.browser.driver.page_source
    assert Api(two[0].server).show_contract(number, secret).status == 200
    # Its number is that of one now; what was typed beside it stays.
    desk.go("act=add")
    desk.does(number=number, title="別の会社")
    assert "使われています" in desk.text("#act-page [data-problem] li")
    title = desk.browser.find("#title")
    assert title.get_attribute("value") == "別の会社"


def test_R_OPS_5_each_fact_of_a_contract_says_one_thing(two, desk):
    """Its number and how many it has are not one; nothing is left blank."""
    customer = Customer(two[0].server)
    facts = """return [...document.querySelectorAll("#thing-facts dd")]
        .slice(0, 4).map(fact => fact.innerText.trim())"""
    desk.go(f"contract={customer.number}")
    assert desk.browser.run(facts) == ["利用可", "0名", "なし", "すべて"]
    master = customer.row("master")
    users = sorted([master, customer.row()])
    desk.go(f"contract={customer.number}")
    assert desk.browser.run(facts) == ["利用可", "2名", master, "すべて"]
    desk.press("#thing-facts a")
    until(lambda: desk.browser.run(
        "return [...document.querySelectorAll('#list-rows td:first-of-type a')]"
        ".map(one => one.textContent)") == users)  # fmt: skip


EMPTY_LINES = """return [...document.querySelectorAll("#list-rows td")]
    .filter(cell => cell.checkVisibility() && [...cell.children]
        .every(part => part.className === "label"))
    .map(cell => cell.textContent)"""


def test_R_WEB_8_a_phone_shows_no_empty_lines(two, desk):
    Customer(two[0].server)  # has no name, and no master yet
    desk.browser.looks(360)
    for name in ("contracts", "audit"):
        desk.go(f"list={name}")
        assert desk.browser.seen("#list-rows td")
        assert desk.browser.run(EMPTY_LINES) == []
    desk.browser.looks(1280)
    desk.go("list=contracts")
    assert desk.browser.run(EMPTY_LINES)  # the columns of the table stay


def test_R_OPS_2_a_user_begins_on_the_page_of_the_contract(two, desk):
    customer = two[0].customer()
    user = f"neu{customer.number[-6:]}"
    desk.go(f"contract={customer.number}")
    desk.press(f"#thing-acts a[href='#act=addUser&what={customer.number}']")
    desk.browser.wait("#act-page")
    looks.at(desk.browser, "operator/index#act for a new user")
    desk.press("#act-go")  # each field says what it wants
    assert len(desk.browser.driver.find_elements(
        "css selector", "#act-page [data-problem] li")) == 4  # fmt: skip
    looks.at(desk.browser, "operator/index#act! for a new user")
    person = {"new-user": customer.master, "new-name": "新人 花子",
              "new-email": "hanako@example.jp",
              "new-email-again": "hanako@example.jp"}  # fmt: skip
    desk.does(**person)
    # The door found that, and what was typed beside it stays.
    assert desk.text("#new-user-wrong")
    kept = desk.browser.find("#new-name").get_attribute("value")
    assert kept == "新人 花子"
    desk.does(**{"new-user": user})
    secret = desk.text(".slip .passphrase")
    assert user in desk.text(".slip") and "新人 花子" in desk.text(".slip")
    assert Api(two[0].server).show_temporary(user, secret).status == 200
    desk.press("#slips-done")
    desk.press("#slips-done")
    until(lambda: desk.text("#thing-name") == "新人 花子")
    assert two[0].user(user)["role"] == "general"


def test_R_OPS_4_who_adds_another_master_is_told_how(two, desk):
    customer = two[0].customer()
    two[0].act("user", "close", customer.master, reason=WHY)
    desk.go(f"act=addUser&what={customer.number}")
    desk.browser.run("document.querySelector('#new-role').value = 'master'")
    desk.does(**{"new-user": f"neu{customer.number[-6:]}",
                 "new-name": "新人 花子", "new-email": "hanako@example.jp",
                 "new-email-again": "hanako@example.jp"})  # fmt: skip
    said = desk.text("#act-page [data-problem]")
    assert "「契約の初期化」" in said and "「提案」" in said


def test_X_04_what_the_door_finds_wrong_is_told_at_its_field(two, desk):
    """By its rule, and what was typed stays."""
    user = Customer(two[0].server).row()
    desk.go(f"act=suspend&what={user}")
    desk.does(reason="backwards \u202etxet")
    assert "制御文字" in desk.text("#reason-wrong")
    kept = desk.browser.find("#reason").get_attribute("value")
    assert kept == "backwards \u202etxet"
    desk.go(f"act=name&what={user}")
    desk.does(value="長" * 21)
    assert "20文字" in desk.text("#value-wrong")
    desk.go(f"act=email&what={user}")
    desk.does(value="nobody")
    assert desk.text("#value-wrong")
    assert two[0].user(user)["state"] == "active"


def test_R_MAIL_4_refused_mails_of_a_user_are_found_and_all_sent_again(
    two, desk
):
    user = Customer(two[0].server).row()
    first, second = two[0].refused_mail(user), two[0].refused_mail(user)
    desk.go(f"user={user}")
    desk.press(f"#thing-facts a[href='#list=mails&user={user}']")
    until(lambda: desk.browser.run(
        "return document.querySelectorAll('#list-rows tr').length") == 2)  # fmt: skip
    desk.press("#list-add a")
    desk.browser.wait("#act-page")
    desk.press("#act-go")
    assert "実行しました" in desk.text("#list-did")
    server = two[0].server
    assert server.one("SELECT count(*) FROM koshin.mail WHERE id IN (%s, %s)"
                      " AND state <> 'failed'", first, second) == 2  # fmt: skip


def test_R_OPS_5_a_certificate_tells_all_of_itself_and_is_revoked(two, desk):
    customer = Customer(two[0].server)
    account = customer.person()
    made = customer.certificate(account).certificate
    serial = f"{made.serial_number:040x}"
    desk.go(f"user={account.user}")
    desk.press(f"#certificates-rows a[href='#certificate={serial}']")
    until(lambda: desk.text("#thing-id") == serial)
    told = desk.text("#thing-facts")
    assert account.user in told and "person" in told and "未確認" in told
    looks.at(desk.browser, "operator/index#thing of a certificate")
    desk.press("#thing-acts a")
    desk.does()
    assert "実行しました" in desk.text("#thing-did")
    desk.go(f"certificate={serial}")
    told = desk.text("#thing-facts")
    assert "失効" in told and "パソコンの変更" in told
    assert desk.browser.run(
        "return document.querySelectorAll('#thing-acts a').length") == 0


def test_R_OPS_5_older_certificates_are_not_left_out_in_silence(two, desk):
    customer = Customer(two[0].server)
    user = customer.row()
    for n in range(20):
        two[0].server.rows(
            "INSERT INTO koshin.certificate (serial, account, profile, subject,"
            " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
            " not_after, via, code_id) SELECT substr(d, 1, 20), id, 'person',"
            " 'CN=x', d, d, d, d, now() - interval '9 d',"
            " now() - interval '1 d', 'code', substr(d, 1, 16)"
            " FROM koshin.account, sha256((user_id || %s)::bytea) d"
            " WHERE user_id = %s", n, user,
        )  # fmt: skip
        two[0].server.rows(
            "UPDATE koshin.certificate SET state = 'issued', der = serial,"
            " issued_at = now(), fingerprint = sha256(serial)"
            " WHERE state = 'reserved' AND account = (SELECT id"
            " FROM koshin.account WHERE user_id = %s)", user,
        )  # fmt: skip
        if n == 18:
            desk.go(f"user={user}")
            desk.browser.wait("#certificates-rows a")
            assert desk.browser.seen("#certificates-more") == []
    desk.go(f"user={user}")
    assert "20件" in desk.text("#certificates-more")


def test_R_LOCK_7_a_contracts_lock_is_lifted_on_its_page(two, desk):
    server = two[0].server
    number = Customer(server, INITIAL).number
    for _ in range(6):
        assert Api(server).show_contract(number, "Wr0ng-pw").status == 401
    server.until(lambda: server.one(
        "SELECT locks FROM koshin.contract WHERE number = %s", number) == 1)  # fmt: skip
    desk.go(f"contract={number}")
    assert "ロック中" in desk.text("#thing-facts")
    desk.press(f"#thing-acts a[href='#act=unlock&what={number}']")
    desk.does(reason=WHY)
    assert "実行しました" in desk.text("#thing-did")
    assert Api(server).show_contract(number, INITIAL).status == 200


def test_R_OPS_4_a_contract_is_reset_by_two_with_the_slip_at_the_second(
    two, desk, tmp_path_factory
):
    customer = two[0].customer()
    number = customer.number
    desk.go(f"contract={number}")
    desk.press(f"#thing-acts a[href='#act=reset&what={number}']")
    desk.does(reason=WHY)
    assert "提案" in desk.text("#thing-did")
    folder = tmp_path_factory.mktemp("reset") / "home"
    with window(two[1], folder) as other:
        other.go("list=proposals")
        other.press(f"#list-rows a[href*='act=confirm&what={number}']")
        other.does()
        secret = other.text(".slip .passphrase")
        assert Api(two[0].server).show_contract(number, secret).status == 200
        other.press("#slips-done")
        other.press("#slips-done")
        until(lambda: other.text("#thing-id") == number)
    assert two[0].user(customer.master)["state"] == "closed"


def test_R_OPS_4_one_proposes_and_another_confirms(
    two, desk, tmp_path_factory
):
    customer = Customer(two[0].server)
    desk.go(f"contract={customer.number}")
    desk.press(f"#thing-acts a[href='#act=end&what={customer.number}']")
    desk.does(reason=WHY)
    assert "提案" in desk.text("#thing-did")
    folder = tmp_path_factory.mktemp("two") / "home"
    with window(two[1], folder) as other:
        assert other.text("#waiting a")
        other.press("#waiting a")
        other.press("#list-rows a[href*='act=confirm']")
        other.does()
        assert other.text("#list-did")
    (row,) = two[0].good("/contracts", search=customer.number)["contracts"]
    assert row["state"] == "closed"
