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
        self.server.age_certificate(self.identity.certificate, days)


def refused(got, status, code):
    assert (got.status, got.code) == (status, code), got.body
    return got
