"""holder - somebody with a certificate, and a browser that shows it at the
member area."""

from koshin_tests.portal import Member

SERIAL = "decode(%s, 'hex')"


class Holder:
    """Somebody with a certificate, and a browser that shows it."""

    def __init__(self, server, profile="person", role="general"):
        self.server = server
        self.account, self.identity = server.identity(role, profile)
        self.browser = Member(server, self.identity)

    def another_browser(self):
        return Member(self.server, self.identity)

    @property
    def serial(self):
        return f"{self.identity.certificate.serial_number:040x}"

    def age(self, days):
        """Its certificate was issued so many days earlier."""
        self.server.rows(
            "ALTER TABLE koshin.certificate DISABLE TRIGGER USER;"
            "UPDATE koshin.certificate SET"
            " not_before = not_before - %s * interval '1 day',"
            " not_after = not_after - %s * interval '1 day'"
            f" WHERE serial = {SERIAL};"
            "ALTER TABLE koshin.certificate ENABLE TRIGGER USER",
            days, days, self.serial,
        )  # fmt: skip


def refused(got, status, code):
    assert (got.status, got.code) == (status, code), got.body
    return got
