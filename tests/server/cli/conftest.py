import datetime
import os

import pytest

from koshin_tests.clocks import last_second


@pytest.fixture
def ending(desk, user):
    """A function that gives the user a current certificate; its serial."""

    def give(days, who=user):
        serial = os.urandom(20)
        desk.sql("UPDATE koshin.certificate SET current = false"
                 " WHERE current")  # fmt: skip
        desk.sql(
            "INSERT INTO koshin.certificate (serial, account, profile,"
            " subject, key_digest, key_identity, csr_digest, tbs_digest,"
            " not_before, not_after, via, code_id)"
            " SELECT %s, id, 'person', 'CN=x', %s, %s, %s, %s, %s, %s, 'code', %s FROM koshin.account"
            " WHERE user_id = %s",
            serial, *(os.urandom(32) for _ in range(4)),
            last_second(days) - datetime.timedelta(days=365),
            last_second(days), os.urandom(16), who,
        )  # fmt: skip
        desk.sql(
            "UPDATE koshin.certificate SET state = 'issued', current = true,"
            " issued_at = not_before, der = 'der', fingerprint = key_digest"
            " WHERE serial = %s", serial,
        )  # fmt: skip
        return serial.hex()

    return give
