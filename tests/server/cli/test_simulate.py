"""`koshin simulate` and `koshin profile show --sample`: certificates before
anybody asks for one."""

import datetime


from koshin_tests.clocks import iso, last_second


def first_second(days):
    return last_second(days - 1) + datetime.timedelta(seconds=1)


def test_R_CERT_1_a_user_without_a_certificate_gets_one_today(desk, user):
    (row,) = desk.json("simulate", user)
    began = datetime.datetime.fromisoformat(row.pop("not_before"))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs(now - began) < datetime.timedelta(minutes=10)
    assert row.pop("subject").startswith(f"CN={user} ")
    last = (began + datetime.timedelta(days=365)).date()
    days = (last - began.date()).days + (began.date() - now.astimezone(
        began.tzinfo).date()).days  # fmt: skip
    assert row == {
        "profile": "person", "verdict": "issued", "possible_from": None,
        "not_after": iso(last_second(days)),
        "renewal_from": iso(first_second(days - 30)),
        "notice_expires_30": iso(first_second(days - 30)),
        "notice_expires_10": iso(first_second(days - 10)),
        "notice_expired": iso(first_second(days + 1)),
    }  # fmt: skip


def test_R_CERT_3_too_early_it_says_from_when(desk, user, ending):
    """And shows the certificate of that moment."""
    ending(100)
    (row,) = desk.json("simulate", user)
    assert row["verdict"] == "not yet"
    opens = iso(first_second(70))
    assert row["possible_from"] == row["not_before"] == opens
    (row,) = desk.json("simulate", user, "--as-of", opens)
    assert (row["verdict"], row["possible_from"]) == ("issued", None)
    assert row["not_before"] == opens


def test_R_LOCK_9_who_is_suspended_gets_none(desk, user):
    desk.good("user", "suspend", user, "--reason", "test")
    (row,) = desk.json("simulate", user)
    assert row["verdict"] == "account not open" and row["subject"] is None
    assert "not found" in desk.refused("simulate", "nobody99")


def test_nothing_is_written_by_it(desk, user):
    def counts():
        return desk.sql(
            "SELECT (SELECT count(*) FROM koshin.certificate),"
            " (SELECT count(*) FROM koshin.audit),"
            " (SELECT count(*) FROM koshin.mail)"
        )

    before = counts()
    desk.good("simulate", user)
    assert counts() == before


def test_F_81_a_day_beyond_the_ca_is_refused(desk, user):
    said = desk.refused("simulate", user, "--as-of", "2090-01-01")
    assert "profile person: " in said and "outlive" in said


def test_a_sample_is_shown_of_each_profile(desk):
    text = desk.good("profile", "show", "--sample")
    assert text.count("Certificate:") == text.count("- name:") == 2
    assert "TLS Web Client Authentication" in text
    device = desk.good("profile", "show", "device", "--sample")
    assert device.count("Certificate:") == 1 and "CN=sample001" in device
