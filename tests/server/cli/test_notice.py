"""koshin notice and koshin mail: what would go out, what waits, what failed."""

import datetime
import os
import re

import pytest

from koshin_tests.clocks import TOKYO, iso, last_second


def kinds(desk, user):
    return [
        row["kind"] for row in desk.json("mail", "list", "--user", user)
        if row["kind"] != "registered"
    ]  # fmt: skip


# --------------------------------------------------------------------- notice


def test_R_MAIL_1_simulate_says_what_why_and_since_when(desk, user, ending):
    serial = ending(20)
    (row,) = desk.json("notice", "simulate", "--user", user)
    day = last_second(-10).date()
    since = datetime.datetime.combine(day, datetime.time(), TOKYO)
    assert row == {
        "user_id": user, "kind": "expires_30", "serial": serial,
        "not_after": iso(last_second(20)), "due_since": iso(since),
        "told_at": None, "mail": None,
    }  # fmt: skip
    assert kinds(desk, user) == [], "it changes nothing"


@pytest.mark.parametrize(
    "days, wanted",
    [(0, None), (9, None), (10, "expires_30"), (29, "expires_30"),
     (30, "expires_10"), (40, "expires_10"), (41, "expired")],
)  # fmt: skip
def test_R_MAIL_1_simulate_in_the_future(desk, user, ending, days, wanted):
    """A certificate of 40 days, seen from so many days later."""
    ending(40)
    date = (last_second(days)).date().isoformat()
    for as_of in (date, f"{date} 00:00", f"{date}T00:00:00+09:00"):
        found = desk.json("notice", "simulate", "--as-of", as_of)
        assert [row["kind"] for row in found] == (
            [wanted] if wanted else []
        ), as_of
    if wanted == "expires_30":
        before = last_second(days - 1).isoformat()
        rows = desk.json("notice", "simulate", "--as-of", before)
        assert len(rows) == (days > 10)


def test_R_MAIL_1_what_was_foretold_is_what_is_made(desk, user, ending):
    ending(5)
    foretold = desk.json("notice", "simulate")
    done = desk.json("notice", "run")
    assert done["planned"] == len(foretold) == 1
    assert done["looked_at"] >= 1
    assert kinds(desk, user) == [foretold[0]["kind"]] == ["expires_10"]
    assert desk.json("notice", "simulate") == []
    (row,) = desk.json("notice", "simulate", "--all", "--user", user)
    assert row["told_at"] and row["mail"] == "queued"
    assert desk.json("notice", "run")["planned"] == 0
    assert kinds(desk, user) == ["expires_10"]
    assert re.search(r"^planned: +0$", desk.good("notice", "run"), re.M)


def test_R_MAIL_6_a_notice_whose_mail_is_gone_counts_as_told(
    desk, user, ending
):
    ending(5)
    assert desk.json("notice", "run")["planned"] == 1
    (mail,) = desk.json("mail", "list", "--user", user, "--kind", "expires_10")
    desk.sql("UPDATE koshin.mail SET state = 'sent', made_at = made_at -"
             " interval '9 days', done_at = now() - interval '9 days'"
             " WHERE id = %s", mail["id"])  # fmt: skip
    desk.sql("SELECT koshin.remove_mails(8, %s, 1)", mail["id"] - 1)
    assert kinds(desk, user) == []
    assert "not found" in desk.refused("mail", "show", str(mail["id"]))
    assert desk.json("notice", "simulate", "--user", user) == []
    (row,) = desk.json("notice", "simulate", "--all", "--user", user)
    assert row["told_at"] and row["mail"] is None
    assert desk.json("notice", "run")["planned"] == 0


def test_R_MAIL_1_simulate_of_one_user_is_of_one_moment(desk, user, ending):
    """One question sees one moment: between two a renewal would hide both
    certificates."""
    ending(20)
    desk.sql("ALTER ROLE koshin_operator SET log_statement = 'all'")
    try:
        (row,) = desk.json("notice", "simulate", "--user", user)
    finally:
        desk.sql("ALTER ROLE koshin_operator RESET log_statement")
    assert row["kind"] == "expires_30"
    log = os.path.join(desk.services.folder, "log", "postgres.log")
    with open(log, encoding="utf-8", errors="replace") as file:
        asked = file.read().split("LOG:")
    assert sum("koshin.certificate" in text or "due_notices" in text
               for text in asked) == 1  # fmt: skip


@pytest.mark.parametrize("text", [
    "", "tomorrow", "2027-02-29", "2027-4-5", "2027-04-25 24:00",
    "2027-04-25T09", "2027-04-25T09:30x", "2027-04-25T09:30+25:00",
    "99999-01-01", "2027-04-25 09:30:61", "2027-04-31", "-2027-04-01",
    "2027-04-25\n", "9999-12-31",
])  # fmt: skip
def test_X_01_a_time_that_is_none_is_refused(desk, text):
    said = desk.refused("notice", "simulate", f"--as-of={text}",
                        code=1 if text else 2)  # fmt: skip
    assert len(said.splitlines()) <= 2


# ----------------------------------------------------------------------- mail


@pytest.fixture
def failed(desk, user):
    """Makes all mails of the user fail, and says their numbers."""

    def fail(kind):
        desk.sql(
            "UPDATE koshin.mail SET state = 'failed', last_answer = '550 no'"
            " WHERE kind = %s AND account = (SELECT id FROM koshin.account"
            " WHERE user_id = %s)", kind, user,
        )  # fmt: skip
        return [
            str(row["id"]) for row in desk.json(
                "mail", "list", "--failed", "--user", user, "--kind", kind
            )
        ]  # fmt: skip

    return fail


def queue_code(desk, user):
    nonce = os.urandom(16)
    desk.sql(
        "SELECT koshin.mail_code(id, %s, now(), now() + interval '30 min',"
        " '192.0.2.1') FROM koshin.account WHERE user_id = %s", nonce, user,
    )  # fmt: skip
    return nonce


def test_R_MAIL_4_lists_by_state_and_kind(desk, user, failed):
    queue_code(desk, user)
    queued = desk.json("mail", "list", "--queued", "--user", user)
    assert {row["kind"] for row in queued} == {"code", "registered"}
    assert all(row["due_at"] for row in queued)
    failed("registered")
    queued = desk.json("mail", "list", "--queued", "--user", user)
    assert {row["kind"] for row in queued} == {"code"}
    (row,) = desk.json("mail", "list", "--failed", "--user", user)
    assert (row["kind"], row["last_answer"]) == ("registered", "550 no")
    desk.refused("mail", "list", "--failed", "--queued", code=2)
    said = desk.refused("mail", "list", "--kind", "cod")
    assert "registered" in said and "entry_opens" not in said


def test_R_MAIL_5_show_has_everything_but_the_code(desk, user):
    nonce = queue_code(desk, user)
    (row,) = desk.json("mail", "list", "--kind", "code", "--user", user)
    for form in ([], ["--json"]):
        shown = desk.good("mail", "show", str(row["id"]), *form)
        assert user in shown and "dies" in shown
        assert nonce.hex() not in shown
        assert "parameters" not in shown
    one = desk.json("mail", "show", str(row["id"]))
    assert one["event"].startswith("code:") and len(one["message_id"]) == 40
    desk.refused("mail", "show", "x")
    assert "mail 999999999 not found" in desk.refused("mail", "show", "999999999")


def test_R_MAIL_4_retry_says_why_not(desk, user, failed):
    queue_code(desk, user)
    (code,) = failed("code")
    said = desk.refused("mail", "retry", code)
    assert "code has expired" in said and "a new one" in said
    (notice,) = failed("registered")
    desk.good("mail", "retry", notice)
    said = desk.refused("mail", "retry", notice)
    assert "has not failed, it is queued" in said
    assert "mail 999999999 not found" in desk.refused(
        "mail", "retry", "999999999")  # fmt: skip
    for wrong in ("x", "-1", "1e3", "9" * 30):
        desk.refused("mail", "retry", "--", wrong)
    desk.refused("mail", "retry", code=2)
    desk.refused("mail", "retry", notice, "--all-failed", code=2)


def test_R_MAIL_4_retry_of_all_leaves_what_is_dead(
    desk, user, failed, ending
):
    desk.sql("UPDATE koshin.mail SET state = 'expired'"
             " WHERE state = 'failed'")  # fmt: skip
    queue_code(desk, user)
    ending(20)
    desk.good("notice", "run")
    (code,) = failed("code")
    (overtaken,) = failed("expires_30")
    (notice,) = failed("registered")
    desk.sql("UPDATE koshin.certificate SET current = false WHERE current")
    said = desk.refused("mail", "retry", overtaken)
    assert "its certificate is another one now" in said
    done = desk("mail", "retry", "--all-failed", "--actor", "hanako")
    assert done.returncode == 0
    assert "1 mails will be tried again" in done.stderr
    assert "2 stay as they are" in done.stderr
    left = desk.json("mail", "list", "--failed", "--user", user)
    assert {str(row["id"]) for row in left} == {code, overtaken}
    assert [("hanako",)] == desk.sql(
        "SELECT details ->> 'remark' FROM koshin.audit WHERE object = 'mail:failed'"
        " ORDER BY id DESC LIMIT 1"
    )
