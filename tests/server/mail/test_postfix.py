"""The courier with Debian's Postfix, set as hosts on the net set it: it wants
to be greeted by a full name (reject_non_fqdn_helo_hostname), and says no only
when it hears for whom a mail is."""

import os

import maildir
import pytest

from koshin_tests.courier import Courier
from koshin_tests.mail import new_holder, queue_notice, wait_state
from koshin_tests.place import may_mount
from koshin_tests.postfix import Postfix

pytestmark = pytest.mark.only_if(os.geteuid() == 0 and may_mount())


@pytest.fixture(scope="module")
def relay():
    with Postfix(
        "smtpd_helo_restrictions = reject_non_fqdn_helo_hostname\n"
        "smtpd_recipient_restrictions = permit_mynetworks\n"
    ) as running:
        yield running


def on_host(name, hosts):
    """What runs behind it is on a host of that name, with that /etc/hosts."""
    return (
        "unshare", "--uts", "--mount", "sh", "-c",
        'hostname "$1"; mount --bind "$2" /etc/hosts; shift 2; exec "$@"',
        "sh", name, str(hosts),
    )  # fmt: skip


@pytest.fixture
def hosts(tmp_path):
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n")
    return path


def courier_on(s, db, relay, host, **options):
    return Courier(
        s, db, wrap=host, relay=f"smtp://127.0.0.1:{relay.port}", **options
    )


def greeted_by(relay, to):
    """The name in the relay's own line of the mail."""
    mail = maildir.wait_for_mail(relay.maildir, to=to)
    return mail["Received"].split()[1]


def test_C_42_a_host_without_a_full_name_gives_its_address(
    s, db, relay, hosts
):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with courier_on(s, db, relay, on_host("web1", hosts)):
        wait_state(db, to, "sent")
    assert greeted_by(relay, to).startswith("[")


def test_C_42_the_full_name_of_the_hosts_file_greets(s, db, relay, hosts):
    hosts.write_text("127.0.0.1 localhost\n127.0.1.1 web1.example.jp web1\n")
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with courier_on(s, db, relay, on_host("web1", hosts)):
        wait_state(db, to, "sent")
    assert greeted_by(relay, to) == "web1.example.jp"


def test_C_42_a_configured_name_greets(s, db, relay, hosts):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    host = on_host("web1", hosts)
    with courier_on(s, db, relay, host, helo="mail.example.jp"):
        wait_state(db, to, "sent")
    assert greeted_by(relay, to) == "mail.example.jp"


def test_C_42_no_mail_is_given_up_for_a_greeting(s, db, relay, hosts):
    """The configured name has no dot: an operator's slip, and no recipient's
    fault. The mail waits until it is mended."""
    holder, to = new_holder(db)
    queue_notice(db, holder)
    host = on_host("web1", hosts)
    with courier_on(s, db, relay, host, helo="web1") as courier:
        courier.wait_log("error courier relay")
        courier.wait_log("Helo command rejected")
        wait_state(db, to, "queued", attempts=1)
    db.do("UPDATE koshin.mail SET due_at = now() WHERE done_at IS NULL")
    with courier_on(s, db, relay, host):
        wait_state(db, to, "sent")
