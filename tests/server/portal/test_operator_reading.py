"""What the operator's desk shows: contracts, users, mails, the trail and figures
(R-OPS-5)."""

import datetime

import pytest

from koshin_tests.operators import ACTS, Operator, opened_to_operators


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


@pytest.fixture(scope="module")
def operator(server):
    return Operator(server)


@pytest.fixture
def customer(operator):
    return operator.customer()


def test_R_OPS_5_contracts_and_users_are_found_and_paged(
    server, operator, customer
):
    users = sorted(customer.row() for _ in range(5))
    everybody = sorted([*users, customer.master])
    (row,) = operator.good("/contracts", search=customer.number)["contracts"]
    assert (row["state"], row["master"], row["users"]) == (
        "active", customer.master, 6)  # fmt: skip
    walked, after = [], ""
    while after is not None:
        page = operator.good("/users", contract=customer.number, after=after,
                             most=4)  # fmt: skip
        walked += [u["user"] for u in page["users"]]
        after = page.get("after")
    assert walked == everybody
    assert operator.users(contract=customer.number, down=True) == (
        everybody[::-1])  # fmt: skip
    assert operator.users(users[0]) == [users[0]]
    assert operator.users(state="closed", contract=customer.number) == []
    page = operator.good("/contracts", most=1)
    assert page["after"] == page["contracts"][0]["contract"]


def test_R_OPS_5_the_trail_mails_and_figures_are_shown(
    server, operator, customer
):
    user = customer.row()
    before = operator.good("/figures", by="day", count=1)["rows"][0]
    holder = server.rows("SELECT id FROM koshin.account WHERE user_id = %s",
                         user)[0][0]  # fmt: skip
    server.rows("SELECT koshin.lock_account(%s, 1, now() + '1 h', false)",
                holder)  # fmt: skip
    after = operator.good("/figures", by="day", count=1)["rows"][0]
    assert after["locked"] == before["locked"] + 1
    hours = operator.good("/figures")["rows"]
    assert len(hours) == 24 and hours[-1]["locked"] >= 1
    today = datetime.date.today()
    for more in ({"user": user}, {"contract": customer.number},
                 {"action": "account.lock"}, {"action": "account"},
                 {"since": str(today - datetime.timedelta(days=2))}):  # fmt: skip
        rows = operator.good("/audit", **more)["rows"]
        assert "account.lock" in [row["action"] for row in rows], more
    rows = operator.good("/audit", user=user, since="2001-01-01",
                         until="2001-12-31")["rows"]  # fmt: skip
    assert rows == []
    first = operator.good("/audit", most=1)
    assert operator.good("/audit", most=1, before=first["before"])["rows"]
    assert operator.good("/mails", most=1)["mails"]


def test_R_MAIL_4_a_refused_mail_is_sent_again(server, operator, customer):
    user = customer.row()
    which = operator.refused_mail(user)
    rows = operator.good("/mails", failed=True)["mails"]
    (row,) = [m for m in rows if m["id"] == which]
    assert (row["user"], row["answer"], row["again"]) == (
        user, "550 no", True)  # fmt: skip
    (row,) = operator.good("/mails", user=user)["mails"]
    assert row["id"] == which
    assert operator.good("/mails", user=customer.master)["mails"] == []
    assert operator.good("/mail/retry", id=which)["done"] is True
    assert operator.good("/mail/retry", id=which)["done"] is False
    assert operator.good("/mail/retry")["done"] is False
    operator.refused_mail(user)
    assert operator.good("/mail/retry")["done"] is True


def test_J_04_what_is_asked_for_wrongly_is_told(operator):
    for path, body, field in (
        ("/contracts", {"state": "odd"}, "state"),
        ("/contracts", {"most": 101}, "most"),
        ("/users", {"sort": "name"}, "sort"),
        ("/users", {"most": -1}, "most"),
        ("/mails", {"before": -1}, "before"),
        ("/audit", {"since": "28.11.2026"}, "since"),
        ("/audit", {"since": "2026-02-31"}, "since"),
        ("/audit", {"until": "2026-02-2x"}, "until"),
        ("/audit", {"until": " 026-02-02"}, "until"),
        ("/audit", {"until": "2026-13-01"}, "until"),
        ("/figures", {"by": "week"}, "by"),
        ("/figures", {"count": 49}, "count"),
        ("/certificates", {}, "user"),
        ("/user/act", {"act": "odd", "what": "x"}, "act"),
        ("/user/act", {"act": "close", "what": "x", "password": "x"},
         "reason"),
        ("/user/act", {"act": "close", "what": "x", "reason": " ",
                       "password": "x"}, "reason"),
        ("/user/act", {"act": "close", "what": "x", "reason": "x"},
         "password"),
        ("/user/act", {"act": "name", "what": "x", "password": "x"},
         "value"),
        ("/user/act", {"act": "email", "what": "x", "password": "x",
                       "value": "nobody"}, "value"),
        ("/user/act", {"act": "name", "what": "x", "password": "x",
                       "value": ""}, "value"),
        ("/contract/act", {"act": "revoke", "what": "x", "password": "x",
                           "reason": "x", "value": "odd"}, "value"),
        ("/contract/act", {"act": "profiles", "what": "x", "password": "x",
                           "value": "person,odd"}, "value"),
        ("/certificate/revoke", {"what": "0G", "value": "superseded",
                                 "password": "x"}, "what"),
        ("/mail/retry", {"id": "1"}, "id"),
        ("/user/add", {**ACTS["/user/add"], "role": "operator"}, "role"),
        ("/user/add", {**ACTS["/user/add"], "email": "x"}, "email"),
        ("/contract/act", {"act": "lift", "what": "x", "password": "x"},
         "reason"),
        ("/contract/act", {"act": "reset", "what": "x", "reason": "x"},
         "password"),
        ("/contract/add", {"contract": "1234567", "password": "x"},
         "contract"),
        ("/contract/add", {**ACTS["/contract/add"], "name": "a\nb"}, "name"),
        ("/contract/add", {**ACTS["/contract/add"], "name": "a" * 256},
         "name"),
        ("/proposal/decide", {"id": 1, "confirm": True}, "password"),
    ):  # fmt: skip
        got = operator.ask(path, **body)
        assert (got.status, got.code) == (400, "bad_field"), (path, body)
        assert field in str(got.json["fields"]), (path, body, got.json)
