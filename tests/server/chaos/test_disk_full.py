"""A disk of PostgreSQL that is full."""

import errno
import os
import pwd
import subprocess
import tempfile

import pytest

from koshin_tests import promises
from koshin_tests.clients import requests
from koshin_tests.crowd import crowd
from koshin_tests.patience import until
from koshin_tests.place import may_mount

SIZE = 4 << 20
MANY = 100  # mails: more than a page or two of a table


@pytest.fixture
def disk():
    """The folder of a small one."""
    user = pwd.getpwnam("postgres")
    folder = tempfile.mkdtemp(prefix="koshin-test-", dir="/tmp")
    options = f"size={SIZE},mode=0700,uid={user.pw_uid},gid={user.pw_gid}"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True
    )
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    os.rmdir(folder)


@pytest.fixture
def server(disk, new_server):
    """Its queue of mails is there: without a row of it no code is made."""
    made = new_server().start()
    made.rows(f"CREATE TABLESPACE small LOCATION '{disk}'")
    made.rows("ALTER TABLE koshin.mail SET TABLESPACE small")
    return made


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as full:
            assert full.errno == errno.ENOSPC


@pytest.mark.only_if(may_mount())
def test_F_41_a_full_disk_is_503_until_there_is_room(server, disk):
    """503 and no code; when there is room again, all goes on without a new
    start, and nobody's place was lost by it."""
    ballast = os.path.join(disk, "ballast")
    csr, statuses = requests.request(), []
    people = crowd(server, MANY)
    fill(ballast)
    for account in people:
        answer = server.try_secret(account, account.password, csr)
        statuses.append(answer.status)
        if answer.status == 503:
            break
    assert statuses[-1] == 503 and set(statuses) <= {401, 503}, statuses
    os.unlink(ballast)
    since = account.mark()

    def mailed():
        """The code of before holds the next one back a little (F-12)."""
        answer = server.try_secret(account, account.password, csr)
        assert answer.status in (401, 503)
        return account.mails(since, "one-time code")

    until(mailed, step_s=0.5)
    secret = account.password + account.code(since)
    answer = server.until_200(account, secret, csr)
    assert server.certificates_of(account) == 1
    key = f"koshin:{{{account.user}}}"
    assert server.redis("GET", f"{key}:try") == ""
    assert server.redis("HLEN", f"{key}:place") == "0"
    assert promises.wrongs(server, [requests.der(answer)]) == []
