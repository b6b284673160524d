"""history - which certificates there are, and what became of each: all of it
follows from a certificate's number, 0 for the oldest.

Five for each account, one a year: the newest is current, some were revoked,
some were abandoned, few are reserved just now, a fiftieth of the accounts has
let its certificate expire.
"""

import datetime
import hashlib
import itertools

YEARS = 5  # and as many certificates for each account
PEOPLE = 20  # of a contract


class History:
    def __init__(self, certificates, now):
        self.certificates = certificates
        self.accounts = max(1, certificates // YEARS)
        self.contracts = -(-self.accounts // PEOPLE)
        self.now = now
        self.begins = now - datetime.timedelta(days=365 * YEARS)
        self._step = (now - self.begins) / certificates

    def at(self, number):
        return self.begins + self._step * number

    def account(self, number):
        """Its place among ours. Who enrolled first is not who renews first
        the next year."""
        place, year = number % self.accounts, number // self.accounts
        return (place + year * 7919) % self.accounts

    def _number_in(self, year, place):
        return year * self.accounts + (place - year * 7919) % self.accounts

    @staticmethod
    def serial(number):
        """Spread as random ones are."""
        digest = hashlib.sha1(b"koshin bench %d" % number).digest()
        return bytes([digest[0] & 0x7F | 0x40]) + digest[1:]

    @staticmethod
    def _dice(number):
        return number * 2654435761 % 2**32 >> 8

    def _is_last(self, number):
        """Of its account."""
        return number + self.accounts >= self.certificates

    def state(self, number):
        if self._dice(number) % 101 == 0:
            return "abandoned"
        if self._is_last(number) and self._dice(number) % 4999 == 1:
            return "reserved"
        return "issued"

    def before(self, number):
        """The one of the same account that it replaces, or None."""
        year, place = number // self.accounts, self.account(number)
        for earlier in range(year - 1, -1, -1):
            found = self._number_in(earlier, place)
            if self.state(found) == "issued":
                return found
        return None

    def current(self, number):
        if self.state(number) != "issued":
            return False
        year, place = number // self.accounts, self.account(number)
        for later in itertools.count(year + 1):
            found = self._number_in(later, place)
            if found >= self.certificates:
                return True
            if self.state(found) == "issued":
                return False

    def revoked(self, number):
        return self.state(number) == "issued" and self._dice(number) % 97 == 5

    def not_after(self, number):
        expired = self._is_last(number) and self.account(number) % 50 == 0
        return self.at(number) + datetime.timedelta(
            days=30 if expired else 365
        )

    def notices(self, number):
        """Kinds of mails that told of it: those of the coming weeks, too,
        which a courier would write at once."""
        if self.state(number) != "issued":
            return
        yield "issued"
        if self.current(number):
            left = self.not_after(number) - self.now
            for kind, days in (
                ("expires_30", 33), ("expires_10", 13), ("expired", 1)
            ):  # fmt: skip
                if left < datetime.timedelta(days=days):
                    yield kind
