"""The calendar of a person, at an address that nobody can guess (R-WEB-5): read
by Debian's iCalendar parser, and by one that is strict about lines."""

import datetime
import hashlib
import re

import icalendar
import pytest

from koshin_tests import ics
from koshin_tests.holder import Holder, refused
from koshin_tests.portal import Browser, Member, opened_to_members


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture
def holder(server):
    return Holder(server)


def made(holder):
    """Its path."""
    if holder.browser.cookie is None:
        holder.browser.entered(holder.account)
    got = holder.browser.api("POST", "/own/calendar", {})
    assert got.status == 200, got.body
    assert got.json["calendar"]["on"]
    url = got.json["calendar"]["url"]
    start = f"https://localhost:{holder.server.portal_port}"
    assert url.startswith(f"{start}/calendar/")
    return url[len(start) :]


def fetched(server, path):
    """As a program does that has no certificate, and no cookie."""
    return Browser(server).get(path)


def events(got):
    """{UID: event}"""
    assert got.status == 200, got.body
    ics.parsed(got.body)
    found = icalendar.Calendar.from_ical(got.body.decode())
    assert not found.errors
    return {str(e["uid"]): e for e in found.walk("VEVENT")}


def test_R_WEB_5_it_has_when_a_certificate_opens_and_when_it_ends(
    server, holder
):
    got = fetched(server, made(holder))
    assert got.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert got.headers["Cache-Control"] == "no-store"
    (listed,) = holder.browser.certificates()
    found = events(got)
    serial = holder.serial
    assert set(uid.partition("@")[0] for uid in found) == {
        f"entry_opens-{serial}", f"entry_expires-{serial}",
    }  # fmt: skip
    for uid, event in found.items():
        at = event["dtstart"].dt
        assert holder.account.user in event["summary"]
        if uid.startswith("entry_opens"):
            assert not isinstance(at, datetime.datetime)
            assert at.isoformat() == listed["renewal_opens"]
            assert "can be renewed" in event["summary"]
        else:
            assert at == holder.identity.certificate.not_valid_after.replace(
                tzinfo=datetime.timezone.utc
            )
            assert "expires" in event["summary"]


def test_I_14_it_names_nobody_and_nobody_elses(server, holder):
    other = Holder(server)
    server.rows("UPDATE koshin.account SET name = 'Secret Name'"
                " WHERE user_id IN (%s, %s)", holder.account.user,
                other.account.user)  # fmt: skip
    text = fetched(server, made(holder)).body.decode()
    for word in ("Secret", holder.account.email, other.account.user,
                 other.serial):  # fmt: skip
        assert word not in text


def test_R_WEB_5_a_master_has_those_of_the_contract(server):
    master, user = Holder(server, role="master"), Holder(server)
    number = "87654321"
    server.instance.add_contract(number)
    apart = server.account()
    server.rows(
        "ALTER TABLE koshin.account DISABLE TRIGGER USER;"
        "UPDATE koshin.account SET contract = %s WHERE user_id = %s;"
        "ALTER TABLE koshin.account ENABLE TRIGGER USER",
        number, apart.user,
    )  # fmt: skip
    got = fetched(server, made(master))
    serials = {re.search("[0-9a-f]{40}", uid)[0] for uid in events(got)}
    assert {master.serial, user.serial} <= serials
    assert apart.user not in got.body.decode()
    # A certificate of another contract, and one that is revoked, are not.
    server.rows(
        "ALTER TABLE koshin.account DISABLE TRIGGER USER;"
        "UPDATE koshin.account SET contract = %s WHERE user_id = %s;"
        "ALTER TABLE koshin.account ENABLE TRIGGER USER",
        number, user.account.user,
    )  # fmt: skip
    gone = Holder(server)
    server.revoke(gone.identity.certificate)
    text = fetched(server, made(master)).body.decode()
    assert user.serial not in text and gone.serial not in text
    assert master.serial in text


def test_R_WEB_8_it_is_in_the_language_of_the_account(server, holder):
    path = made(holder)
    holder.browser.api("POST", "/own/locale", {"locale": "ja"})
    for event in events(fetched(server, path)).values():
        assert "電子証明書" in event["summary"]


def test_another_address_takes_the_place_of_the_one_before(server, holder):
    first, second = made(holder), made(holder)
    assert first != second
    assert fetched(server, first).status == 404
    assert fetched(server, second).status == 200
    assert holder.browser.own()["calendar"] == {"on": True}
    got = holder.browser.api("DELETE", "/own/calendar")
    assert got.json["calendar"] == {"on": False}
    assert fetched(server, second).status == 404


def test_the_service_does_not_keep_the_address(server, holder):
    path = made(holder)
    token = re.search("[0-9a-f]{32}", path)[0]
    fetched(server, path)
    assert holder.account.row("encode(feed, 'hex')") == (
        hashlib.sha256(token.encode()).hexdigest()
    )
    assert token not in server.instance.log_text()
    assert token not in server.redis("KEYS", "*")


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_R_LOCK_9_it_ends_with_its_account(server, holder, state):
    path = made(holder)
    act = {"suspended": "suspend_account", "closed": "close_account"}[state]
    server.rows(f"SELECT koshin.{act}('', %s, 'asked for')",
                holder.account.user)  # fmt: skip
    assert fetched(server, path).status == 404


def test_what_is_not_the_address_is_not_there(server, holder):
    path = made(holder)
    for wrong in (
        "/calendar/", "/calendar/.ics", f"{path}x", path[:-1], path[:-4],
        f"/calendar/{'0' * 32}.ics", path.replace(".ics", "/x.ics"),
        f"/calendar/{'g' * 32}.ics",
    ):  # fmt: skip
        assert fetched(server, wrong).status == 404
    assert Browser(server).ask("HEAD", path).status == 200
    assert Browser(server).ask("POST", path, b"").status == 405
    # The member area asks for a certificate, which no program shows.
    assert Member(server).get(path).status == 404
    assert Browser(server).get(path, host="other.example").status == 421


def test_T3_only_who_is_in_the_member_area_has_one(server, holder):
    refused(holder.browser.api("POST", "/own/calendar", {}), 401,
            "session_over")  # fmt: skip
